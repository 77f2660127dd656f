package push

import (
	"context"
	"fmt"

	"hongyan/push/content"
	"hongyan/store"
)

// Receipt tells the sender what became of one receiver item. Its ids are
// public ids, all 0 when the item failed; Text says why, or that all is well.
type Receipt struct {
	UID     UID     `json:"uid,omitempty"`     // empty for a topic and for a simple push
	Topic   TopicID `json:"topic,omitempty"`   // 0 for a user
	Message int64   `json:"message,omitempty"` // one per call
	Record  int64   `json:"record,omitempty"`  // one per item; what Status takes
	Failed  bool    `json:"failed,omitempty"`
	Text    string  `json:"text"`
}

// Send writes a message from the app that owns the token, with a record for
// every receiver item and a delivery for every person named by uid; topics are
// fanned out by the workers. It returns one Receipt per distinct item, users
// first, each in the order of the draft. A bad receiver fails alone; when all
// fail nothing is written and the draft's key is not used up. Errors of the
// whole call: *Invalid, ErrToken, *Suspended.
func (s *Service) Send(ctx context.Context, token string, d Draft) ([]Receipt, error) {
	return s.send(ctx, byToken(token), d)
}

// SendFrom is Send for a caller who is known to speak for the app. Errors of
// the whole call: *Invalid, ErrNoApp, *Suspended.
func (s *Service) SendFrom(ctx context.Context, app AppID, d Draft) ([]Receipt, error) {
	return s.send(ctx, byNumber(app), d)
}

func (s *Service) send(ctx context.Context, from sender, d Draft) ([]Receipt, error) {
	o, err := newOutgoing(from, d)
	if err != nil {
		return nil, err
	}
	out, err := s.spending(ctx, o, func() (out []Receipt, err error) {
		err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
			out, err = s.sendTx(tx, o)
			return err
		})
		return out, err
	})
	if err != nil {
		return nil, fmt.Errorf("send to %d users and %d topics: %w", len(o.uids), len(o.topics), err)
	}
	return out, nil
}

// sendTx is one call of an app inside the transaction that writes it.
func (s *Service) sendTx(tx *store.Tx, o *outgoing) ([]Receipt, error) {
	app, found, err := o.receivers(tx)
	if err != nil {
		return nil, err
	}
	if o.key == nil {
		return s.sendTo(tx, o, app, found)
	}
	o.repeat = true
	return o.key.once(tx, ownerApp(app), func() ([]Receipt, error) {
		o.repeat = false
		return s.sendTo(tx, o, app, found)
	})
}

// sendTo decides about every receiver and writes the call for the good ones.
func (s *Service) sendTo(tx *store.Tx, o *outgoing, app AppID, found map[UID]receiver) ([]Receipt, error) {
	topicsFound, err := ownTopics(tx, app, o.topics)
	if err != nil {
		return nil, err
	}
	b := batch{call: o.call, app: app, out: make([]Receipt, 0, len(o.uids)+len(o.topics))}
	if err := b.narrow(tx, o.topics); err != nil {
		return nil, err
	}
	for _, uid := range o.uids {
		r, ok := found[uid]
		b.addUser(uid, r.id, orElse(r.refusal(uid, ok, b.appAudience, tx.Now), o.over[uid]))
	}
	for _, topic := range o.topics {
		b.addTopic(topic, topicsFound[topic])
	}
	if err := s.write(tx, &b); err != nil || len(b.users)+len(b.topics) == 0 || !byPerson(tx.Context()) {
		return b.out, err
	}
	return b.out, s.AuditTx(tx.Context(), tx, Change{App: app, Action: "message.send", Subject: o.summary,
		After: fmt.Sprintf(textSentTo, len(b.users), len(b.topics))})
}

// call is what one call sends, with all that can be made before the
// transaction.
type call struct {
	content  string
	summary  string
	url      string
	kind     content.Kind
	audience int
	key      *callKey // nil without one
}

func newCall(d *Draft) (call, error) {
	if err := d.Validate(); err != nil {
		return call{}, err
	}
	return call{content: d.Content, summary: d.Shown(), url: d.URL, kind: d.Kind, audience: d.Audience}, nil
}

// outgoing is a call of an app to receivers that are still to be looked up.
type outgoing struct {
	call
	from   sender
	uids   []UID
	topics []TopicID
	look   string
	args   []any
	over   map[UID]string // who had all of a day's messages, and what to say
	repeat bool           // the answer is that of an earlier call
}

func newOutgoing(from sender, d Draft) (*outgoing, error) {
	uids, topics := distinct(d.UIDs), distinct(d.Topics)
	if len(uids)+len(topics) == 0 {
		return nil, &Invalid{"uids", textNoReceivers}
	}
	c, err := newCall(&d)
	if err != nil {
		return nil, err
	}
	d.UIDs, d.Topics = uids, topics
	c.key = callKeyOf(&d, nil)
	return &outgoing{
		call: c, from: from, uids: uids, topics: topics,
		look: lookupByUID(from.column, len(uids)),
		args: lookupArgs(uids, func(uid UID) any { return string(uid) }, from.value, int64(OfApp)),
	}, nil
}

// batch collects the receivers of one call that are good, each with the place
// of its receipt.
type batch struct {
	call
	app    AppID
	out    []Receipt
	users  []target
	topics []target

	appAudience   int // whom of the users is meant; see narrow
	topicAudience map[TopicID]int
}

// target is a good receiver: a user or a topic, and the index of its receipt.
type target struct {
	id int64
	at int
}

func (b *batch) addUser(uid UID, id UserID, refusal string) {
	if refusal == "" {
		b.users = append(b.users, target{int64(id), len(b.out)})
	}
	b.add(Receipt{UID: uid}, refusal)
}

func (b *batch) addTopic(topic TopicID, ours bool) {
	if ours {
		b.topics = append(b.topics, target{int64(topic), len(b.out)})
		b.add(Receipt{Topic: topic}, "")
		return
	}
	b.add(Receipt{Topic: topic}, fmt.Sprintf(textNoTopic, topic))
}

func (b *batch) add(r Receipt, refusal string) {
	r.Failed, r.Text = refusal != "", refusal
	if !r.Failed {
		r.Text = textSent
	}
	b.out = append(b.out, r)
}

// write stores the call and fills in the ids of its receipts.
func (s *Service) write(tx *store.Tx, b *batch) error {
	if len(b.users)+len(b.topics) == 0 {
		return nil
	}
	msg, err := insertMessage(tx, b)
	if err != nil {
		return err
	}
	public := s.PublicMessage(msg)
	for _, list := range [][]target{b.users, b.topics} {
		for _, t := range list {
			b.out[t.at].Message = public
		}
	}
	if err := s.writeUsers(tx, b, msg); err != nil {
		return err
	}
	return s.writeTopics(tx, b, msg)
}

func insertMessage(tx *store.Tx, b *batch) (id int64, err error) {
	err = tx.QueryRow(`INSERT INTO message (app_id, summary, content_type, url, created_at)
		VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		int64(b.app), b.summary, int64(b.kind), b.url, store.Millis(tx.Now)).Scan(&id)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO content (message_id, body) VALUES ($1, $2)`, id, b.content)
	return id, err
}

// writeUsers stores a record and a delivery for each user. One user, the
// common case, takes two statements; many take a few in all.
func (s *Service) writeUsers(tx *store.Tx, b *batch, msg int64) error {
	if len(b.users) == 0 {
		return nil
	}
	tx.Notify("delivery")
	if len(b.users) == 1 {
		return s.writeUser(tx, b, msg, b.users[0])
	}
	now := store.Millis(tx.Now)
	rows := make([][]any, len(b.users))
	at := make(map[int64]int, len(b.users))
	for i, u := range b.users {
		rows[i] = []any{msg, u.id, b.appAudience, now}
		at[u.id] = u.at
	}
	if err := tx.Bulk(`INSERT INTO record (message_id, user_id, audience, total, created_at) VALUES ($1, $2, $3, 1, $4)`, rows); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at)
		SELECT message_id, user_id, id, CAST($2 AS BIGINT), 0, created_at FROM record
		WHERE message_id = $1 AND user_id > 0`, msg, int64(b.app))
	if err != nil {
		return err
	}
	_, err = store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
		var record, user int64
		err = r.Scan(&record, &user)
		b.out[at[user]].Record = s.PublicRecord(record)
		return none, err
	}, `SELECT id, user_id FROM record WHERE message_id = $1 AND user_id > 0`, msg)
	return err
}

func (s *Service) writeUser(tx *store.Tx, b *batch, msg int64, u target) error {
	now := store.Millis(tx.Now)
	var record int64
	err := tx.QueryRow(`INSERT INTO record (message_id, user_id, audience, total, created_at) VALUES ($1, $2, $3, 1, $4) RETURNING id`,
		msg, u.id, b.appAudience, now).Scan(&record)
	if err != nil {
		return err
	}
	b.out[u.at].Record = s.PublicRecord(record)
	_, err = tx.Exec(`INSERT INTO delivery (message_id, user_id, record_id, app_id, lane, due_at)
		VALUES ($1, $2, $3, $4, 0, $5)`, msg, u.id, record, int64(b.app), now)
	return err
}

// writeTopics stores a record with a fan-out cursor for each topic.
func (s *Service) writeTopics(tx *store.Tx, b *batch, msg int64) error {
	for _, t := range b.topics {
		var record int64
		err := tx.QueryRow(`INSERT INTO record (message_id, topic_id, audience, fan_after, created_at)
			VALUES ($1, $2, $3, 0, $4) RETURNING id`, msg, t.id, b.topicAudience[TopicID(t.id)], store.Millis(tx.Now)).Scan(&record)
		if err != nil {
			return err
		}
		b.out[t.at].Record = s.PublicRecord(record)
		tx.Notify("fanout")
	}
	return nil
}
