package push

import (
	"fmt"
	"time"

	"hongyan/store"
)

// newDeliveryQueue is the queue of cards.
func newDeliveryQueue(s *Service) *queue {
	most := s.o.MaxInFlight
	if most == 0 {
		most = 256
	}
	q := newQueue(s, table{
		name:      "delivery",
		keys:      "message_id, user_id",
		set:       ", first_at = CASE WHEN first_at = 0 THEN $7 ELSE first_at END",
		returning: "message_id, user_id, record_id, attempts, first_at",
		scan:      scanDelivery,
		load:      s.loadDeliveries,
		settle:    s.settleDeliveries,
		paused:    s.pausedUntil,
		charge:    s.charge,
	}, most)
	q.spacing = s.o.Spacing
	return q
}

func scanDelivery(r *store.Rows) (*task, error) {
	t := new(task)
	var first int64
	err := r.Scan(&t.key.a, &t.key.b, &t.record, &t.claims, &first)
	t.who, t.first = UserID(t.key.b), store.Time(first)
	return t, err
}

// loadDeliveries makes the card of every claimed delivery. This is the point
// of decision: who has left, muted, was rejected or is blocked by now gets no
// card, and the delivery fails with that reason. Whether they have paid was
// decided when the delivery was written.
func (s *Service) loadDeliveries(tx *store.Tx, tasks []*task) error {
	l := newList("message_id BIGINT", "user_id BIGINT", "record_id BIGINT")
	byKey := make(map[rowKey]*task, len(tasks))
	for _, t := range tasks {
		l.add(t.key.a, t.key.b, t.record)
		byKey[t.key] = t
	}
	rows, err := collectAll(tx, l, scanFacts, factsOf)
	if err != nil {
		return fmt.Errorf("facts of %d deliveries: %w", len(tasks), err)
	}
	for i := range rows {
		f := &rows[i]
		if t := byKey[f.key]; t != nil {
			s.brief(t, f, tx.Now)
			delete(byKey, f.key)
		}
	}
	for _, t := range byKey {
		t.refuse(Permanent, whyDeleted)
	}
	return nil
}

// facts is what the decision about a delivery rests on.
type facts struct {
	key                                    rowKey
	openid                                 OpenID
	uid                                    UID
	following, muted                       bool
	blockedAt                              int64
	blockedReason                          string
	summary                                string
	app                                    AppID
	createdAt, deletedAt, cancelledAt      int64
	pausedAt                               int64
	appName                                string
	appDeleted, appSuspended               int64
	topic                                  TopicID
	topicName                              string
	topicDeleted                           int64
	appActive, appRejected, appMuted       bool
	topicActive, topicRejected, topicMuted bool
}

const factsOf = `SELECT v.message_id, v.user_id, u.openid, u.uid, u.following, u.muted, u.blocked_at, u.blocked_reason,
		m.summary, m.app_id, m.created_at, m.deleted_at, m.cancelled_at, m.paused_at,
		COALESCE(a.name, ''), COALESCE(a.deleted_at, 1), COALESCE(a.suspended_at, 0), r.topic_id, COALESCE(t.name, ''), COALESCE(t.deleted_at, 1),
		COALESCE(sa.active, 0), COALESCE(sa.rejected, 0), COALESCE(sa.muted, 0),
		COALESCE(st.active, 0), COALESCE(st.rejected, 0), COALESCE(st.muted, 0)
	FROM v
	JOIN message m ON m.id = v.message_id
	JOIN users u ON u.id = v.user_id
	JOIN record r ON r.id = v.record_id
	LEFT JOIN app a ON a.id = m.app_id
	LEFT JOIN topic t ON t.id = r.topic_id
	LEFT JOIN subscription sa ON sa.kind = 0 AND sa.target = m.app_id AND sa.user_id = v.user_id
	LEFT JOIN subscription st ON st.kind = 1 AND st.target = r.topic_id AND st.user_id = v.user_id`

func scanFacts(r *store.Rows) (f facts, err error) {
	err = r.Scan(&f.key.a, &f.key.b, &f.openid, &f.uid, &f.following, &f.muted, &f.blockedAt, &f.blockedReason,
		&f.summary, &f.app, &f.createdAt, &f.deletedAt, &f.cancelledAt, &f.pausedAt,
		&f.appName, &f.appDeleted, &f.appSuspended, &f.topic, &f.topicName, &f.topicDeleted,
		&f.appActive, &f.appRejected, &f.appMuted,
		&f.topicActive, &f.topicRejected, &f.topicMuted)
	return f, err
}

// refusal says why the follower must not get the card, empty if they may.
func (f *facts) refusal() string {
	switch {
	case f.cancelledAt > 0:
		return whyCancelled
	case f.deletedAt > 0:
		return whyDeleted
	case !f.following:
		return whyNotFollowing
	case f.blockedAt > 0:
		return orElse(f.blockedReason, whyBlocked)
	case f.muted:
		return whyMuted
	case f.app == 0:
		return ""
	case f.appDeleted > 0:
		return whyAppDeleted
	case f.appSuspended > 0:
		return whySuspended
	case f.appRejected:
		return whyRejected
	case f.appMuted:
		return whyAppMuted
	}
	if f.topic != 0 {
		return f.topicRefusal()
	}
	if !f.appActive {
		return whyNotSubscribed
	}
	return ""
}

func (f *facts) topicRefusal() string {
	switch {
	case f.topicDeleted > 0:
		return whyTopicDeleted
	case f.topicRejected:
		return whyRejected
	case !f.topicActive:
		return whyNotOnTopic
	case f.topicMuted:
		return whyTopicMuted
	}
	return ""
}

// unpaid applies verifyPayType: 1 is for those who have paid, 2 for those who
// have not. It is asked once, when the delivery is written.
func unpaid(audience int, paidUntil int64, now time.Time) string {
	paid := paidUntil > store.Millis(now)
	if audience == OnlyPaid && !paid || audience == NotPaid && paid {
		return leftOut(audience)
	}
	return ""
}

// brief decides t, or makes its card.
func (s *Service) brief(t *task, f *facts, now time.Time) {
	t.made = store.Time(f.createdAt)
	if f.pausedAt > 0 {
		t.putAway(s.db.LeaseNow())
		return
	}
	if why := f.refusal(); why != "" {
		t.refuse(Permanent, why)
		return
	}
	if t.unsure() && unsafe(t.first, now) {
		t.refuse(Unconfirmed, whyUnconfirmed)
		return
	}
	if f.app == 0 || f.topic != 0 {
		t.charge = f.uid
	}
	handle := s.Handle(t.key.a, t.who)
	t.job = Job{FirstAt: t.first, Card: &Card{
		User: t.who, OpenID: f.openid,
		AppName: f.appName, TopicName: f.topicName, Summary: f.summary,
		ClientMsgID: handle, Short: handle[:6],
		PageURL: s.o.BaseURL + "/api/message/" + handle,
		At:      t.made,
	}}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
