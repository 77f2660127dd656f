package console_test

import (
	"fmt"
	"net/url"

	"hongyan/push"
)

// peopleSamples are those for followers, topics and codes.
var peopleSamples = map[string]sample{
	"GET /console/app/{app}/people":                 {},
	"GET /console/app/{app}/people.csv":             {},
	"GET /console/app/{app}/people/{uid}":           {make: follower},
	"POST /console/app/{app}/people/{uid}/reject":   {make: follower, form: url.Values{"on": {"0"}}},
	"POST /console/app/{app}/people/{uid}/remove":   {make: follower},
	"POST /console/app/{app}/people/{uid}/join":     {make: followerAndTopic},
	"POST /console/app/{app}/people/{uid}/leave":    {make: followerAndTopic},
	"GET /console/app/{app}/topics":                 {},
	"GET /console/app/{app}/topics/new":             {},
	"POST /console/app/{app}/topics/new":            {form: url.Values{"name": {"夜间"}}},
	"GET /console/app/{app}/topics/{topic}":         {make: someTopic},
	"POST /console/app/{app}/topics/{topic}/name":   {make: someTopic, form: url.Values{"name": {"夜间构建"}}},
	"POST /console/app/{app}/topics/{topic}/delete": {make: someTopic},
	"GET /console/app/{app}/codes":                  {},
	"POST /console/app/{app}/codes":                 {form: url.Values{"extra": {"海报"}, "valid": {"1"}, "unit": {"3600"}}},
	"POST /console/app/{app}/codes/permanent":       {},
	"GET /console/app/{app}/codes/{code}":           {make: someCode},
	"GET /console/app/{app}/codes/{code}/live":      {make: someCode},
	"POST /console/app/{app}/codes/{code}/draw":     {make: someCode},
}

// follows is somebody new who follows the app.
func (s *site) follows(app push.AppID) *phone {
	s.Helper()
	p := s.phone()
	_, err := p.Follow(s.Context())
	s.must(err)
	p.say(fmt.Sprintf("#%d", app))
	return p
}

func follower(s *site, m *team) map[string]string {
	return map[string]string{"uid": string(s.follows(m.app.ID).user().UID)}
}

func someTopic(s *site, m *team) map[string]string {
	topic, err := s.push.CreateTopic(s.Context(), m.app.ID, "夜间")
	s.must(err)
	return map[string]string{"topic": fmt.Sprint(topic.ID)}
}

func followerAndTopic(s *site, m *team) map[string]string {
	return map[string]string{"uid": follower(s, m)["uid"], "=topic": someTopic(s, m)["topic"]}
}

func someCode(s *site, m *team) map[string]string {
	code, err := s.push.NewSceneOf(s.Context(), m.app.ID, push.NewScene{Extra: "海报"})
	s.must(err)
	return map[string]string{"code": code.Handle}
}
