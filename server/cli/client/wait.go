package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hongyan/server/cli/term"
)

// outcome is what became of a message, of all its receivers together.
type outcome struct {
	Total       int64    `json:"total"`
	Confirmed   int64    `json:"confirmed"`
	Failed      int64    `json:"failed"`
	Unconfirmed int64    `json:"unconfirmed"` // WeChat took it and never reported
	Open        int64    `json:"open"`        // still going on
	Skipped     int64    `json:"skipped"`     // followers of topics who were left out
	Over        bool     `json:"over"`
	Reasons     []reason `json:"reasons"`
}

// good tells whether it reached somebody and failed with nobody.
func (o *outcome) good() bool {
	return o.Over && o.Confirmed > 0 && o.Failed == 0 && o.Unconfirmed == 0
}

// String is the outcome in one line.
func (o *outcome) String() string {
	parts := []string{fmt.Sprintf("%d of %d confirmed", o.Confirmed, o.Total)}
	for _, one := range []struct {
		n    int64
		what string
	}{{o.Failed, "failed"}, {o.Unconfirmed, "without a report"}, {o.Open, "open"}, {o.Skipped, "skipped"}} {
		if one.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", one.n, one.what))
		}
	}
	return strings.Join(parts, ", ")
}

// How often a message that is under way is asked for: soon at first.
const (
	pollSoon  = 300 * time.Millisecond
	pollLater = 2 * time.Second
	soon      = 10 * time.Second
)

// await asks until all is over. A server that does not answer for a while is
// asked again; codeTimedOut when the time is up.
func (s *Send) await(ctx context.Context, t *target, got sent) (o outcome, err error) {
	progress := term.NewProgress(term.Stderr())
	defer progress.End()
	began := time.Now()
	for {
		o, err = look(ctx, t, got)
		var lost *noAnswer
		if err != nil && !errors.As(err, &lost) || o.Over {
			return o, err
		}
		progress.Say(o.String())
		pause := pollSoon
		if time.Since(began) > soon {
			pause = pollLater
		}
		if left := s.Timeout - time.Since(began); left < pause {
			do := ""
			if got.Message != 0 {
				do = fmt.Sprintf("it goes on by itself: hongyan status %d --watch", got.Message)
			}
			return o, &Failure{codeTimedOut, fmt.Sprintf("not over after %s: %s", s.Timeout, o.String()), do}
		}
		select {
		case <-ctx.Done():
			return o, usage("stopped waiting; the message goes on by itself")
		case <-time.After(pause):
		}
	}
}

// look asks once what became of the message and of the records of simple push
// tokens.
func look(ctx context.Context, t *target, got sent) (o outcome, err error) {
	o.Over = true
	if got.Message != 0 {
		var r report
		if err := t.do(ctx, call{method: http.MethodGet, path: fmt.Sprintf("/api/v1/messages/%d", got.Message)}, &r); err != nil {
			return outcome{}, err
		}
		o = outcomeOf(&r)
	}
	for _, one := range got.Receipts {
		if one.SPT == 0 || one.Failed {
			continue
		}
		status, err := t.record(ctx, one.Record)
		if err != nil {
			return outcome{}, err
		}
		o.add(status)
	}
	return o, nil
}

func outcomeOf(r *report) outcome {
	return outcome{
		Total: r.Counts.Total, Confirmed: r.Counts.Confirmed, Failed: r.Counts.Failed, Skipped: r.Counts.Skipped,
		Unconfirmed: r.Open.Unconfirmed, Open: r.going(), Over: r.over(), Reasons: r.Reasons,
	}
}

// recordStatus is what the contract says of one record.
type recordStatus struct {
	Code int    `json:"status"` // 1 waiting, 2 sent, 3 failed
	Text string `json:"text"`
}

const (
	recordWaiting = 1
	recordFailed  = 3
)

// record asks for one record, which needs no token.
func (t *target) record(ctx context.Context, id int64) (recordStatus, error) {
	var answer envelope[int]
	err := t.do(ctx, call{method: http.MethodGet, path: fmt.Sprintf("/api/send/query/status?sendRecordId=%d", id), open: true}, &answer)
	if err != nil {
		return recordStatus{}, err
	}
	if answer.Code != codeOK {
		return recordStatus{}, answer.refused()
	}
	return recordStatus{answer.Data, term.Clean(answer.Msg)}, nil
}

// add counts one record.
func (o *outcome) add(s recordStatus) {
	o.Total++
	switch s.Code {
	case recordWaiting:
		o.Open++
		o.Over = false
	case recordFailed:
		o.Failed++
		o.Reasons = append(o.Reasons, reason{Reason: s.Text, Count: 1})
	default:
		o.Confirmed++
	}
}

func printOutcome(out *term.Screen, o *outcome) {
	colour := term.Wait
	switch {
	case o.good():
		colour = term.Good
	case o.Over:
		colour = term.Bad
	}
	fmt.Fprintln(out, out.Paint(colour, o.String()))
	fmt.Fprint(out, reasonLines(out, o.Reasons))
}

// reasonLines are the reasons of failures with what to do.
func reasonLines(out *term.Screen, reasons []reason) string {
	var b strings.Builder
	for _, one := range reasons {
		fmt.Fprintf(&b, "  %d × %s\n", one.Count, out.Paint(term.Bad, term.Clean(one.Reason)))
		if one.Remedy != "" {
			fmt.Fprintf(&b, "    → %s\n", term.Clean(one.Remedy))
		}
	}
	return b.String()
}
