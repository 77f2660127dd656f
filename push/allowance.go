package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/store/limit"
)

// A follower gets so many messages a day from all apps together
// (Limits.PerUser). A uid's message is spent when it is sent, so that its
// sender is told at once; that of a topic or a simple push, whose sender names
// nobody, at the first attempt to deliver it. Both happen outside of any
// transaction, since the count may be kept in Redis.

// spending takes the messages of a call out of its users' allowances, runs
// send, and gives back what was not sent after all.
func (s *Service) spending(ctx context.Context, o *outgoing, send func() ([]Receipt, error)) ([]Receipt, error) {
	rate := s.Limits().PerUser // the same for giving back as for taking
	o.over = s.spend(ctx, rate, o.uids)
	out, err := send()
	fresh := out
	if err != nil || o.repeat {
		fresh = nil
	}
	s.unspend(context.WithoutCancel(ctx), rate, o.uids, o.over, fresh)
	return out, err
}

// spend takes one message out of every uid's allowance. It returns what to
// tell about those who have none left.
func (s *Service) spend(ctx context.Context, rate limit.Rate, uids []UID) (over map[UID]string) {
	if rate.None() {
		return nil
	}
	waits := make([]time.Duration, len(uids))
	s.o.Limit.Each(len(uids), func(i int) {
		if ok, retry := s.o.Limit.Allow(ctx, allowanceOf(uids[i]), rate, 1); !ok {
			waits[i] = max(retry, 1)
		}
	})
	over = make(map[UID]string)
	for i, wait := range waits {
		if wait > 0 {
			over[uids[i]] = fmt.Sprintf(textPerUser, uids[i], rate.Most, WaitText(wait))
		}
	}
	return over
}

// unspend gives back what was spent for those who were sent nothing after all,
// so that nobody can use up the allowance of a user who does not follow them.
func (s *Service) unspend(ctx context.Context, rate limit.Rate, uids []UID, over map[UID]string, out []Receipt) {
	if rate.None() {
		return
	}
	sent := make(map[UID]bool, len(out))
	for _, r := range out {
		sent[r.UID] = !r.Failed
	}
	s.o.Limit.Each(len(uids), func(i int) {
		if uid := uids[i]; !sent[uid] && over[uid] == "" {
			s.o.Limit.GiveBack(ctx, allowanceOf(uid), rate, 1)
		}
	})
}

// charge takes a delivery's message out of its follower's allowance, if it was
// not spent before, and says why it cannot be delivered when none is left.
func (s *Service) charge(ctx context.Context, t *task) (why string) {
	rate := s.Limits().PerUser
	if t.charge == "" || t.attempt() > 1 || rate.None() {
		return ""
	}
	ok, retry := s.o.Limit.Allow(ctx, allowanceOf(t.charge), rate, 1)
	if ok {
		return ""
	}
	return fmt.Sprintf(whyPerUser, rate.Most, WaitText(retry))
}

func allowanceOf(uid UID) string { return "user:" + string(uid) }
