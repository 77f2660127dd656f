package push

import (
	"context"
	"time"
)

// Channel carries one job to the outside world: a card to WeChat or a
// callback to a developer. Deliver is called at most once per attempt, from
// many goroutines, and must return soon after ctx ends.
type Channel interface {
	Deliver(ctx context.Context, j Job) Outcome
}

// Job is one attempt at one row of the queue. Exactly one of Card and Call is
// set.
type Job struct {
	Attempt int       // counted from 1
	Before  int       // callbacks: attempts before the last replay
	FirstAt time.Time // when the first attempt began
	Card    *Card
	Call    *Call
}

// Card is what one follower is to see.
type Card struct {
	User        UserID
	OpenID      OpenID
	AppName     string
	TopicName   string // empty unless the message went to a topic
	Summary     string
	ClientMsgID string // the same at every attempt; WeChat drops repeats within ten minutes
	Short       string // a short id that makes two equal messages different cards
	PageURL     string
	At          time.Time // when the message was accepted
}

// Call is one callback to a developer.
type Call struct {
	ID      string // webhook-id, the same at every attempt
	App     AppID
	URL     string
	Secrets []string // whsec_…, one or, during a rotation, two
	Body    []byte
	User    UserID // who hears the reply; 0 = nobody
	OpenID  OpenID
}

// Verdict is what one attempt means for the row.
type Verdict int

// The zero verdict is Temporary: an outcome nobody understood is tried again.
const (
	Temporary   Verdict = iota // again after the schedule's pause
	Accepted                   // WeChat took it; a finish report follows
	Delivered                  // done, no report follows
	Permanent                  // never again for this row
	RetryAfter                 // again at Outcome.RetryAt
	Throttled                  // as Temporary, and fewer calls at once
	Paused                     // the account may send nothing before Outcome.RetryAt; the row stays due
	Stopped                    // Permanent, and the user gets nothing until they follow or speak again
	Gone                       // Permanent, and the endpoint is disabled
	Unconfirmed                // may have arrived, and it is no longer safe to repeat
)

// Outcome is what one attempt came to. Reason is a sentence a person can act
// on; it is shown to senders.
type Outcome struct {
	Verdict Verdict
	RetryAt time.Time
	MsgID   int64  // WeChat's, when Accepted
	NotSent bool   // the call certainly had no effect, so it is safe to repeat at any time
	Reply   string // what the developer wants said to the follower
	Reason  string
	Attempt *Attempt // callbacks: what is logged
}

// Attempt is the log of one call to a developer.
type Attempt struct {
	At      time.Time
	URL     string
	Request string // headers as sent, without secrets
	Status  int    // HTTP status, 0 when there was no answer
	Answer  string // at most 64 KiB
	Latency time.Duration
	Failure string
}
