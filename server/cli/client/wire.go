package client

import (
	"time"

	"hongyan/server/cli/term"
)

// What the server answers, as far as the commands show it. The names are those
// of /api/v1, and so are those of --json.

type receipt struct {
	UID    string `json:"uid,omitempty"`
	Topic  int64  `json:"topicId,omitempty"`
	SPT    int    `json:"spt,omitempty"` // the how manieth --spt; the token itself is never shown
	Record int64  `json:"sendRecordId"`
	Failed bool   `json:"failed"`
	Text   string `json:"status"`
}

type counts struct {
	Total      int64 `json:"total"`
	Confirmed  int64 `json:"confirmed"`
	Failed     int64 `json:"failed"`
	Open       int64 `json:"open"`
	Skipped    int64 `json:"skipped"`
	FanningOut bool  `json:"fanningOut"`
}

type message struct {
	ID          int64      `json:"id"`
	Summary     string     `json:"summary"`
	At          time.Time  `json:"at"`
	CancelledAt *time.Time `json:"cancelledAt,omitempty"`
	TopicIDs    []int64    `json:"topicIds"`
	Counts      counts     `json:"counts"`
}

type report struct {
	message
	Open struct {
		Waiting     int64 `json:"waiting"`
		Sent        int64 `json:"sent"`
		Unconfirmed int64 `json:"unconfirmed"`
	} `json:"open"`
	Opened  int64    `json:"opened"`
	Clicked int64    `json:"clicked"`
	Reasons []reason `json:"reasons"`
}

// going is how many may still change by themselves. What WeChat took and never
// reported on does not.
func (r *report) going() int64 { return max(0, r.Counts.Open-r.Open.Unconfirmed) }

// over tells whether nothing of it goes on.
func (r *report) over() bool { return r.going() == 0 && !r.Counts.FanningOut }

type reason struct {
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
	Count  int64  `json:"count"`
}

type recipient struct {
	UID      string `json:"uid"`
	Record   int64  `json:"sendRecordId"`
	Topic    *int64 `json:"topicId"`
	State    string `json:"state"`
	Timeline []struct {
		Step   string `json:"step"`
		Text   string `json:"text"`
		Reason string `json:"reason,omitempty"`
		Remedy string `json:"remedy,omitempty"`
	} `json:"timeline"`
}

type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

type app struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type endpoint struct {
	URL           string     `json:"url"`
	Failures      int64      `json:"failures"`
	Disabled      bool       `json:"disabled"`
	DisabledUntil *time.Time `json:"disabledUntil,omitempty"`
	Reason        string     `json:"reason,omitempty"`
	Remedy        string     `json:"remedy,omitempty"`
}

type callbackCounts struct {
	Waiting int64 `json:"waiting"`
	Failed  int64 `json:"failed"`
}

type topic struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Followers int64     `json:"followers"`
	Active    int64     `json:"active"`
	CreatedAt time.Time `json:"createdAt"`
}

// envelope is an answer of the WxPusher contract.
type envelope[T any] struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
	Data T      `json:"data"`
}

// Codes of the contract.
const (
	codeOK          = 1000
	codeServerError = 1005
)

// refused is the error of an answer whose code is not codeOK.
func (e *envelope[T]) refused() error {
	code := codeRefused
	if e.Code == codeServerError {
		code = codeUnable
	}
	return &Failure{Code: code, Text: term.Clean(e.Msg)}
}
