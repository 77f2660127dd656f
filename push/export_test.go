package push

import (
	"context"
	"errors"
	"sync"

	"hongyan/store"
)

// DeliverDue claims, delivers and settles what is due, as RunDeliveries does,
// but returns when nothing is due any more. Tests that move the clock by hand
// use it.
func (s *Service) DeliverDue(ctx context.Context, ch Channel) { s.deliveries.round(ctx, ch) }

// CallDue does the same for callbacks.
func (s *Service) CallDue(ctx context.Context, ch Channel) { s.callbacks.round(ctx, ch) }

func (q *queue) round(ctx context.Context, ch Channel) {
	var workers sync.WaitGroup
	q.open(func() { workers.Go(func() { q.work(ctx, ch) }) })
	if q.wentBack() {
		q.mendClock(ctx)
	}
	for {
		q.lookAgain()
		before := q.stats().Claimed
		q.claimUp(ctx)
		workers.Wait()
		q.settleRest(ctx)
		if q.stats().Claimed == before {
			break
		}
	}
	q.close()
	q.settleRest(ctx)
	q.says.Wait()
}

func (q *queue) settleRest(ctx context.Context) {
	for batch := q.takeOutcomes(mostSettled); len(batch) > 0; batch = q.takeOutcomes(mostSettled) {
		q.settle(ctx, batch)
	}
}

// Abandon claims what is due and forgets it, as a process does that is killed
// right after the claim.
func (s *Service) Abandon(ctx context.Context) error {
	q := s.deliveries
	_, err := q.claim(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.held)
	clear(q.busy)
	q.ready = [lanes][]*task{}
	q.outcomes = nil
	return err
}

// SmallChunks makes fan-outs and moves of deliveries go in steps of n.
func (s *Service) SmallChunks(n int64) { s.fanChunk, s.shelfChunk = n, n }

// MoveShelved does one chunk of what is paused or resumed.
func (s *Service) MoveShelved(ctx context.Context) (bool, error) { return s.moveShelved(ctx) }

// FanOut does one chunk of a fan-out.
func (s *Service) FanOut(ctx context.Context) (bool, error) { return s.fanOut(ctx) }

// SendDue makes the scheduled sends that are due.
func (s *Service) SendDue(ctx context.Context) { s.sendDue(ctx) }

// SendDueAndCrash sends what is due, one row, and dies before the commit.
func (s *Service) SendDueAndCrash(ctx context.Context) error {
	died := errors.New("died")
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		all, err := store.Collect(tx, s.scanScheduled, scheduledColumns+` WHERE state = 0 LIMIT 1`+tx.SkipLocked())
		if err != nil || len(all) == 0 {
			return err
		}
		if _, err := s.sendScheduled(tx, &all[0], all[0].outgoing()); err != nil {
			return err
		}
		return died
	})
	if errors.Is(err, died) {
		return nil
	}
	return err
}

// HoldDueAndCrash takes the next row that is due into its hand and dies.
func (s *Service) HoldDueAndCrash(ctx context.Context) error {
	_, _, err := s.holdNextDue(ctx, dueAt{})
	return err
}

// HoldDueAndLinger takes it, and goes on only after something else happened.
func (s *Service) HoldDueAndLinger(ctx context.Context, meanwhile func()) error {
	r, _, err := s.holdNextDue(ctx, dueAt{})
	if err != nil || r == nil {
		return err
	}
	meanwhile()
	return s.sendHeld(ctx, r)
}

// CancelAndCrash marks a message as cancelled and stops there.
func (s *Service) CancelAndCrash(ctx context.Context, app AppID, publicID int64) error {
	_, err := s.markCancelled(ctx, app, publicID)
	return err
}

// FanOutLate leases a fan-out and does its chunk after something else happened.
func (s *Service) FanOutLate(ctx context.Context, meanwhile func()) error {
	var f *fan
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		f, err = s.leaseFan(tx)
		return err
	})
	if err != nil {
		return err
	}
	meanwhile()
	if f == nil {
		return nil
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return f.chunk(tx, s.db.LeaseNow()) })
	if errors.Is(err, errFanLost) {
		return nil
	}
	return err
}

// DeliverAndCrash claims what is due and delivers it, and crashes before an
// outcome is written.
func (s *Service) DeliverAndCrash(ctx context.Context, ch Channel) {
	q := s.deliveries
	var workers sync.WaitGroup
	q.open(func() { workers.Go(func() { q.work(ctx, ch) }) })
	q.lookAgain()
	q.claimUp(ctx)
	workers.Wait()
	q.close()
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.held)
	q.outcomes = nil
}

// DeliverButDoNotSettle does what is due up to the writing of outcomes, which
// Settle does.
func (s *Service) DeliverButDoNotSettle(ctx context.Context, ch Channel) (settle func()) {
	q := s.deliveries
	var workers sync.WaitGroup
	q.open(func() { workers.Go(func() { q.work(ctx, ch) }) })
	q.lookAgain()
	q.claimUp(ctx)
	workers.Wait()
	return func() {
		q.settleRest(ctx)
		q.close()
		q.settleRest(ctx)
	}
}

// Claim claims what is due.
func (s *Service) Claim(ctx context.Context) error {
	s.deliveries.lookAgain()
	_, err := s.deliveries.claim(ctx)
	return err
}
