package push

import (
	"context"
	"errors"
	"fmt"

	"hongyan/store"
)

// A paused message may have a million deliveries due, which no claim should
// look at again and again. They stand on the shelf meanwhile: in lane+shelved,
// where no claim looks at all. The index of what is due begins with the lane,
// so that they cost the others nothing.
//
// Two roads lead there. The mover goes over the message's rows once, chunk by
// chunk, its cursor on the message's row; and a worker that has claimed one
// puts it there when it settles, whatever the reason the mover missed it. Both
// hold the message's row while they do, and look whether it is still paused.
// So when a resume is committed nothing more comes onto the shelf, and the
// mover, which then starts over, brings everything back: none is forgotten.
const shelved = lanes

// shelfChunk is how many deliveries one transaction of the mover goes over.
const shelfChunk = 2000

// The directions of message.moving.
const (
	movingAway = 1
	movingBack = 2
)

// moveShelved does one chunk for one message whose deliveries are to be moved,
// behind the one that had its turn last. more tells that there was one.
func (s *Service) moveShelved(ctx context.Context) (more bool, err error) {
	var id int64
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM message WHERE moving > 0)`).Scan(&more)
	})
	if err != nil || !more {
		return false, err
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		id = 0
		var moving int
		var after int64
		err := tx.QueryRow(`SELECT id, moving, moved_to FROM message WHERE moving > 0
			ORDER BY CASE WHEN id > $1 THEN 0 ELSE 1 END, id LIMIT 1`+tx.SkipLocked(), s.movedLast.Load()).Scan(&id, &moving, &after)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look for deliveries to move: %w", err)
		}
		return moveChunk(tx, id, moving, after, s.shelfChunk)
	})
	if err != nil {
		return false, fmt.Errorf("move deliveries of message row %d: %w", id, err)
	}
	s.movedLast.Store(id)
	return id != 0, nil
}

// moveChunk moves what is due among the next deliveries of a message. On the
// way there it leaves out what others hold: a worker puts that away. On the way
// back it waits for them.
func moveChunk(tx *store.Tx, id int64, moving int, after, most int64) error {
	var last int64
	var seen int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(user_id), 0), COUNT(*) FROM (
			SELECT user_id FROM delivery WHERE message_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3) c`,
		id, after, most).Scan(&last, &seen)
	if err != nil {
		return err
	}
	by, lock, which := shelved, tx.SkipLocked(), `state = 0 AND lane < $4`
	if moving == movingBack {
		by, lock, which = -shelved, tx.ForUpdate(), `lane >= $4`
	}
	if seen > 0 {
		_, err = tx.Exec(`WITH c AS MATERIALIZED (SELECT message_id, user_id FROM delivery
				WHERE message_id = $1 AND user_id > $2 AND user_id <= $3 AND `+which+` ORDER BY user_id`+lock+`)
			UPDATE delivery SET lane = lane + $5 WHERE (message_id, user_id) IN (SELECT message_id, user_id FROM c)`,
			id, after, last, shelved, by)
		if err != nil {
			return err
		}
	}
	if seen < most {
		moving, last = 0, 0
	}
	if by < 0 {
		tx.Notify("delivery")
	}
	_, err = tx.Exec(`UPDATE message SET moving = $2, moved_to = $3 WHERE id = $1`, id, moving, last)
	return err
}

// shelve decides which of the tasks that were put away because their message
// was paused go onto the shelf: those whose message still is. The others are
// due again. The rows of the messages stay locked until the commit.
func shelve(tx *store.Tx, batch []*task) error {
	l := newList("id BIGINT")
	asked := make(map[int64]bool)
	for _, t := range batch {
		t.shelf = false
		if t.paused && !asked[t.key.a] {
			asked[t.key.a] = true
			l.add(t.key.a)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	still, err := collectAll(tx, l, func(r *store.Rows) (id int64, err error) { return id, r.Scan(&id) },
		`SELECT id FROM message WHERE id IN (SELECT id FROM v) AND paused_at > 0 ORDER BY id`+tx.ForUpdate())
	if err != nil {
		return fmt.Errorf("look whether %d messages are paused: %w", len(asked), err)
	}
	paused := make(map[int64]bool, len(still))
	for _, id := range still {
		paused[id] = true
	}
	for _, t := range batch {
		t.shelf = t.paused && paused[t.key.a]
	}
	return nil
}

// putOnShelf moves the rows of the tasks that shelve decided about, once they
// are due again.
func putOnShelf(tx *store.Tx, settled []*task) error {
	l := newList("message_id BIGINT", "user_id BIGINT")
	for _, t := range settled {
		if t.shelf {
			l.add(t.key.a, t.key.b)
		}
	}
	if l.rows() == 0 {
		return nil
	}
	_, err := execAll(tx, l, `UPDATE delivery SET lane = delivery.lane + $1
		FROM v WHERE delivery.message_id = v.message_id AND delivery.user_id = v.user_id AND delivery.lane < $1`, shelved)
	if err != nil {
		return fmt.Errorf("put %d deliveries away: %w", l.rows(), err)
	}
	return nil
}
