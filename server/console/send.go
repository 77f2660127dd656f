package console

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"hongyan/push"
)

// mostListed bounds the topics that stand in the form, and mostFound the
// followers that a search offers.
const (
	mostListed = 200
	mostFound  = 8
)

// sendView is the form of a message, with what it will look like beside it.
type sendView struct {
	Form     form
	Kinds    []option
	Topics   []topicChoice
	Whom     whomView
	Sells    bool
	Payers   []option
	From, To string // earliest and latest time, as the browser's field wants them
	Preview  previewView
	Confirm  *confirmView
	Refused  []push.Receipt // nobody could be sent to: why, for each
	Tried    int64          // public id of the message that went to the person themselves
}

// topicChoice is a topic that can be ticked.
type topicChoice struct {
	push.TopicCount
	Ticked, Many bool
}

// whomView are the followers that are ticked, and those a search found.
type whomView struct {
	Form   form
	Chosen []string
	Found  []push.Follower
	Nobody bool // the search found nobody
}

// confirmView asks before many are sent to.
type confirmView struct {
	Topics []topicChoice
	People int
	At     time.Time
	Digest string
}

// sendPage is the form, empty or with what an earlier message said.
func (c *Console) sendPage(r *request) (reply, error) {
	f := filled("kind", "1", "when", "now", "audience", "0")
	if id, err := strconv.ParseInt(r.FormValue("from"), 10, 64); err == nil {
		body, err := c.o.Push.Body(r.Context(), r.app.ID, id)
		if err != nil {
			return reply{}, err
		}
		f = filled("kind", strconv.Itoa(int(body.Kind)), "content", body.Content, "summary", body.Summary, "url", body.URL, "when", "now", "audience", "0")
		if r.FormValue("failed") != "" {
			uids, err := c.o.Push.FailedUIDs(r.Context(), r.app.ID, id)
			if err != nil {
				return reply{}, err
			}
			f.Values.Set("uids", lines(uids))
		}
	}
	if uid := r.FormValue("to"); uid != "" {
		f.Values.Set("uid", uid)
	}
	return c.sendForm(r, f)
}

// sendForm shows the form with what stands in it.
func (c *Console) sendForm(r *request, f form, change ...func(*sendView)) (reply, error) {
	now := c.o.Now().In(shanghai)
	v := sendView{
		Form: f, Kinds: wordsDraftKinds.in(r.lang), Payers: wordsPayers.in(r.lang), From: now.Format(localTime), To: now.Add(furthest).Format(localTime),
	}
	var err error
	if v.Topics, err = c.topicChoices(r, f.Values["topic"]); err != nil {
		return reply{}, err
	}
	if v.Sells, err = c.o.Push.Sells(r.Context(), r.app.ID); err != nil {
		return reply{}, err
	}
	if v.Whom, err = c.whom(r, f, false); err != nil {
		return reply{}, err
	}
	v.Preview = c.previewOf(r, f, v.Topics)
	for _, do := range change {
		do(&v)
	}
	a := shown("send", wordsSend, v)
	if len(f.Wrong) > 0 || len(v.Refused) > 0 {
		a = a.wrong()
	}
	return a, nil
}

func (c *Console) topicChoices(r *request, ticked []string) ([]topicChoice, error) {
	all, err := c.o.Push.CountTopics(r.Context(), r.app.ID, push.TopicFilter{Limit: mostListed})
	if err != nil {
		return nil, err
	}
	choices := make([]topicChoice, len(all))
	for i, t := range all {
		choices[i] = topicChoice{t, slices.Contains(ticked, strconv.FormatInt(int64(t.ID), 10)), t.Active >= push.CountTo}
	}
	return choices, nil
}

// whom are the ticked followers, and with a search those it found.
func (c *Console) whom(r *request, f form, search bool) (whomView, error) {
	v := whomView{Form: f, Chosen: f.Values["uid"]}
	if !search {
		return v, nil
	}
	found, err := c.o.Push.FindFollowers(r.Context(), r.app.ID, r.value("q"), mostFound+len(v.Chosen))
	if f.refuse(err) {
		return v, nil
	}
	v.Nobody = len(found) == 0
	for _, one := range found {
		if !slices.Contains(v.Chosen, string(one.UID)) && len(v.Found) < mostFound {
			v.Found = append(v.Found, one)
		}
	}
	return v, err
}

// findReceivers searches followers while the rest of the form stays as it is.
func (c *Console) findReceivers(r *request) (reply, error) {
	f := typed(r)
	v, err := c.whom(r, f, true)
	if err != nil {
		return reply{}, err
	}
	if r.htmx() {
		return part("send", "found", sendView{Whom: v}), nil
	}
	return c.sendForm(r, f, func(page *sendView) { page.Whom = v })
}

func messagePath(app push.AppID, id int64) string {
	return appPath(app, "messages/"+strconv.FormatInt(id, 10))
}

func lines(uids []push.UID) string {
	text := ""
	for _, uid := range uids {
		text += string(uid) + "\n"
	}
	return text
}

// query is an address with a query of name, value, …; empty values are left
// out.
func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
