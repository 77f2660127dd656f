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

// fate is a message with those it failed for, as --json prints it.
type fate struct {
	report
	Recipients []recipient `json:"failedRecipients"` // the first of them
}

// shownFailed is how many failed recipients are shown.
const shownFailed = 20

// message looks at a message, by its number or by that of a record. A record of
// a simple push token belongs to no app, and is asked for without one.
func (t *target) message(ctx context.Context, out *term.Screen, id int64) (view, error) {
	if t.token == "" {
		return t.oneRecord(ctx, out, id)
	}
	var f fate
	err := t.do(ctx, call{method: http.MethodGet, path: fmt.Sprintf("/api/v1/messages/%d", id)}, &f.report)
	var refused *Failure
	if errors.As(err, &refused) && refused.Code == codeRefused {
		if v, again := t.oneRecord(ctx, out, id); again == nil {
			return v, nil
		}
	}
	if err != nil {
		return view{}, err
	}
	if f.Counts.Failed > 0 {
		var page list[recipient]
		path := fmt.Sprintf("/api/v1/messages/%d/recipients?state=failed&limit=%d", id, shownFailed)
		if err := t.do(ctx, call{method: http.MethodGet, path: path}, &page); err != nil {
			return view{}, err
		}
		f.Recipients = page.Items
	}
	f.Recipients = orNone(f.Recipients)
	o := outcomeOf(&f.report)
	v := view{text: f.text(out, &o), line: o.String(), json: f, open: !o.Over}
	if o.Failed > 0 {
		v.bad = &Failure{Code: codePartly, Text: fmt.Sprintf("it failed for %d of %d", o.Failed, o.Total)}
	}
	return v, nil
}

// oneRecord is all that is told of a record without a token.
func (t *target) oneRecord(ctx context.Context, out *term.Screen, id int64) (view, error) {
	s, err := t.record(ctx, id)
	if err != nil {
		return view{}, err
	}
	colour := term.Good
	v := view{line: s.Text, json: map[string]any{"sendRecordId": id, "status": s.Code, "text": s.Text}}
	switch s.Code {
	case recordWaiting:
		colour, v.open = term.Wait, true
	case recordFailed:
		colour, v.bad = term.Bad, &Failure{Code: codePartly, Text: "it failed"}
	}
	v.text = fmt.Sprintf("record   %d\nstatus   %s\n", id, out.Paint(colour, s.Text))
	return v, nil
}

func (f *fate) text(out *term.Screen, o *outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "message  %d  %s\n", f.ID, term.Cut(f.Summary, 60))
	fmt.Fprintf(&b, "at       %s\n", f.At.Local().Format(time.DateTime))
	if f.CancelledAt != nil {
		fmt.Fprintf(&b, "stopped  %s\n", f.CancelledAt.Local().Format(time.DateTime))
	}
	colour := term.Wait
	switch {
	case o.good():
		colour = term.Good
	case o.Over:
		colour = term.Bad
	}
	fmt.Fprintf(&b, "cards    %s", out.Paint(colour, o.String()))
	if f.Counts.FanningOut {
		b.WriteString(", and more are being made")
	}
	fmt.Fprintf(&b, "\nread     opened by %d, link clicked by %d\n", f.Opened, f.Clicked)
	b.WriteString(reasonLines(out, f.Reasons))
	if len(f.Recipients) == 0 {
		return b.String()
	}
	b.WriteString("\n")
	var t term.Table
	t.Head("failed for", "record", "why")
	for _, one := range f.Recipients {
		t.Add(term.Text(one.UID), term.Text(one.Record), term.Cell{Text: one.why(), Colour: term.Bad})
	}
	b.WriteString(t.String(out))
	if left := f.Counts.Failed - int64(len(f.Recipients)); left > 0 {
		fmt.Fprintf(&b, "and %d more\n", left)
	}
	return b.String()
}

// why is the last reason of the timeline.
func (r *recipient) why() (why string) {
	for _, step := range r.Timeline {
		if step.Reason != "" {
			why = step.Reason
		}
	}
	return why
}
