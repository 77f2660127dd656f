package wechat

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
)

// world is a channel, the WeChat it talks to and one follower.
type world struct {
	*sandbox.Sandbox
	t        testing.TB
	channel  *Channel
	follower *sandbox.Follower
}

// newWorld gives the channel the budget of customer messages that spend says.
func newWorld(t testing.TB, o Options, spend func(context.Context, push.UserID) (bool, error)) *world {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{AppID: "wx0123456789abcdef", Secret: "fedcba9876543210fedcba9876543210",
		OriginalID: "gh_0123456789ab", Token: "AAAAA", Mode: oa.ModePlain, Profile: "fast", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s.SetCallback("http://account/wechat/callback", silent{})
	o.Client = oa.NewClient(oa.ClientOptions{AppID: "wx0123456789abcdef", Secret: "fedcba9876543210fedcba9876543210",
		HTTP: &http.Client{Transport: s.Transport()}})
	if o.TemplateID == "" {
		o.TemplateID = sandbox.DefaultTemplate
	}
	route := o.Route
	if o.Push == nil {
		o.Route = Template
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if c.route = route; spend != nil {
		c.spend = spend
	}
	made := s.AddMany(context.Background(), sandbox.Many{Count: 1, Follow: true, Silent: true})
	return &world{Sandbox: s, t: t, channel: c, follower: s.Follower(made.OpenIDs[0])}
}

// silent is an account that says nothing to any event.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}}, nil
}

// job is a card to the follower.
func (w *world) job() push.Job {
	c := card()
	c.OpenID = push.OpenID(w.follower.OpenID)
	return push.Job{Attempt: 1, FirstAt: time.Now(), Card: c}
}

func (w *world) deliver(j push.Job) push.Outcome { return w.channel.Deliver(w.t.Context(), j) }

func (w *world) fault(f sandbox.Fault) {
	w.t.Helper()
	w.ClearFaults()
	if err := w.Dial(f); err != nil {
		w.t.Fatal(err)
	}
}

// shown lists the kinds of what the phone shows, without notifications.
func (w *world) shown() string {
	var kinds []string
	for _, e := range w.follower.Chat() {
		if e.Kind != sandbox.KindNotification {
			kinds = append(kinds, e.Kind)
		}
	}
	return strings.Join(kinds, " ")
}

// budget grants n customer messages.
func budget(n int) func(context.Context, push.UserID) (bool, error) {
	return func(context.Context, push.UserID) (bool, error) { n--; return n >= 0, nil }
}
