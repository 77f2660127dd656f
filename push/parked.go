package push

import (
	"fmt"

	"hongyan/store"
)

// parkOthers keeps the reports that closed nothing because their send is not
// settled, and looks at those that came too late.
func (s *Service) parkOthers(tx *store.Tx, finishes []finish, closed map[int64]bool) error {
	others := make(map[int64]finish, len(finishes)-len(closed))
	l := newList("msgid BIGINT")
	for _, f := range finishes {
		if !closed[f.msgid] {
			others[f.msgid] = f
			l.add(f.msgid)
		}
	}
	type known struct {
		msgid int64
		state int
	}
	late, err := collectAll(tx, l, func(r *store.Rows) (k known, err error) {
		return k, r.Scan(&k.msgid, &k.state)
	}, `SELECT msgid, state FROM delivery WHERE msgid > 0 AND msgid IN (SELECT msgid FROM v)`)
	if err != nil {
		return fmt.Errorf("look for %d msgids: %w", len(others), err)
	}
	for _, k := range late {
		if f, ok := others[k.msgid]; ok && f.ok != (k.state == stateConfirmed) {
			s.log.Warn("a finish report contradicts an earlier one and is ignored", "msgid", k.msgid, "status", f.status)
		}
		delete(others, k.msgid)
	}
	return park(tx, others)
}

func park(tx *store.Tx, others map[int64]finish) error {
	rows := make([][]any, 0, len(others))
	for _, f := range others {
		status := f.status
		if f.ok {
			status = okStatus
		}
		rows = append(rows, []any{f.msgid, status, store.Millis(tx.Now)})
	}
	if len(rows) == 0 {
		return nil
	}
	err := tx.Bulk(`INSERT INTO finish_parked (msgid, status, parked_at) VALUES ($1, $2, $3) ON CONFLICT (msgid) DO NOTHING`, rows)
	if err != nil {
		return fmt.Errorf("park %d reports: %w", len(rows), err)
	}
	return nil
}

// joinParked closes the deliveries just accepted under these msgids whose
// finish report came first.
func (s *Service) joinParked(tx *store.Tx, msgids []int64, c counts) error {
	if len(msgids) == 0 {
		return nil
	}
	accepted := make([]finish, len(msgids))
	l := newList("msgid BIGINT")
	for i, id := range msgids {
		accepted[i] = finish{msgid: id}
		l.add(id)
	}
	if err := lockMsgids(tx, accepted); err != nil {
		return err
	}
	parked, err := collectAll(tx, l, scanParked,
		`DELETE FROM finish_parked WHERE msgid IN (SELECT msgid FROM v) RETURNING msgid, status`)
	if err != nil {
		return fmt.Errorf("take %d parked reports: %w", len(msgids), err)
	}
	_, err = applyFinishes(tx, parked, c)
	return err
}

func scanParked(r *store.Rows) (f finish, err error) {
	err = r.Scan(&f.msgid, &f.status)
	f.ok = f.status == okStatus
	return f, err
}
