package callback

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"hongyan/push"
)

// shownOfAnswer is how much of an answer is shown, in characters.
const shownOfAnswer = 300

// Probe is what a developer's server does with two trial calls: one as it will
// get them, and one that somebody else signed.
type Probe struct {
	Good Trial
	Bad  Trial // with a wrong signature; zero when Good was not taken
}

// Trial is one trial call.
type Trial struct {
	Status  int // HTTP, 0: there was no answer
	Latency time.Duration
	Answer  string // its beginning; somebody else's text
	Failure string // why the call came to nothing, in a Chinese sentence
}

// Taken tells whether the server took the call that was signed rightly.
func (p Probe) Taken() bool { return taken(p.Good.Status) }

// Verifies tells whether the server refused the call that was signed wrongly.
// A server that breaks at it, or answers nothing, has proved nothing.
func (p Probe) Verifies() bool { return p.Bad.Status >= 400 && p.Bad.Status < 500 }

// taken is an answer that says yes.
func taken(status int) bool { return status >= 200 && status < 300 }

// Probe tries an address before callbacks go there. It posts
// {"action":"ping",…} signed with the secrets, then the same signed with
// another; a wrong signature is not tried on a server that did not take the
// right one. An address that cannot be one gives a *URLError; what the server
// does is never an error.
func (c *Channel) Probe(ctx context.Context, app push.AppID, address string, secrets []string) (Probe, error) {
	if err := c.guard.checkURL(address); err != nil {
		return Probe{}, err
	}
	var p Probe
	p.Good = c.try(ctx, app, address, secrets)
	if !p.Taken() {
		return p, nil
	}
	p.Bad = c.try(ctx, app, address, []string{strangeSecret()})
	return p, nil
}

// try posts one ping.
func (c *Channel) try(ctx context.Context, app push.AppID, address string, secrets []string) Trial {
	call := &push.Call{ID: "msg_" + rand.Text(), App: app, URL: address, Secrets: secrets, Body: pingBody(app, c.o.Now())}
	out := c.Deliver(ctx, push.Job{Attempt: 1, FirstAt: c.o.Now(), Call: call})
	t := Trial{Status: out.Attempt.Status, Latency: out.Attempt.Latency, Answer: beginning(out.Attempt.Answer)}
	if !taken(t.Status) {
		t.Failure = out.Reason
	}
	return t
}

// strangeSecret is one that no server of a developer knows.
func strangeSecret() string {
	key := make([]byte, 32)
	rand.Read(key)
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// pingBody has the form of every callback.
func pingBody(app push.AppID, now time.Time) []byte {
	type data struct {
		AppID push.AppID `json:"appId"`
		Time  int64      `json:"time"`
	}
	body, err := json.Marshal(struct {
		Action string `json:"action"`
		Data   data   `json:"data"`
	}{"ping", data{app, now.UnixMilli()}})
	if err != nil {
		panic(err) // a string and two integers always encode
	}
	return body
}

// beginning cuts an answer for showing.
func beginning(answer string) string {
	answer = strings.TrimSpace(answer)
	if utf8.RuneCountInString(answer) <= shownOfAnswer {
		return answer
	}
	return string([]rune(answer)[:shownOfAnswer]) + "…"
}
