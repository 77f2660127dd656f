package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The states of a message, as the platform calls those of one person's.
const (
	stateWaiting     = "waiting"
	stateSent        = "sent"
	stateConfirmed   = "confirmed"
	stateUnconfirmed = "unconfirmed"
	stateFailed      = "failed"
)

// progress is how far a message has come.
type progress struct {
	Record int64
	State  string
	Stops  [3]stop // waiting, with WeChat, arrived or not
	Text   string  // what there is to say beyond the stops
	Remedy string  // what can be done about it
	Counts string  // of a topic
	Over   bool    // nothing more will happen
	Seen   string  // the same as long as nothing has happened
	Phone  string  // where the card is
	W      pageWords
}

// stop is one of three on the way.
type stop struct {
	Text, Tone string // tone is "", "good", "bad" or "wait"
	At         *moment
	Reached    bool
	Here       bool // this is where the message is
}

// report is what the platform tells of a message.
type report struct {
	TopicIDs []int64 `json:"topicIds"`
	Counts   struct {
		Total, Confirmed, Failed, Skipped int64
		FanningOut                        bool
	} `json:"counts"`
	Open    struct{ Waiting, Sent, Unconfirmed int64 } `json:"open"`
	Reasons []struct{ Reason, Remedy string }          `json:"reasons"`
}

// state sums up: a message is where the last of its cards is.
func (r *report) state() string {
	switch {
	case r.Counts.FanningOut || r.Open.Waiting > 0:
		return stateWaiting
	case r.Open.Sent > 0:
		return stateSent
	case r.Counts.Confirmed > 0:
		return stateConfirmed
	case r.Open.Unconfirmed > 0:
		return stateUnconfirmed
	}
	return stateFailed
}

// step is a stop of the follower's card, as the platform tells it.
type step struct {
	Step, Reason, Remedy string
	At                   *time.Time
}

// sent answers how far a message has come; nothing if it is where the page saw
// it last.
func (d *Demo) sent(w http.ResponseWriter, r *http.Request, in *introduced) {
	record, err := strconv.ParseInt(r.PathValue("record"), 10, 64)
	if err != nil || record <= 0 {
		http.NotFound(w, r)
		return
	}
	now := d.progressOf(r, in, record)
	if r.URL.Query().Get("seen") == now.Seen {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	d.fragment(w, "progress", now)
}

// progressOf asks the platform for a message of the app.
func (d *Demo) progressOf(r *http.Request, in *introduced, record int64) progress {
	p := progress{Record: record, Phone: d.phone("as", in.OpenID), W: wordsPage}
	path := "/messages/" + strconv.FormatInt(record, 10)
	var all report
	var card struct {
		Items []struct{ Timeline []step } `json:"items"`
	}
	err := d.platform.ask(r.Context(), http.MethodGet, path, in.Token, nil, &all)
	if err == nil {
		err = d.platform.ask(r.Context(), http.MethodGet, path+"/recipients?"+url.Values{"uid": {in.UID}}.Encode(), in.Token, nil, &card)
	}
	switch {
	case err != nil:
		var no refusal
		p.Text, p.Over = d.inWords("progress", err), errors.As(err, &no)
	case len(card.Items) > 0:
		p.tell(&all, card.Items[0].Timeline)
	default:
		p.tell(&all, nil)
	}
	p.see()
	return p
}

// tell puts a report in words. The times are those of the follower's card.
func (p *progress) tell(all *report, card []step) {
	p.State = all.state()
	p.Over = p.State == stateConfirmed || p.State == stateFailed || p.State == stateUnconfirmed
	p.Stops = [3]stop{{Text: wordsWaiting, Reached: true}, {Text: wordsSent}, {Text: wordsConfirmed}}
	last := step{}
	for _, s := range card {
		switch at := s.moment(); s.Step {
		case "accepted":
			p.Stops[0].At = at
		case "sent":
			p.Stops[1].At = at
			last = s
		case stateConfirmed, stateFailed, stateUnconfirmed:
			p.Stops[2].At = at
			last = s
		case "queued", "retrying", "sending":
			last = s
		}
	}
	p.place()
	p.Text, p.Remedy = last.Reason, last.Remedy
	if p.State == stateFailed && len(all.Reasons) > 0 {
		p.Text, p.Remedy = all.Reasons[0].Reason, all.Reasons[0].Remedy
	}
	if len(all.TopicIDs) > 0 {
		c := all.Counts
		p.Counts = fmt.Sprintf(wordsCounts, c.Total, c.Confirmed, c.Failed, c.Skipped)
	}
}

// place marks the stops up to where the message is. A card that failed may
// never have been with WeChat.
func (p *progress) place() {
	mark := func(i int, tone string) { p.Stops[i].Here, p.Stops[i].Reached, p.Stops[i].Tone = true, true, tone }
	switch p.State {
	case stateWaiting:
		mark(0, "wait")
		return
	case stateSent:
		mark(1, "wait")
		return
	case stateConfirmed:
		mark(2, "good")
	case stateUnconfirmed:
		p.Stops[2].Text = wordsUnconfirmed
		mark(2, "wait")
	default:
		p.Stops[2].Text = wordsFailed
		mark(2, "bad")
		p.Stops[1].Reached = p.Stops[1].At != nil
		return
	}
	p.Stops[1].Reached = true
}

func (s step) moment() *moment {
	if s.At == nil {
		return nil
	}
	at := momentOf(*s.At)
	return &at
}

// see marks what the page will have seen.
func (p *progress) see() {
	raw, _ := json.Marshal([]any{p.State, p.Stops, p.Text, p.Remedy, p.Counts}) // plain values
	sum := sha256.Sum256(raw)
	p.Seen = hex.EncodeToString(sum[:6])
}
