package console

import (
	"net/url"
	"strconv"

	"hongyan/push"
	"hongyan/server/ui"
)

// followerView is one user in the app.
type followerView struct {
	push.Profile
	Short    string
	From     string
	Chips    []ui.Chip
	Paid     bool
	Here     string   // path of the page
	Joined   []member // of topics
	Left     []member // were there once
	Joinable []option // topics to put them into
	Many     bool     // too many topics for a list to choose from
}

// A member is a membership of a topic as the page shows it.
type member struct {
	push.Membership
	From string
}

// choosable is how many topics a select offers.
const choosable = 200

func (c *Console) followerPage(r *request) (reply, error) {
	uid := push.UID(r.PathValue("uid"))
	p, err := c.o.Push.ProfileOf(r.Context(), r.app.ID, uid)
	if err != nil {
		return reply{}, err
	}
	v := followerView{
		Profile: p, Short: shortUID(uid), From: sourceWords(r.lang, p.Of.Source), Here: followerPath(r.app.ID, uid),
		Chips: standingChips(r, p.Reach, p.Of.Rejected, p.Of.Muted), Paid: p.Of.PaidUntil.After(c.o.Now()),
	}
	in := make(map[push.TopicID]bool)
	for _, m := range p.Topics {
		one := member{m, sourceWords(r.lang, m.Source)}
		if m.Active || m.Rejected {
			v.Joined = append(v.Joined, one)
			in[m.Topic] = true
		} else {
			v.Left = append(v.Left, one)
		}
	}
	if p.Of.Follows() && r.role.Covers(push.Developer) {
		topics, err := c.o.Push.TopicNames(r.Context(), r.app.ID, choosable+1)
		if err != nil {
			return reply{}, err
		}
		v.Many = len(topics) > choosable
		for _, t := range topics {
			if !in[t.ID] {
				v.Joinable = append(v.Joinable, option{strconv.FormatInt(int64(t.ID), 10), t.Name})
			}
		}
	}
	return shown("follower", wordsFollower, v), nil
}

// followerPath is the page of one follower.
func followerPath(app push.AppID, uid push.UID) string {
	return appPath(app, "people/"+url.PathEscape(string(uid)))
}

// rejectFollower rejects somebody, from the app or from a topic, or lifts that.
func (c *Console) rejectFollower(r *request) (reply, error) {
	topic, err := topicOf(r.value("topic"))
	if err != nil {
		return reply{}, err
	}
	uid, on := push.UID(r.PathValue("uid")), r.value("on") == "1"
	if err := c.o.Push.RejectFollower(r.Context(), r.app.ID, topic, uid, on); err != nil {
		return reply{}, err
	}
	text := "已屏蔽，对方不会再收到消息"
	if !on {
		text = "已解除屏蔽"
	}
	return sentTo(followerPath(r.app.ID, uid)).saying(text), nil
}

// removeFollower ends what somebody follows of the app.
func (c *Console) removeFollower(r *request) (reply, error) {
	if err := c.o.Push.RemoveFollower(r.Context(), r.app.ID, push.UID(r.PathValue("uid"))); err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "people")).saying("已移出，对方可以重新关注"), nil
}

// joinTopic puts somebody into a topic.
func (c *Console) joinTopic(r *request) (reply, error) {
	topic, err := topicOf(r.value("topic"))
	if err != nil || topic == 0 {
		return reply{}, push.ErrNoTopic
	}
	uid := push.UID(r.PathValue("uid"))
	if err := c.o.Push.AddToTopic(r.Context(), r.app.ID, topic, uid); err != nil {
		return reply{}, err
	}
	return sentTo(followerPath(r.app.ID, uid)).saying("已加入主题"), nil
}

// leaveTopic takes somebody out of a topic. It leads back to where the button
// was.
func (c *Console) leaveTopic(r *request) (reply, error) {
	topic, err := topicOf(r.value("topic"))
	if err != nil || topic == 0 {
		return reply{}, push.ErrNoTopic
	}
	uid := push.UID(r.PathValue("uid"))
	if err := c.o.Push.RemoveFromTopic(r.Context(), r.app.ID, topic, uid); err != nil {
		return reply{}, err
	}
	to := followerPath(r.app.ID, uid)
	if r.value("back") == "topic" {
		to = topicPath(r.app.ID, topic)
	}
	return sentTo(to).saying("已移出主题，对方可以重新关注它"), nil
}

// topicOf reads a topic's number; an empty one is 0.
func topicOf(number string) (push.TopicID, error) {
	if number == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		return 0, push.ErrNoTopic
	}
	return push.TopicID(n), nil
}
