package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hongyan/server/cli/term"
)

// span reads how much time is to pass; 0 is none.
func (c *Clock) span() (time.Duration, error) {
	text := c.By
	if text == "" {
		text = c.Advance
	} else if c.Advance != "" {
		return 0, usage("give the span once, as an argument or by --advance")
	}
	if text == "" {
		return 0, nil
	}
	d, err := parseSpan(text)
	switch {
	case err != nil:
		return 0, usage("%q is no span of time: give one such as +72h, +10d, +2w or +1y", text)
	case d <= 0:
		return 0, usage("time does not go back or stand still: give a span above 0, such as +72h; a new data folder begins at the real time again")
	case d > 400*day:
		return 0, usage("at most 400 days at once: move again from there")
	}
	return d.Truncate(time.Second), nil
}

const day = 24 * time.Hour

// parseSpan reads what time.ParseDuration does, and whole days, weeks and years
// of 365 days.
func parseSpan(text string) (time.Duration, error) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "+")
	for unit, length := range map[string]time.Duration{"d": day, "w": 7 * day, "y": 365 * day} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.Atoi(number)
			if err == nil && (n > 1_000 || n < -1_000) { // far beyond what is allowed, and below what overflows
				n = 1_000
			}
			return time.Duration(n) * length, err
		}
	}
	return time.ParseDuration(text)
}

// spanText writes days and what is left of them.
func spanText(d time.Duration) string {
	days, rest := d/day, d%day
	text := ""
	if days > 0 {
		text = count(int(days), "day")
	}
	if rest > 0 || days == 0 {
		text = strings.TrimSpace(text + " " + rest.String())
	}
	return text
}

// passTime lets time pass and prints each day as it ends. Who interrupts it
// stops the clock where it is.
func (t *target) passTime(ctx context.Context, address string, by time.Duration, asJSON bool) error {
	resp, err := t.clock(ctx, address, fmt.Appendf(nil, `{"seconds":%d}`, int64(by/time.Second)))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	out := term.Stdout()
	lines := json.NewDecoder(resp.Body)
	for {
		var raw json.RawMessage
		if err := lines.Decode(&raw); err != nil {
			return t.cutOff(ctx, err)
		}
		var passed passedDay
		if err := json.Unmarshal(raw, &passed); err != nil {
			return t.stranger(resp)
		}
		if passed.Day == "" {
			var now clockNow
			if json.Unmarshal(raw, &now) != nil || now.Now.IsZero() {
				return t.stranger(resp)
			}
			return now.end(out, asJSON)
		}
		if asJSON {
			if err := term.WriteJSON(out, passed); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(out, passed.text(out))
	}
}

// end is what a move came to.
func (n *clockNow) end(out *term.Screen, asJSON bool) error {
	if n.Error == "" || asJSON {
		if err := n.print(out, asJSON); err != nil {
			return err
		}
	}
	if n.Error != "" {
		return &Failure{codeRefused, term.Clean(n.Error), ""}
	}
	return nil
}

// cutOff is for an answer that ended before the move did.
func (t *target) cutOff(ctx context.Context, err error) error {
	const do = "hongyan clock tells where time stands"
	if ctx.Err() != nil {
		return &Failure{codeUnable, "stopped before all of the time had passed", do}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Failure{codeUnable, "the server ended before all of the time had passed", do}
	}
	return &Failure{codeUnable, fmt.Sprintf("the answer of %s broke off: %v", t.base, err), do}
}

// text is a day in one line.
func (d *passedDay) text(out *term.Screen) string {
	parts := []string{count(d.Jobs, "job")}
	for _, one := range []struct {
		n    int
		what string
	}{{d.Cards, "card"}, {d.Callbacks, "callback"}, {d.Payments, "payment"}, {d.Refunds, "refund"}} {
		if one.n > 0 {
			parts = append(parts, count(one.n, one.what))
		}
	}
	line := d.Day + "  " + strings.Join(parts, ", ")
	if len(d.Warned) > 0 {
		line += "; " + out.Paint(term.Wait, "warned "+names(d.Warned))
	}
	if len(d.Delisted) > 0 {
		line += "; " + out.Paint(term.Bad, "delisted "+names(d.Delisted))
	}
	if len(d.Failed) > 0 {
		line += "; " + out.Paint(term.Bad, "failed: "+strings.Join(d.Failed, ", "))
	}
	return line
}

func names(all []string) string {
	quoted := make([]string, len(all))
	for i, name := range all {
		quoted[i] = "「" + term.Clean(name) + "」"
	}
	return strings.Join(quoted, "")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
