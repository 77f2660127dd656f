package demo

import (
	"bytes"
	"encoding/json"
	"time"

	"hongyan/server/ui"
)

// shownCalls is how many callbacks the page shows, mostBody how much of one,
// in bytes.
const (
	shownCalls = 20
	mostBody   = 4096
)

// What the platform tells developers.
const (
	actionFollow  = "app_subscribe"
	actionCommand = "send_up_cmd"
	actionOrder   = "order_pay"
)

var shanghai = time.FixedZone("CST", 8*3600)

// moment is a time as people read it and as machines do.
type moment struct{ Text, Machine string }

func momentOf(t time.Time) moment {
	t = t.In(shanghai)
	return moment{t.Format("15:04:05"), t.Format(time.RFC3339)}
}

// call is a callback as the page shows it.
type call struct {
	Seq       int64
	At        moment
	What      string // in words
	Action    string // as the platform calls it
	Said      string // by the follower, if it is a command
	WebhookID string
	Signature ui.Chip
	Body      string // indented; empty if it was not believed
	Cut       bool
	Reply     string
	W         callWords
}

func viewCalls(list []Received) []call {
	views := make([]call, 0, len(list))
	for _, got := range list {
		views = append(views, viewCall(got))
	}
	return views
}

func viewCall(got Received) call {
	c := call{Seq: got.seq, At: momentOf(got.At), WebhookID: got.ID, Reply: got.Reply, W: wordsCall}
	if got.refused != "" {
		c.What, c.Signature = wordsCall.Refused, ui.Chip{Text: got.refused, Tone: "bad"}
		return c
	}
	c.Signature = ui.Chip{Text: wordsCall.Signed, Tone: "good"}
	var body struct {
		Action string `json:"action"`
		Data   struct {
			Content string `json:"content"`
			Type    int    `json:"type"`
		} `json:"data"`
	}
	var indented bytes.Buffer
	if json.Unmarshal(got.Body, &body) != nil || json.Indent(&indented, got.Body, "", "  ") != nil {
		c.What = wordsCall.Unknown
		indented.Reset()
		indented.Write(got.Body)
	} else {
		c.What, c.Action, c.Said = inWords(body.Action, body.Data.Type), body.Action, body.Data.Content
	}
	c.Body, c.Cut = cut(indented.String(), mostBody)
	c.Said, _ = cut(c.Said, mostBody/8)
	return c
}

func inWords(action string, kind int) string {
	switch {
	case action == actionFollow:
		return wordsCall.Follow
	case action == actionCommand:
		return wordsCall.Command
	case action == actionOrder && kind == 2:
		return wordsCall.Refund
	case action == actionOrder:
		return wordsCall.Order
	}
	return wordsCall.Unknown
}

// cut is at most n bytes of a text, whole characters.
func cut(text string, n int) (begin string, more bool) {
	if len(text) <= n {
		return text, false
	}
	for i := range text {
		if i > n {
			break
		}
		begin = text[:i]
	}
	return begin, true
}
