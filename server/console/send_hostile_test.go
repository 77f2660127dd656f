package console_test

import (
	"fmt"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
)

// hostile is text that tries to leave every place it may stand in.
const hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\u202e倒\u2066过\u2069来🙂𝒳</textarea></title>"

// TestBrowser_F35HostileMessagesRunNothing shows a message, a topic, a schedule and a
// reason that are made of such text on every page of sending, and in the frames
// of the message's page.
func TestBrowser_F35HostileMessagesRunNothing(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	topic, err := s.push.CreateTopic(s.Context(), 97, "<svg onload=alert(3)>\"'")
	s.must(err)
	s.crowd(topic.ID, 3)
	d := push.Draft{Kind: content.HTML, Content: "<p onclick=alert(4)>点</p><script>alert(5)</script>" + hostile, Summary: hostile,
		URL: "https://example.com/\"><script>alert(6)</script>", Topics: []push.TopicID{topic.ID}}
	receipts, err := s.push.SendFrom(s.Context(), 97, d)
	s.must(err)
	s.fanOutAll()
	s.exec(`UPDATE delivery SET state = 4, reason = $1`, hostile)
	s.exec(`UPDATE record SET failed = total`)
	_, _, err = s.push.Schedule(s.Context(), 97, hostile[:6]+"<b>键", s.db.Now().Add(1e13), d)
	s.must(err)
	message := fmt.Sprintf("/console/app/97/messages/%d", receipts[0].Message)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	for _, path := range []string{
		"/console/app/97/messages", "/console/app/97/messages?q=%22%3E%3Cscript%3Ealert(7)%3C/script%3E", message, message + "/page", message + "/people", message + "/people?uid=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(8)%3E",
		message + "/people/" + s.word(`SELECT u.uid FROM users u JOIN delivery d ON d.user_id = u.id LIMIT 1`),
		fmt.Sprintf("/console/app/97/send?from=%d&failed=1", receipts[0].Message), "/console/app/97/send?to=%22%3E%3Cscript%3Ealert(9)%3C/script%3E", "/console/app/97/send/scheduled",
	} {
		s.open(p, m.developer, path)
		p.Wait("body")
		if said := p.Dialogs(); len(said) > 0 {
			t.Fatalf("%s ran something: %v", path, said)
		}
		if n := browsertest.Eval[int](p, `document.querySelectorAll("main script, main [onerror], main [onload], main [onclick]").length`); n > 0 {
			t.Errorf("%s holds %d elements of the text", path, n)
		}
		p.WantFits()
	}
}
