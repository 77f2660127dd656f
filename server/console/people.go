package console

import (
	"strings"
	"time"

	"hongyan/push"
	"hongyan/server/ui"
)

// peopleView is a list of followers, of the app or of a topic, with what it is
// narrowed by.
type peopleView struct {
	Filter   form
	States   []option
	Sources  []option
	Rows     []person
	Next     string
	Here     string // the address of the page the list is on
	Export   string
	Narrowed bool
	Topic    push.TopicID // 0: of the app
}

// A person is a row of the list.
type person struct {
	push.Follower
	Short string // the UID, as much as tells it apart
	From  string // the source, in words
	Chips []ui.Chip
	Paid  bool // now
}

const (
	peopleSize  = 20
	namedTopics = 3
)

// peoplePage lists the followers of the app.
func (c *Console) peoplePage(r *request) (reply, error) {
	v, err := c.people(r, 0)
	if err != nil {
		return reply{}, err
	}
	return narrowed(r, "people", wordsPeople, v, v), nil
}

// narrowed is a page with a list of followers. While somebody types into its
// search, the list alone is asked for.
func narrowed(r *request, page string, title words, data any, v peopleView) reply {
	a := shown(page, title, data)
	if r.htmx() {
		a = part(page, "people-list", v)
	}
	if len(v.Filter.Wrong) > 0 && !r.htmx() {
		return a.wrong()
	}
	return a
}

// people reads a page of a list of followers. What is wrong with the filters
// stands in the view, beside its field.
func (c *Console) people(r *request, topic push.TopicID) (peopleView, error) {
	f, ask := c.peopleFilter(r, topic)
	v := peopleView{
		Filter: f, Topic: topic, Here: r.URL.Path, Narrowed: ask.UID != "" || ask.UIDEnd != "" || ask.Extra != "" || f.Value("state") != "" || ask.Source != "" || !ask.Since.IsZero(),
		States: said(r, option{"", "全部"}, option{"rejected", "已屏蔽"}, option{"muted", "关闭了消息"}, option{"paid", "付费有效"}, option{"unpaid", "没有付费或已到期"}),
	}
	v.Sources = said(r, append([]option{{"", "全部"}}, sources...)...)
	if topic == 0 {
		v.Sources = v.Sources[:len(v.Sources)-1] // nobody is put into an app
		ask.Topics = namedTopics
	}
	v.Export = exportPath(r, topic)
	if len(f.Wrong) > 0 {
		return v, nil
	}
	ask.After, ask.Limit = r.URL.Query().Get("after"), peopleSize
	found, next, err := c.o.Push.FollowersOf(r.Context(), r.app.ID, ask)
	if f.refuse(err) {
		if f.Wrong["after"] != "" {
			return v, err
		}
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Next = turned(r, next)
	for _, one := range found {
		v.Rows = append(v.Rows, c.person(r, one))
	}
	return v, nil
}

// peopleFilter reads what the list is narrowed by.
func (c *Console) peopleFilter(r *request, topic push.TopicID) (form, push.Followers) {
	f := form{Values: r.URL.Query(), Wrong: map[string]string{}}
	get := func(name string) string { return strings.TrimSpace(f.Values.Get(name)) }
	ask := push.Followers{Topic: topic, Extra: get("extra"), Source: push.Source(get("source"))}
	if uid := get("uid"); strings.HasPrefix(uid, "UID_") {
		ask.UID = push.UID(uid)
	} else {
		ask.UIDEnd = strings.ToUpper(uid)
	}
	yes, no := true, false
	switch get("state") {
	case "rejected":
		ask.Rejected = &yes
	case "muted":
		ask.Muted = &yes
	case "paid":
		ask.Paid = &yes
	case "unpaid":
		ask.Paid = &no
	}
	if since := get("since"); since != "" {
		day, err := time.ParseInLocation(time.DateOnly, since, shanghai)
		if err != nil {
			f.Wrong["since"] = translate(r.lang, wordsDate)
		}
		ask.Since = day
	}
	return f, ask
}

// person is a follower as a row shows them.
func (c *Console) person(r *request, f push.Follower) person {
	return person{
		Follower: f, Short: shortUID(f.UID), From: sourceWords(r.lang, f.Source), Paid: f.PaidUntil.After(c.o.Now()),
		Chips: standingChips(r, f.Reach, f.Rejected, f.Muted),
	}
}

// shortUID is a UID as much of it as a person compares.
func shortUID(uid push.UID) string {
	if len(uid) <= 16 {
		return string(uid)
	}
	return string(uid[:8]) + "…" + string(uid[len(uid)-6:])
}

// standingChips say what keeps messages from somebody, or that nothing does.
func standingChips(r *request, reach push.Reach, rejected, muted bool) (chips []ui.Chip) {
	for _, one := range []struct {
		is         bool
		text, tone string
	}{
		{rejected, "已屏蔽", "bad"},
		{reach.Left, "已取消关注公众号", "bad"},
		{reach.Blocked, "被拉黑", "bad"},
		{reach.Off || muted, "关闭了消息", "wait"},
	} {
		if one.is {
			chips = append(chips, ui.Chip{Text: translate(r.lang, one.text), Tone: one.tone})
		}
	}
	if chips == nil {
		chips = []ui.Chip{{Text: translate(r.lang, "收得到消息"), Tone: "good"}}
	}
	return chips
}

// sources are the ways to come, in words.
var sources = []option{
	{string(push.ByScan), "扫码"}, {string(push.ByLink), "链接"}, {string(push.ByCommand), "指令"}, {string(push.ByOrder), "付费"}, {string(push.ByOwner), "由应用加入"},
}

func sourceWords(lang string, via push.Source) string {
	for _, one := range sources {
		if one.Value == string(via) {
			return translate(lang, one.Text)
		}
	}
	return string(via)
}
