package push

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"hongyan/store"
)

// DeliveryState is how far a card has come.
type DeliveryState string

const (
	DeliveryWaiting     DeliveryState = "waiting"     // not with WeChat yet
	DeliverySent        DeliveryState = "sent"        // with WeChat, its report is awaited
	DeliveryUnconfirmed DeliveryState = "unconfirmed" // the report did not come, or nobody knows whether the card did
	DeliveryConfirmed   DeliveryState = "confirmed"
	DeliveryFailed      DeliveryState = "failed"
	DeliverySkipped     DeliveryState = "skipped" // a topic's follower whom verifyPayType does not mean
)

// condition is the state in SQL, of a delivery d; overdue is a placeholder.
func (s DeliveryState) condition(overdue string) string {
	switch s {
	case DeliveryWaiting:
		return ` AND d.state < 2`
	case DeliverySent:
		return ` AND d.state = 2 AND d.sent_at >= ` + overdue
	case DeliveryUnconfirmed:
		return ` AND (d.state = 5 OR d.state = 2 AND d.sent_at < ` + overdue + `)`
	case DeliveryConfirmed:
		return ` AND d.state = 3`
	case DeliveryFailed:
		return ` AND d.state = 4`
	case DeliverySkipped:
		return ` AND d.state = 6`
	}
	return ""
}

// args adds overdue to the arguments where condition names it.
func (s DeliveryState) args(overdue time.Time, own ...any) []any {
	if s == DeliverySent || s == DeliveryUnconfirmed {
		return append(own, store.Millis(overdue))
	}
	return own
}

// Step is one stop of a card on its way. The last one that is not an opening
// or a click is where it is now.
type Step struct {
	Kind   StepKind
	At     time.Time // of queued and retrying: when it is tried next; zero while it is being tried
	Text   string
	Reason string // why it failed or waits; empty if there is nothing to say
	Remedy string // what can be done about it
}

// StepKind names a stop.
type StepKind string

const (
	StepAccepted    StepKind = "accepted"
	StepQueued      StepKind = "queued"
	StepRetrying    StepKind = "retrying"
	StepSending     StepKind = "sending"
	StepSent        StepKind = "sent"
	StepConfirmed   StepKind = "confirmed"
	StepUnconfirmed StepKind = "unconfirmed"
	StepFailed      StepKind = "failed"
	StepSkipped     StepKind = "skipped"
	StepOpened      StepKind = "opened"
	StepClicked     StepKind = "clicked"
)

// weather is what holds for all deliveries at the time a timeline is told.
type weather struct {
	now         time.Time
	overdue     time.Time // what was sent before it should have been reported by now
	pausedUntil time.Time
	pauseReason string
}

// stateAt is how far the card has come.
func (d deliveryRow) stateAt(w weather) DeliveryState {
	switch d.state {
	case stateAccepted:
		if d.sent.Before(w.overdue) {
			return DeliveryUnconfirmed
		}
		return DeliverySent
	case stateConfirmed:
		return DeliveryConfirmed
	case stateFailed:
		return DeliveryFailed
	case stateUnconfirmed:
		return DeliveryUnconfirmed
	case stateLeftOut:
		return DeliverySkipped
	}
	return DeliveryWaiting
}

// timeline tells the way of a card from its row, in the order of time.
func timeline(d deliveryRow, w weather) []Step {
	steps := []Step{{Kind: StepAccepted, At: d.message.At, Text: textStepAccepted}}
	if !d.sent.IsZero() {
		steps = append(steps, Step{Kind: StepSent, At: d.sent, Text: sentWords(d.msgid)})
	}
	if now, ok := d.now(w); ok {
		steps = append(steps, now)
	}
	if !d.openedAt.IsZero() {
		steps = append(steps, Step{Kind: StepOpened, At: d.openedAt, Text: textStepOpened})
	}
	if !d.clickedAt.IsZero() {
		steps = append(steps, Step{Kind: StepClicked, At: d.clickedAt, Text: textStepClicked})
	}
	if d.state != stateDue && d.state != stateLeased {
		slices.SortStableFunc(steps, func(x, y Step) int { return cmp.Compare(x.At.UnixMilli(), y.At.UnixMilli()) })
	}
	return steps
}

func sentWords(msgid int64) string {
	if msgid == 0 {
		return textStepSaid
	}
	return fmt.Sprintf(textStepSent, msgid)
}

// now is the step a card is at, beyond having been sent.
func (d deliveryRow) now(w weather) (Step, bool) {
	switch d.state {
	case stateDue, stateLeased:
		return d.waiting(w), true
	case stateAccepted:
		if d.sent.Before(w.overdue) {
			return withReason(StepUnconfirmed, d.sent.Add(w.now.Sub(w.overdue)), textStepUnconfirmed, whyNoFinish), true
		}
		return Step{}, false
	case stateConfirmed:
		return Step{Kind: StepConfirmed, At: d.done, Text: textStepConfirmed}, true
	case stateUnconfirmed:
		return withReason(StepUnconfirmed, d.done, textStepUnconfirmed, orElse(d.reason, whyNoFinish)), true
	case stateLeftOut:
		return withReason(StepSkipped, d.done, textStepSkipped, d.reason), true
	}
	return withReason(StepFailed, d.done, textStepFailed, orElse(d.reason, textNoReason)), true
}

// waiting is the step of a card that is not with WeChat yet.
func (d deliveryRow) waiting(w weather) Step {
	switch {
	case !d.message.CancelledAt.IsZero():
		return withReason(StepQueued, d.due, textStepStopped, whyCancelled)
	case !d.message.DeletedAt.IsZero():
		return withReason(StepQueued, d.due, textStepStopped, whyDeleted)
	case !d.message.PausedAt.IsZero():
		return withReason(StepQueued, time.Time{}, textStepHalted, whyHalted)
	case w.pausedUntil.After(w.now):
		reason := orElse(w.pauseReason, whyPaused)
		return withReason(StepQueued, latest(d.due, w.pausedUntil), textStepPaused, reason)
	case d.state == stateLeased && d.due.After(w.now): // due is the end of the lease
		return Step{Kind: StepSending, Text: textStepSending}
	case d.state == stateDue && d.attempts > 0:
		return withReason(StepRetrying, d.due, fmt.Sprintf(textStepRetrying, d.attempts), d.reason)
	}
	return Step{Kind: StepQueued, At: d.due, Text: textStepQueued}
}

func withReason(kind StepKind, at time.Time, text, reason string) Step {
	step := Step{Kind: kind, At: at, Text: text, Reason: reason}
	if reason != "" {
		step.Remedy = Remedy(reason)
	}
	return step
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
