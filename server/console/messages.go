package console

import (
	"strconv"
	"time"

	"hongyan/push"
	"hongyan/push/content"
)

// messagesView is a page of the app's messages.
type messagesView struct {
	Form     form
	Topics   []option
	States   []option
	Rows     []messageRow
	Next     string
	Filtered bool
}

// messageRow is a message as a list shows it.
type messageRow struct {
	push.Message
	State stateChip
	Kind  string
	Bar   bar
	URL   string
}

// stateChip is a state in one word, and its tone.
type stateChip struct{ Text, Tone string }

// messagesPage lists what the app sent in the last seven days.
func (c *Console) messagesPage(r *request) (reply, error) {
	if err := r.parse(); err != nil {
		return reply{}, err
	}
	f := typed(r)
	topic, _ := strconv.ParseInt(f.Value("topic"), 10, 64)
	filter := push.MessageFilter{
		Topic: push.TopicID(topic), State: push.MessageState(f.Value("state")), Search: r.value("q"), After: f.Value("after"), Limit: 20,
	}
	all, next, err := c.o.Push.Messages(r.Context(), r.app.ID, filter)
	if err != nil {
		return reply{}, err
	}
	v := messagesView{Form: f, States: wordsMessageStates.in(r.lang), Filtered: topic != 0 || filter.State != "" || filter.Search != ""}
	if v.Topics, err = c.topicOptions(r); err != nil {
		return reply{}, err
	}
	for _, m := range all {
		v.Rows = append(v.Rows, messageRow{m, stateOf(m, c.o.Now()), kindWord(m.Kind), barOf(m.Counts), messagePath(r.app.ID, m.ID)})
	}
	if next != "" {
		v.Next = query(appPath(r.app.ID, "messages"), "topic", f.Value("topic"), "state", f.Value("state"), "q", r.value("q"), "after", next)
	}
	return shown("messages", wordsMessages, v), nil
}

// topicOptions are the topics to filter by, under an empty one.
func (c *Console) topicOptions(r *request) ([]option, error) {
	topics, err := c.o.Push.TopicsOf(r.Context(), r.app.ID)
	if err != nil {
		return nil, err
	}
	options := []option{{"", translate(r.lang, wordsAnyTopic)}}
	for _, t := range topics[:min(len(topics), mostListed)] {
		options = append(options, option{strconv.FormatInt(int64(t.ID), 10), t.Name})
	}
	return options, nil
}

// reported is how long WeChat's report of a card is waited for.
const reported = 10 * time.Minute

// stateOf sums a message up.
func stateOf(m push.Message, now time.Time) stateChip {
	n := m.Counts
	switch {
	case !m.CancelledAt.IsZero():
		return stateCancelled
	case !m.DeletedAt.IsZero():
		return stateRemoved
	case !m.PausedAt.IsZero():
		return statePaused
	case n.FanningOut, n.Open() > 0 && now.Sub(m.At) < reported:
		return stateRunning
	case n.Open() > 0:
		return stateOpen
	case n.Total == 0:
		return stateNobody
	case n.Failed == n.Total:
		return stateFailed
	case n.Failed > 0:
		return statePartly
	}
	return stateDone
}

func kindWord(k content.Kind) string {
	return map[content.Kind]string{content.Text: "文本", content.HTML: "HTML", content.Markdown: "Markdown"}[k]
}

// A bar shows how a message is divided, drawn 1,000 wide.
type bar []segment

// segment is one part of a bar: its tone, what it counts, where it begins and
// how wide it is.
type segment struct {
	Tone, Text string
	N          int64
	At, Wide   int64
}

// barOf divides those a message is for. Whoever is counted is seen: a part has
// a little width however few they are.
func barOf(n push.Counts) bar {
	all := max(n.Expected, n.Total+n.Skipped, 1)
	const wide, least = 1000, 12
	b := bar{
		{Tone: "good", Text: "成功", N: n.Confirmed}, {Tone: "bad", Text: "失败", N: n.Failed}, {Tone: "wait", Text: "未完成", N: n.Open()},
		{Tone: "out", Text: "略过", N: n.Skipped}, {Tone: "todo", Text: "待展开", N: all - n.Total - n.Skipped},
	}
	parts, left, sum := b[:0], int64(wide), int64(0)
	for _, s := range b {
		if s.N > 0 {
			parts, left, sum = append(parts, s), left-least, sum+s.N
		}
	}
	at := int64(0)
	for i := range parts {
		parts[i].At, parts[i].Wide = at, least+left*parts[i].N/sum
		at += parts[i].Wide
	}
	return parts
}
