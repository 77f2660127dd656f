package console

import (
	"strconv"
	"strings"
	"time"

	"hongyan/push"
)

const topicsSize = 20

// topicsView is the list of the app's topics.
type topicsView struct {
	Filter form
	Rows   []push.TopicCount
	Next   string
	Full   int64 // where counts stop
}

func (c *Console) topicsPage(r *request) (reply, error) {
	f := form{Values: r.URL.Query(), Wrong: map[string]string{}}
	ask := push.TopicFilter{Search: strings.TrimSpace(f.Value("search")), Limit: topicsSize + 1}
	if after := f.Value("after"); after != "" {
		topic, err := topicOf(after)
		if err != nil {
			return reply{}, err
		}
		ask.After = topic
	}
	rows, err := c.o.Push.CountTopics(r.Context(), r.app.ID, ask)
	if !f.refuse(err) && err != nil {
		return reply{}, err
	}
	v := topicsView{Filter: f, Rows: rows, Full: push.CountTo}
	if len(rows) > topicsSize {
		v.Rows = rows[:topicsSize]
		v.Next = turned(r, strconv.FormatInt(int64(rows[topicsSize-1].ID), 10))
	}
	if r.htmx() {
		return part("topics", "topic-list", v), nil
	}
	return shown("topics", wordsTopics, v), nil
}

// topicNewView is the form of a new topic.
type topicNewView struct{ Form form }

func (c *Console) newTopicPage(*request) (reply, error) {
	return shown("topic_new", wordsNewTopic, topicNewView{filled()}), nil
}

// newTopic makes a topic and its code. WeChat may fail to make the code: the
// topic's page offers it again.
func (c *Console) newTopic(r *request) (reply, error) {
	made, err := c.o.Push.CreateTopic(r.Context(), r.app.ID, r.value("name"))
	if f := typed(r); f.refuse(err) {
		return shown("topic_new", wordsNewTopic, topicNewView{f}).wrong(), nil
	}
	if err != nil {
		return reply{}, err
	}
	if _, err := c.permanent(r, made.ID); err != nil {
		c.o.Log.Warn("no code for a new topic", "topic", made.ID, "err", err)
	}
	return sentTo(topicPath(r.app.ID, made.ID)).saying("主题「%s」已建好", made.Name), nil
}

func topicPath(app push.AppID, topic push.TopicID) string {
	return appPath(app, "topics/"+strconv.FormatInt(int64(topic), 10))
}

// topicView is one topic.
type topicView struct {
	push.TopicCount
	People peopleView
	Chart  chart
	Change int64 // of the followers, within the chart
	Code   push.Code
	Drawn  codeView
	Form   form
	Link   string // by which people follow it
}

// growthSpan is how far back the curve goes.
const growthSpan = 30 * 24 * time.Hour

func (c *Console) topicPage(r *request) (reply, error) { return c.topic(r, form{}) }

func (c *Console) topic(r *request, f form) (reply, error) {
	id, err := topicOf(r.PathValue("topic"))
	if err != nil {
		return reply{}, err
	}
	if r.htmx() && !r.post() { // somebody searches
		v, err := c.people(r, id)
		return narrowed(r, "topic", wordsTopic, v, v), err
	}
	v := topicView{Form: f, Link: followLink(c.o.BaseURL, 2, int64(id))}
	if v.TopicCount, err = c.o.Push.CountTopic(r.Context(), r.app.ID, id); err != nil {
		return reply{}, err
	}
	if f.Values == nil {
		v.Form = filled("name", v.Name)
	}
	if v.People, err = c.people(r, id); err != nil {
		return reply{}, err
	}
	if v.Drawn, err = c.permanentView(r, id); err != nil {
		return reply{}, err
	}
	if err := c.growth(r, &v, id); err != nil {
		return reply{}, err
	}
	return narrowed(r, "topic", say("主题「%s」", v.Name), v, v.People), nil
}

// growth draws the topic's days.
func (c *Console) growth(r *request, v *topicView, id push.TopicID) error {
	days, err := c.o.Push.Growth(r.Context(), push.Resource{Kind: push.OfTopic, Target: int64(id)}, c.o.Now().Add(-growthSpan), true)
	if err != nil {
		return err
	}
	for _, day := range days {
		v.Change += day.Gained - day.Lost
	}
	v.Chart = growthChart(r.lang, "最近 30 天", days, true, true)
	return nil
}

func (c *Console) renameTopic(r *request) (reply, error) {
	id, err := topicOf(r.PathValue("topic"))
	if err != nil {
		return reply{}, err
	}
	_, err = c.o.Push.RenameTopic(r.Context(), r.app.ID, id, r.value("name"))
	if f := typed(r); f.refuse(err) {
		a, err := c.topic(r, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(topicPath(r.app.ID, id)).saying("已保存"), nil
}

func (c *Console) deleteTopic(r *request) (reply, error) {
	id, err := topicOf(r.PathValue("topic"))
	if err != nil {
		return reply{}, err
	}
	if err := c.o.Push.DeleteTopic(r.Context(), r.app.ID, id); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "topics")).saying("主题已删除"), nil
}
