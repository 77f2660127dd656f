package wxpusher

import (
	"context"
	"fmt"
	"time"

	"hongyan/push"
)

// Run is one import, or the rest of one that was stopped.
type Run struct {
	Push     *push.Service
	Client   *Client
	Progress *Progress
	App      push.App
	BaseURL  string                 // begins the links of invitations
	Topics   map[int64]push.TopicID // there to here, as given by the operator
	Refresh  bool                   // read again what was read to its end
	Send     bool                   // invite
}

// Do reads the followers, if they are not read yet or nobody is to be invited,
// and invites those who wait. It may be stopped and repeated at any point.
// push.ErrNoApp, ErrNoTopic, ErrOtherOrigin; a *Refusal of the platform.
func (r *Run) Do(ctx context.Context) error {
	m, err := r.Push.BeginMigration(ctx, r.App.ID, r.Client.Base, r.Topics, r.Refresh)
	if err != nil {
		return err
	}
	if m.ReadAt.IsZero() || !r.Send {
		if err := r.read(ctx, m.Place); err != nil {
			return err
		}
	} else {
		r.Progress.say("the followers were read at %s and are not read again (--refresh does)", m.ReadAt.Format(time.DateTime))
	}
	if !r.Send {
		return nil
	}
	return r.invite(ctx)
}

// read keeps page after page of both lists, from the place on.
func (r *Run) read(ctx context.Context, at push.Place) error {
	for started := false; at != (push.Place{}); started = true {
		page, err := r.page(ctx, at)
		if err != nil {
			return err
		}
		if !started || at.Page == 1 {
			r.Progress.start(listName(at.Kind), min((at.Page-1)*PageSize, page.Total), page.Total)
		}
		follows, next := r.follows(at.Kind, page), after(at, page)
		if _, err := r.Push.LearnMigrants(ctx, r.App.ID, follows, next); err != nil {
			return err
		}
		r.Progress.set(min((at.Page-1)*PageSize+len(follows), page.Total), page.Total)
		if next.Kind != at.Kind || next.Page == 0 {
			r.Progress.end()
		}
		at = next
	}
	return nil
}

// after is the place behind a page: a short page ends its list, and the
// topics come after the app. The zero place is the end.
func after(at push.Place, page Page) push.Place {
	switch {
	case len(page.Records) >= PageSize || len(page.Records) > 0 && at.Page*PageSize < page.Total:
		return push.Place{Kind: at.Kind, Page: at.Page + 1}
	case at.Kind == push.OfApp:
		return push.Place{Kind: push.OfTopic, Page: 1}
	}
	return push.Place{}
}

func listName(kind push.SubscriptionKind) string {
	if kind == push.OfTopic {
		return "topics"
	}
	return "app"
}

func (r *Run) page(ctx context.Context, at push.Place) (p Page, err error) {
	err = persist(ctx, r.waiting, func() (err error) {
		p, err = r.Client.Users(ctx, int64(at.Kind), at.Page, PageSize)
		return err
	})
	return p, err
}

func (r *Run) waiting(err error, d time.Duration) {
	r.Progress.say("%v; trying again in %s", err, d)
}

// follows are the records in the words of push.
func (r *Run) follows(kind push.SubscriptionKind, page Page) []push.OldFollow {
	all := make([]push.OldFollow, 0, len(page.Records))
	for _, one := range page.Records {
		f := push.OldFollow{UID: one.UID, Kind: kind, Target: one.Owner, Name: one.Target, Rejected: one.Reject, Off: one.Enable != nil && !*one.Enable}
		if one.PayEnd > 0 {
			f.PaidUntil = time.UnixMilli(one.PayEnd)
		}
		all = append(all, f)
	}
	return all
}

// Look reads everything and writes nothing: the report says what an import
// would find.
func (r *Run) Look(ctx context.Context) (Report, error) {
	people := map[string][]push.OldFollow{}
	out := Report{App: r.App.ID, From: r.Client.Base, ReadAll: true, DryRun: true, Barred: map[string]int{}, Topics: map[int64]push.TopicID{}, Lost: lost}
	for at := (push.Place{Kind: push.OfApp, Page: 1}); at != (push.Place{}); {
		page, err := r.page(ctx, at)
		if err != nil {
			return Report{}, err
		}
		for _, f := range r.follows(at.Kind, page) {
			people[f.UID] = append(people[f.UID], f)
			if f.Kind == push.OfTopic {
				out.Topics[f.Target] = r.Topics[f.Target] // 0: would be made
			} else {
				out.OldApp = f.Target
			}
		}
		at = after(at, page)
	}
	out.Read = len(people)
	for uid, follows := range people {
		if why := push.Obstacle(uid, follows); why != "" {
			out.Barred[why]++
		} else {
			out.Waiting++
		}
	}
	out.Next = []string{fmt.Sprintf("nothing was written; without --dry-run the followers are kept, and --send invites %d of them", out.Waiting)}
	return out, nil
}
