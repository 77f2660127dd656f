package wxpusher

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"hongyan/push"
)

// Report is where a move stands.
type Report struct {
	App     push.AppID             `json:"app"`
	From    string                 `json:"from"`
	OldApp  int64                  `json:"oldApp"`
	ReadAll bool                   `json:"readAll"` // false: the reading stopped in the middle
	Topics  map[int64]push.TopicID `json:"topics"`
	Read    int                    `json:"read"`
	Waiting int                    `json:"waiting"`
	Invited int                    `json:"invited"` // and not arrived yet
	Unknown int                    `json:"unknown"` // of those invited: no answer came
	Arrived int                    `json:"arrived"`
	Barred  map[string]int         `json:"barred"` // by reason
	Lost    []string               `json:"notCarriedOver"`
	Next    []string               `json:"next"`
	DryRun  bool                   `json:"dryRun,omitempty"`
}

// Status reads the report of a move from the database; store.ErrNotFound when
// none was begun.
func Status(ctx context.Context, s *push.Service, app push.AppID) (Report, error) {
	m, err := s.MigrationOf(ctx, app)
	if err != nil {
		return Report{}, err
	}
	counts, err := s.MigrantCounts(ctx, app)
	if err != nil {
		return Report{}, err
	}
	r := Report{App: app, From: m.Origin, OldApp: m.OldApp, ReadAll: !m.ReadAt.IsZero(), Topics: m.Topics, Barred: map[string]int{}, Lost: lost}
	for _, c := range counts {
		r.Read += c.Count
		switch c.State {
		case push.MigrantKnown:
			r.Waiting += c.Count
		case push.MigrantInvited:
			r.Invited += c.Count
			if c.Note != "" {
				r.Unknown += c.Count
			}
		case push.MigrantArrived:
			r.Arrived += c.Count
		case push.MigrantBarred:
			r.Barred[c.Note] += c.Count
		}
	}
	r.Next = r.next()
	return r, nil
}

// next is what the operator does now.
func (r *Report) next() (steps []string) {
	if !r.ReadAll {
		steps = append(steps, "run the same command again: the reading goes on where it stopped")
	}
	if r.Waiting > 0 {
		steps = append(steps, fmt.Sprintf("invite the %d who wait, with --send", r.Waiting))
	}
	if r.Unknown > 0 {
		steps = append(steps, fmt.Sprintf("%d invitations got no answer and may or may not have arrived; --retry-unknown sends them once more, which some then read twice", r.Unknown))
	}
	if r.Invited > 0 {
		steps = append(steps, "keep sending on both platforms until few are left; --status counts who arrived, --uids lists old and new UIDs")
	}
	if len(r.Barred) > 0 {
		steps = append(steps, "give those who cannot be invited the app's ordinary code, by the way you know them")
	}
	return steps
}

// JSON writes the report as one JSON object.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes the report for people.
func (r Report) Text(w io.Writer) {
	fmt.Fprintf(w, "from %s (app %d there) to app #%d\n", r.From, r.OldApp, r.App)
	fmt.Fprintf(w, "followers read  %d, topics %d\nwaiting         %d\ninvited         %d (no answer: %d)\narrived         %d\n",
		r.Read, len(r.Topics), r.Waiting, r.Invited, r.Unknown, r.Arrived)
	for why, n := range r.Barred {
		fmt.Fprintf(w, "not invited     %d: %s\n", n, why)
	}
	for old, here := range r.Topics {
		fmt.Fprintf(w, "topic           %d there is %d here\n", old, here)
	}
	fmt.Fprintln(w, "cannot be carried over:")
	for _, one := range r.Lost {
		fmt.Fprintln(w, "  -", one)
	}
	if len(r.Next) > 0 {
		fmt.Fprintln(w, "next:")
	}
	for _, one := range r.Next {
		fmt.Fprintln(w, "  -", one)
	}
}
