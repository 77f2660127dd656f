package console

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"hongyan/push"
)

// exportPage is how many followers are read at a time. Each page is a read of
// its own, so that a long file keeps nobody waiting.
const exportPage = 1000

// exportTopics is how many topics of one follower the file names.
const exportTopics = 100

// exportPath is the address of the file with what the page is narrowed to.
func exportPath(r *request, topic push.TopicID) string {
	q := url.Values{}
	for _, name := range []string{"uid", "extra", "state", "source", "since"} {
		if v := r.URL.Query().Get(name); v != "" {
			q.Set(name, v)
		}
	}
	if topic != 0 {
		q.Set("topic", fmt.Sprint(topic))
	}
	path := appPath(r.app.ID, "people.csv")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// exportPeople writes the followers as a file for spreadsheets, as many as
// there are.
func (c *Console) exportPeople(r *request) (reply, error) {
	topic, err := topicOf(r.URL.Query().Get("topic"))
	if err != nil {
		return reply{}, err
	}
	f, ask := c.peopleFilter(r, topic)
	if len(f.Wrong) > 0 {
		return reply{}, &push.Invalid{Field: "since", Text: wordsDate}
	}
	ask.Limit, ask.Topics = exportPage, exportTopics
	first, next, err := c.o.Push.FollowersOf(r.Context(), r.app.ID, ask)
	if err != nil {
		return reply{}, err
	}
	name := fmt.Sprintf("hongyan-%d-%s.csv", r.app.ID, c.o.Now().In(shanghai).Format("20060102-1504"))
	if topic != 0 {
		name = fmt.Sprintf("hongyan-%d-topic-%d-%s.csv", r.app.ID, topic, c.o.Now().In(shanghai).Format("20060102-1504"))
	}
	heads := []string{"UID"}
	for _, head := range wordsExport {
		heads = append(heads, translate(r.lang, head))
	}
	return spreadsheet(name, heads, func(ctx context.Context, row func(...string) error) error {
		page := first
		for {
			for _, one := range page {
				if err := row(c.exportRow(r, one)...); err != nil {
					return err
				}
			}
			if next == "" {
				return nil
			}
			ask.After = next
			if page, next, err = c.o.Push.FollowersOf(ctx, r.app.ID, ask); err != nil {
				return err
			}
		}
	}), nil
}

func (c *Console) exportRow(r *request, f push.Follower) []string {
	var states, topics []string
	for _, chip := range standingChips(r, f.Reach, f.Rejected, f.Muted) {
		states = append(states, chip.Text)
	}
	for _, t := range f.Topics {
		topics = append(topics, t.Name)
	}
	return []string{
		string(f.UID), sourceWords(r.lang, f.Source), f.Extra, cellTime(f.FollowedAt), strings.Join(states, "；"), cellTime(f.PaidUntil), strings.Join(topics, "；"),
	}
}

func cellTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return clock(at)
}
