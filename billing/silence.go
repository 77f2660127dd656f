package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// How long a product in the market may be silent.
const (
	WarnAfter   = 72 * time.Hour  // then its owners are warned
	DelistAfter = 144 * time.Hour // then it leaves, if they were warned long enough ago
	WarnedFor   = 72 * time.Hour  // long enough
)

// next is the state that silence leads a product to at now; pushed tells that
// something was pushed through it since it was looked at last. The silence is
// counted from the later of listing and last push.
//
// A warning belongs to one silence: it ends with a push and by nothing else, so
// that a clock that goes back warns nobody twice.
func (p *Product) next(pushed bool, now time.Time) ProductState {
	since := p.ListedAt
	if p.PushedAt.After(since) {
		since = p.PushedAt
	}
	silence := now.Sub(since)
	switch {
	case !p.State.OnSale():
		return p.State
	case p.State == Warned && !pushed && silence >= DelistAfter && now.Sub(p.WarnedAt) >= WarnedFor:
		return Delisted
	case p.State == Warned && !pushed:
		return Warned
	case silence >= WarnAfter:
		return Warned
	}
	return Listed
}

// settle corrects times that lie ahead, because the clock went back since they
// were written: they count as now. So the silence of a listed product begins
// anew, and the owners of a warned one have the whole of WarnedFor again; a
// clock that was ahead for a while never delists anything sooner than it says.
func (p *Product) settle(now time.Time) (changed bool) {
	for _, at := range []*time.Time{&p.ListedAt, &p.WarnedAt, &p.PushedAt} {
		if at.After(now) {
			*at, changed = now, true
		}
	}
	return changed
}

// hear looks for a push that came since the last look: to users of the app, or
// to the topics. It goes by the order in which messages were written, which no
// clock turns round. Messages are kept for seven days, so what was heard is
// kept with the product.
func (p *Product) hear(tx *store.Tx) (pushed bool, err error) {
	var id, at int64
	err = tx.QueryRow(`SELECT w.id, w.at FROM (
			SELECT id, at FROM (SELECT m.id, m.created_at AS at FROM message m
				WHERE m.app_id = $2 AND m.id > $3
					AND EXISTS (SELECT 1 FROM product_resource r WHERE r.product_id = $1 AND r.kind = 0 AND r.target = $2)
					AND EXISTS (SELECT 1 FROM record c WHERE c.message_id = m.id AND c.user_id > 0)
				ORDER BY m.id DESC LIMIT 1) direct
			UNION ALL
			SELECT c.message_id, c.created_at FROM product_resource r
				JOIN record c ON c.id = (SELECT MAX(n.id) FROM record n WHERE n.topic_id > 0 AND n.topic_id = r.target)
				WHERE r.product_id = $1 AND r.kind = 1 AND c.message_id > $3
		) w ORDER BY w.id DESC LIMIT 1`, int64(p.ID), int64(p.App), p.pushedID).Scan(&id, &at)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("listen for pushes of product %d: %w", p.ID, err)
	}
	p.pushedID, p.PushedAt = id, store.Time(min(at, store.Millis(tx.Now)))
	if p.State == Delisted && !p.PushedAt.After(p.DelistedAt) { // the clock went back
		p.PushedAt = p.DelistedAt.Add(time.Millisecond)
	}
	return true, nil
}

// mostHeard is how many products one reading takes.
const mostHeard = 200

// Silence looks at every product in the market, and at those that silence took
// out of it: their pushes are written down; three days of silence warn the
// owners, six delist, and a push after the warning makes it forgotten. It
// returns how many products changed their state. It may run at any time, on
// any nodes, as often as one likes; a product that fails stops no other.
func (s *Service) Silence(ctx context.Context) (n int, err error) {
	ctx = push.WithActor(ctx, push.Actor{Via: push.ViaJob})
	var errs []error
	for after := push.ProductID(0); ctx.Err() == nil; {
		due, last, err := s.stirring(ctx, after)
		if err != nil {
			return n, fmt.Errorf("look for silent products: %w", err)
		}
		for _, id := range due {
			changed, err := s.silence(ctx, id)
			if err != nil {
				errs = append(errs, fmt.Errorf("silence of product %d: %w", id, err))
			}
			if changed {
				n++
			}
		}
		if after = last; last == 0 {
			break
		}
	}
	return n, errors.Join(errs...)
}

// stirring are the products of one reading for which there is something to
// write, and the last that was read, 0 at the end.
func (s *Service) stirring(ctx context.Context, after push.ProductID) (due []push.ProductID, last push.ProductID, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		due, last = nil, 0
		all, err := store.Collect(tx, func(r *store.Rows) (Product, error) { return scanProduct(r) },
			`SELECT `+productColumns+` FROM product p WHERE p.id > $1 AND (p.state IN (2, 3) OR p.silent = 1) ORDER BY p.id LIMIT $2`,
			int64(after), mostHeard)
		if err != nil {
			return err
		}
		for _, p := range all {
			settled := p.settle(tx.Now)
			pushed, err := p.hear(tx)
			if err != nil {
				return err
			}
			if settled || pushed || p.next(pushed, tx.Now) != p.State {
				due = append(due, p.ID)
			}
		}
		if len(all) == mostHeard {
			last = all[len(all)-1].ID
		}
		return nil
	})
	return due, last, err
}

// silence does for one product what is due, with its message to the owners.
func (s *Service) silence(ctx context.Context, id push.ProductID) (changed bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := lockProduct(tx, id)
		if err != nil || !p.State.OnSale() && !p.Silent {
			return err
		}
		p.settle(tx.Now)
		pushed, err := p.hear(tx)
		if err != nil {
			return err
		}
		had := p.State
		to := p.next(pushed, tx.Now)
		again := had == Warned && to == Warned && pushed // of another silence
		if changed = to != had || again; !changed {
			return p.keepHeard(tx)
		}
		return s.fall(ctx, tx, &p, to)
	})
	return changed, err
}

// fall moves a product to where silence, or its end, leads.
func (s *Service) fall(ctx context.Context, tx *store.Tx, p *Product, to ProductState) error {
	if err := p.keepHeard(tx); err != nil {
		return err
	}
	before := p.State
	reason := ""
	if to == Delisted {
		reason = textSilent
	}
	if err := p.to(tx, to, reason, to == Delisted); err != nil {
		return err
	}
	var err error
	action := "product.heard"
	switch to {
	case Warned:
		action = "product.warn"
		err = s.tellOwners(tx, *p, "产品太久没有推送："+p.Name, warnedText(*p, tx.Now))
	case Delisted:
		action = "product.silence"
		err = s.tellOwners(tx, *p, "产品已自动下架："+p.Name, silentText(*p))
	}
	if err != nil {
		return err
	}
	return s.push.AuditTx(ctx, tx, push.Change{
		App: p.App, Action: action, Subject: fmt.Sprintf("%d %s", p.ID, p.Name), Before: wordsStates[before], After: changedTo(before, *p),
	})
}

// keepHeard writes down what was heard and corrected.
func (p *Product) keepHeard(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE product SET pushed_at = $2, pushed_id = $3, listed_at = $4, warned_at = $5 WHERE id = $1`,
		int64(p.ID), store.Millis(p.PushedAt), p.pushedID, store.Millis(p.ListedAt), store.Millis(p.WarnedAt))
	return err
}
