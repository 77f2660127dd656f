package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/push/content"
	"hongyan/store"
)

// MessageState narrows a list of messages by what became of them.
type MessageState string

const (
	// MessagesOpen: somebody's card is not confirmed and has not failed.
	MessagesOpen MessageState = "open"
	// MessagesFailed: somebody's card failed.
	MessagesFailed MessageState = "failed"
)

// MessageFilter narrows a list of messages. The zero value lists all.
type MessageFilter struct {
	Since, Until time.Time // by when they were sent: from Since on, before Until
	Topic        TopicID
	State        MessageState
	Search       string // what the summary contains; ASCII letters match in both cases
	After        string // the cursor of the page before
	Limit        int    // 1 to 100; 0 means 20
}

// Validate refuses what no message can be found by.
func (f *MessageFilter) Validate() error {
	if f.State != "" && f.State != MessagesOpen && f.State != MessagesFailed {
		return &Invalid{"state", textMessageState}
	}
	return checkText("search", f.Search, 0, maxSummary)
}

// Message is one send call of an app.
type Message struct {
	ID          int64 // public
	Summary     string
	Kind        content.Kind
	URL         string
	At          time.Time
	DeletedAt   time.Time // when its page was taken away
	CancelledAt time.Time // when its sender stopped it
	PausedAt    time.Time // when its sender paused it; zero while it runs
	Topics      []TopicID
	Counts      Counts

	id int64
}

// Counts are what became of the recipients of a message, as its records count
// them. A topic's followers are counted as the fan-out comes to them.
type Counts struct {
	Total, Confirmed, Failed int64
	Skipped                  int64 // followers of topics who were left out: muted, rejected, unpaid, twice
	FanningOut               bool  // there are followers to come
	// Expected is about how many people the message is for, those skipped among
	// them. It grows until the fan-outs have begun.
	Expected int64
}

// Open is how many cards are neither confirmed nor failed: waiting, on their
// way, or without a report from WeChat.
func (c Counts) Open() int64 { return max(0, c.Total-c.Confirmed-c.Failed) }

const messageColumns = `id, summary, content_type, url, created_at, deleted_at, cancelled_at, paused_at`

func (s *Service) scanMessage(r *store.Rows) (m Message, err error) {
	var at, deleted, cancelled, paused int64
	err = r.Scan(&m.id, &m.Summary, &m.Kind, &m.URL, &at, &deleted, &cancelled, &paused)
	m.ID, m.At, m.DeletedAt = s.PublicMessage(m.id), store.Time(at), store.Time(deleted)
	m.CancelledAt, m.PausedAt = store.Time(cancelled), store.Time(paused)
	return m, err
}

// Messages lists an app's messages, newest first, and the cursor of the next
// page, empty at the end. A page looks at no more than 20,000 messages, so one
// with a filter may be short, even empty, and still have a next one.
func (s *Service) Messages(ctx context.Context, app AppID, f MessageFilter) (all []Message, next string, err error) {
	if err := f.Validate(); err != nil {
		return nil, "", err
	}
	l := newListing("message", messageColumns, app, f.Since, f.Until)
	if err := s.readCursor(cursorMessages, f.After, &l.below.at, &l.below.id); err != nil {
		return nil, "", err
	}
	f.narrow(l)
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		var low spot
		var more bool
		all, low, more, err = page(tx, l, pageSize(f.Limit), s.scanMessage, func(m Message) spot { return spot{store.Millis(m.At), m.id} })
		if err != nil {
			return err
		}
		next = ""
		if more {
			next = s.cursor(cursorMessages, low.at, low.id)
		}
		return countMessages(tx, all)
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the messages of app %d: %w", app, err)
	}
	return all, next, nil
}

func (f *MessageFilter) narrow(l *listing) {
	const anyRecord = `EXISTS (SELECT 1 FROM record r WHERE r.message_id = message.id AND `
	if f.Topic != 0 {
		l.filter(anyRecord+`r.topic_id = $%d)`, int64(f.Topic))
	}
	switch f.State {
	case MessagesOpen:
		l.filter(anyRecord+`(r.fan_after <> $%d OR r.confirmed + r.failed < r.total))`, fanDone)
	case MessagesFailed:
		l.filter(anyRecord+`r.failed > $%d)`, 0)
	}
	if f.Search != "" {
		l.filter(`LOWER(summary) LIKE LOWER(CAST($%d AS TEXT)) ESCAPE '\'`, containing(f.Search))
	}
}

// countMessages fills in the counts and topics of messages from their records,
// so that a topic of a million costs as much as one person.
func countMessages(tx *store.Tx, all []Message) error {
	if len(all) == 0 {
		return nil
	}
	l := newList("id BIGINT")
	byID := make(map[int64]*Message, len(all))
	for i := range all {
		l.add(all[i].id)
		byID[all[i].id] = &all[i]
	}
	_, err := collectAll(tx, l, func(r *store.Rows) (none struct{}, err error) {
		var id, topic, fanning int64
		var c Counts
		err = r.Scan(&id, &topic, &c.Total, &c.Confirmed, &c.Failed, &c.Skipped, &fanning, &c.Expected)
		if m := byID[id]; m != nil {
			m.add(TopicID(topic), c, fanning > 0)
		}
		return none, err
	}, `SELECT message_id, topic_id, CAST(SUM(total) AS BIGINT), CAST(SUM(confirmed) AS BIGINT), CAST(SUM(failed) AS BIGINT),
			CAST(SUM(skipped) AS BIGINT), MAX(CASE WHEN fan_after <> -1 THEN 1 ELSE 0 END),
			CAST(SUM(CASE WHEN fan_after <> -1 AND expected > total + skipped THEN expected ELSE total + skipped END) AS BIGINT)
		FROM record WHERE message_id IN (SELECT id FROM v) GROUP BY message_id, topic_id ORDER BY message_id, topic_id`)
	if err != nil {
		return fmt.Errorf("count for %d messages: %w", len(all), err)
	}
	return nil
}

func (m *Message) add(topic TopicID, c Counts, fanning bool) {
	if topic != 0 {
		m.Topics = append(m.Topics, topic)
	}
	m.Counts.Total += c.Total
	m.Counts.Confirmed += c.Confirmed
	m.Counts.Failed += c.Failed
	m.Counts.Skipped += c.Skipped
	m.Counts.Expected += c.Expected
	m.Counts.FanningOut = m.Counts.FanningOut || fanning
}
