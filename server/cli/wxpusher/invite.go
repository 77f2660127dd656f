package wxpusher

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"hongyan/push"
)

// invite asks the old platform to deliver to everybody who waits their own
// code. A person is marked before the call. A call whose outcome is unknown is
// not repeated; before the next person the platform has to answer a harmless
// question, so that an outage costs one unknown outcome and not one each.
func (r *Run) invite(ctx context.Context) error {
	if err := r.tryLink(ctx); err != nil {
		return err
	}
	status, err := Status(ctx, r.Push, r.App.ID)
	if err != nil {
		return err
	}
	done, total := status.Invited+status.Arrived, status.Invited+status.Arrived+status.Waiting
	r.Progress.start("invited", done, total)
	defer r.Progress.end()
	for ctx.Err() == nil {
		next, ok, err := r.Push.NextInvitee(ctx, r.App.ID)
		if err != nil || !ok {
			return err
		}
		if err := r.inviteOne(ctx, next); err != nil {
			return err
		}
		done++
		r.Progress.set(done, total)
	}
	return ctx.Err()
}

// inviteOne sends one invitation and settles it. Once marked, the call is seen
// through although ctx ends; its own time limit bounds it.
func (r *Run) inviteOne(ctx context.Context, who push.Invitee) error {
	seen := context.WithoutCancel(ctx)
	picture := r.link(who)
	var refused string
	var unknown error
	err := persist(ctx, r.waiting, func() (err error) {
		refused, err = r.Client.Send(seen, who.OldUID, inviteSummary(r.App.Name), invitation(r.App.Name, picture), picture)
		var no *Refusal
		if err == nil || errors.Is(err, errUnsent) || errors.As(err, &no) {
			return err
		}
		unknown = err
		return nil
	})
	switch {
	case err != nil:
		return errors.Join(err, r.Push.InvitationUnsent(seen, r.App.ID, who.OldUID))
	case unknown != nil:
		r.Progress.say("one invitation may or may not have been sent: %v", unknown)
		return r.answers(ctx)
	case refused != "":
		return r.Push.InvitationRefused(seen, r.App.ID, who.OldUID, refused)
	}
	return r.Push.InvitationSent(seen, r.App.ID, who.OldUID)
}

// answers waits until the platform answers again.
func (r *Run) answers(ctx context.Context) error {
	return persist(ctx, r.waiting, func() error {
		_, err := r.Client.Users(ctx, 0, 1, 1)
		return err
	})
}

func (r *Run) link(who push.Invitee) string { return r.BaseURL + "/api/qrcode/" + who.Handle + ".jpg" }

// tryLink looks at one invitation's picture before anybody gets a link, since
// a link that leads nowhere cannot be sent again.
func (r *Run) tryLink(ctx context.Context) error {
	who, ok, err := r.Push.PeekInvitee(ctx, r.App.ID)
	if err != nil || !ok {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.link(who), nil)
	if err != nil {
		return fmt.Errorf("the base URL cannot be used: %w", err)
	}
	resp, err := r.Client.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("nobody was invited, because the codes are out of reach at %s: %w (is the server running, and is --base-url right?)", r.BaseURL, unanswered(err))
	}
	resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "image/jpeg" {
		return fmt.Errorf("nobody was invited, because %s answered %s (%s) where a code should be (does it run on this database, and does WeChat answer? hongyan doctor tells)",
			r.BaseURL, resp.Status, kind)
	}
	return nil
}
