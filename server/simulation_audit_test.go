package main

import (
	"context"
	"strings"
	"time"

	"hongyan/push"
	"hongyan/push/wechat"
	"hongyan/store"
)

// evidence is what is left when all is over: rows, cards and calls.
type evidence struct {
	deliveries []*deliveryRow
	records    map[int64]*recordFact
	byHandle   map[string]*deliveryRow
	cards      map[string]int // by client_msg_id
	openids    map[string]string
}

type deliveryRow struct {
	message, user, record, app, topic, state int64
	reason, openid, handle                   string
}

type recordFact struct {
	id, message, user, topic, fanAfter, total, confirmed, failed, skipped int64
	made, ok, bad                                                         int64 // counted in the deliveries
}

// audit joins what clients were told, what the store holds and what the phones
// show.
func (s *simulation) audit(ctx context.Context) {
	e := s.evidence(ctx)
	s.auditPromises(ctx, e)
	s.auditStates(e)
	s.auditCards(e)
	s.auditDecisions(e)
	s.auditCallbacks(ctx)
	s.auditOrders(ctx)
}

func (s *simulation) evidence(ctx context.Context) *evidence {
	e := &evidence{records: map[int64]*recordFact{}, byHandle: map[string]*deliveryRow{}, cards: map[string]int{}, openids: map[string]string{}}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		e.deliveries, err = store.Collect(tx, func(r *store.Rows) (*deliveryRow, error) {
			d := new(deliveryRow)
			return d, r.Scan(&d.message, &d.user, &d.record, &d.app, &d.topic, &d.state, &d.reason, &d.openid)
		}, `SELECT d.message_id, d.user_id, d.record_id, d.app_id, COALESCE(r.topic_id, -1), d.state, d.reason, u.openid
			FROM delivery d JOIN users u ON u.id = d.user_id LEFT JOIN record r ON r.id = d.record_id`)
		if err != nil {
			return err
		}
		_, err = store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
			f := new(recordFact)
			err = r.Scan(&f.id, &f.message, &f.user, &f.topic, &f.fanAfter, &f.total, &f.confirmed, &f.failed, &f.skipped)
			e.records[f.id] = f
			return none, err
		}, `SELECT id, message_id, user_id, topic_id, fan_after, total, confirmed, failed, skipped FROM record`)
		return err
	})
	s.must(err)
	for _, d := range e.deliveries {
		d.handle = s.keys.Handle(d.message, push.UserID(d.user))
		e.byHandle[d.handle] = d
		if f := e.records[d.record]; f != nil {
			f.made++
			if d.state == 3 {
				f.ok++
			}
			if d.state == 4 {
				f.bad++
			}
		}
	}
	ledger, err := s.wechat.Ledger()
	s.must(err)
	for _, card := range ledger {
		e.cards[card.ClientMsgID]++
		e.openids[card.ClientMsgID] = card.OpenID
	}
	return e
}

// auditPromises is I1: every acknowledged item has its message, its record and
// its deliveries, and can be asked for.
func (s *simulation) auditPromises(ctx context.Context, e *evidence) {
	records := map[int64]*recordFact{}
	for _, f := range e.records {
		records[s.keys.PublicRecord(f.id)] = f
	}
	for _, sent := range s.acked {
		for _, r := range sent.receipts {
			if r.Failed {
				continue
			}
			f := records[r.Record]
			if f == nil || s.keys.PublicMessage(f.message) != r.Message {
				s.violation("I1: record %d of an acknowledged send is not in the store", r.Record)
				continue
			}
			s.auditItem(e, f, sent)
			status, err := s.keys.Status(ctx, r.Record)
			if err != nil {
				s.violation("I1: status of record %d: %v", r.Record, err)
			} else if status.Code == push.StatusWaiting && !strings.Contains(status.Text, "未收到回执") {
				s.violation("I2: all is quiet and record %d is %q", r.Record, status.Text)
			}
		}
	}
}

func (s *simulation) auditItem(e *evidence, f *recordFact, sent ackedSend) {
	if f.topic == 0 {
		if e.byHandle[s.keys.Handle(f.message, push.UserID(f.user))] == nil {
			s.violation("I1: record %d has no delivery for its user", f.id)
		}
		return
	}
	for _, one := range s.followers {
		if one.steady && one.blockedBefore(f.message) {
			continue // WeChat refused a card to them, and they never spoke since
		}
		if one.steady && s.deliveryTo(e, f.message, one.OpenID) == nil {
			s.violation("I1: the message of topic record %d has no delivery for %s, who follows it all the time", f.id, one.name)
		}
	}
}

func (f *simFollower) blockedBefore(message int64) bool {
	return f.fact(`SELECT 1 FROM users, message m WHERE openid = $1 AND m.id = $2 AND blocked_at > 0 AND blocked_at <= m.created_at + $3`,
		message, (10*time.Second).Milliseconds()) != ""
}

func (s *simulation) deliveryTo(e *evidence, message int64, openid string) *deliveryRow {
	for _, d := range e.deliveries {
		if d.message == message && d.openid == openid {
			return d
		}
	}
	return nil
}

// auditStates is I2: everything has ended, what failed says why, and the
// counts of records are those of their deliveries.
func (s *simulation) auditStates(e *evidence) {
	for _, d := range e.deliveries {
		if d.state < 3 {
			s.violation("I2: delivery %s is left in state %d", d.handle, d.state)
		}
		if d.state > 3 && d.reason == "" {
			s.violation("I2: delivery %s ended in state %d without a reason", d.handle, d.state)
		}
	}
	for _, f := range e.records {
		if f.fanAfter >= 0 || f.total != f.made || f.confirmed != f.ok || f.failed != f.bad {
			s.violation("I2: record %d counts %+v", f.id, *f)
		}
	}
}

// auditCards is I3: no card twice, none that nobody sent, and none missing
// that was reported as seen.
func (s *simulation) auditCards(e *evidence) {
	shown := map[string]int{} // by delivery: a card is known by the page it opens
	for _, one := range s.uniqueCards() {
		shown[strings.TrimPrefix(one.PageURL, baseURL+"/api/message/")] += e.cards[one.ClientMsgID]
	}
	for handle, n := range shown {
		if n > 1 {
			s.violation("I3: %d cards for delivery %s", n, handle)
		}
	}
	for id, n := range e.cards {
		d := e.byHandle[id]
		switch {
		case n > 1:
			s.violation("I3: %d cards with client_msg_id %s", n, id)
		case d == nil:
			s.violation("I3: a card with client_msg_id %s belongs to no delivery", id)
		case d.openid != e.openids[id]:
			s.violation("I3: the card of delivery %s reached somebody else", id)
		}
	}
	for _, d := range e.deliveries {
		if d.state == 3 && s.route == wechat.Template && e.cards[d.handle] != 1 {
			s.violation("I3: delivery %s is confirmed and has %d cards", d.handle, e.cards[d.handle])
		}
	}
}

// uniqueCards are the cards that left the queue, one for each client_msg_id.
func (s *simulation) uniqueCards() map[string]push.Card {
	cards := map[string]push.Card{}
	for _, try := range s.tries {
		cards[try.card.ClientMsgID] = try.card
	}
	return cards
}

// staleAfter is how long a card that was decided before may still leave: what
// a claim leaves of a lease before the call, and a moment.
const staleAfter = 8*time.Second + 10*time.Millisecond

// auditDecisions is I8: whoever left, muted or unfollowed an app gets nothing
// through it once that is written down.
func (s *simulation) auditDecisions(e *evidence) {
	for _, f := range s.followers {
		for _, span := range f.spans {
			for _, try := range s.tries {
				if string(try.card.OpenID) != f.OpenID || !try.at.After(span.from.Add(staleAfter)) || !span.to.IsZero() && !try.at.Before(span.to) {
					continue
				}
				if d := e.byHandle[strings.TrimPrefix(try.card.PageURL, baseURL+"/api/message/")]; d != nil && span.covers(d) {
					s.violation("I8: %s got card %s %s after the %s was closed", f.name, d.handle, try.at.Sub(span.from), span.way)
				}
			}
		}
	}
}

// covers tells whether the delivery goes the way that is closed. A topic's
// messages come whether or not its app is followed.
func (p *span) covers(d *deliveryRow) bool {
	if strings.HasPrefix(p.way, "app ") {
		return p.way == appWay(push.AppID(d.app)) && d.topic == 0
	}
	return true
}
