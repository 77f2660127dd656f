package console_test

import (
	"fmt"
	"net/url"
	"time"

	"hongyan/push"
	"hongyan/push/content"
)

// sendSamples are those of sending and messages.
var sendSamples = map[string]sample{
	"GET /console/app/{app}/send":                            {},
	"POST /console/app/{app}/send":                           {form: url.Values{"kind": {"1"}, "content": {"磁盘将满"}}, make: aFollower},
	"POST /console/app/{app}/send/find":                      {form: url.Values{"q": {"UID"}}},
	"POST /console/app/{app}/send/preview":                   {form: url.Values{"kind": {"1"}, "content": {"磁盘将满"}}},
	"POST /console/app/{app}/send/page":                      {form: url.Values{"kind": {"3"}, "content": {"# 磁盘将满"}}},
	"GET /console/app/{app}/send/scheduled":                  {},
	"POST /console/app/{app}/send/scheduled/move":            {make: aScheduled},
	"POST /console/app/{app}/send/scheduled/now":             {make: aScheduled},
	"POST /console/app/{app}/send/scheduled/cancel":          {make: aScheduled},
	"GET /console/app/{app}/messages":                        {make: aMessage},
	"GET /console/app/{app}/messages/{message}":              {make: aMessage},
	"GET /console/app/{app}/messages/{message}/live":         {make: aMessage},
	"GET /console/app/{app}/messages/{message}/page":         {make: aMessage},
	"GET /console/app/{app}/messages/{message}/people":       {make: aMessage},
	"GET /console/app/{app}/messages/{message}/people/{uid}": {make: aMessage},
	"POST /console/app/{app}/messages/{message}/pause":       {make: aMessage},
	"POST /console/app/{app}/messages/{message}/resume":      {make: aMessage},
	"POST /console/app/{app}/messages/{message}/cancel":      {make: aMessage},
	"POST /console/app/{app}/messages/{message}/remove":      {make: aMessage},
}

func aFollower(s *site, m *team) map[string]string {
	return map[string]string{"=uid": string(s.follows(m.app.ID).user().UID)}
}

func aMessage(s *site, m *team) map[string]string {
	uid := s.follows(m.app.ID).user().UID
	receipts, err := s.push.SendFrom(s.Context(), m.app.ID, push.Draft{Kind: content.Text, Content: "磁盘将满", UIDs: []push.UID{uid}})
	s.must(err)
	return map[string]string{"message": fmt.Sprint(receipts[0].Message), "uid": string(uid)}
}

func aScheduled(s *site, m *team) map[string]string {
	at := s.db.Now().Add(time.Hour)
	key := fmt.Sprintf("会议-%d", s.count(`SELECT COUNT(*) FROM scheduled`))
	_, _, err := s.push.Schedule(s.Context(), m.app.ID, key, at, push.Draft{Kind: content.Text, Content: "开会", UIDs: []push.UID{"UID_x"}})
	s.must(err)
	return map[string]string{"=key": key, "=at": at.Add(time.Hour).In(time.FixedZone("CST", 8*3600)).Format("2006-01-02T15:04")}
}
