package main

import (
	"context"
	"math/rand/v2"
	"time"

	"hongyan/oa/sandbox"
)

const pathSend = "/cgi-bin/message/template/send"

// blow makes the weather until ctx ends: what WeChat, the machines and the
// clock do to the platform.
func (s *simulation) blow(ctx context.Context) {
	chance := s.dice("weather", 0)
	s.must(s.wechat.Set(s.climate(chance)))
	for ctx.Err() == nil {
		if !waitFor(ctx, time.Duration(chance.Int64N(int64(9*time.Second)))) {
			return
		}
		s.gust(ctx, chance)
	}
}

func waitFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// gust is one thing that goes wrong.
func (s *simulation) gust(ctx context.Context, chance *rand.Rand) {
	restart := time.Duration(chance.Int64N(int64(50 * time.Second)))
	if chance.IntN(2) == 0 {
		restart /= 50
	}
	back := func() { s.later(restart, func() { s.start() }) }
	switch chance.IntN(12) {
	case 0:
		if nodes := s.alive(); len(nodes) > 0 {
			nodes[chance.IntN(len(nodes))].crash("power")
			back()
		}
	case 1, 2, 3:
		point := crashPoints[chance.IntN(len(crashPoints))]
		s.tell("the fuse is lit: %s", point)
		s.fuse.light(point, 1+chance.IntN(3), back)
	case 4:
		if len(s.alive()) < 3 {
			s.start()
		}
	case 5:
		if nodes := s.alive(); len(nodes) > 0 { // a rolling restart
			s.start()
			s.laters.Go(nodes[0].drain)
		}
	case 6, 7:
		s.jump(gap(chance))
	case 8:
		s.must(s.wechat.Set(s.climate(chance)))
	case 9:
		s.wechat.ClearFaults()
		s.mendEndpoints(ctx)
	default:
		s.dial(chance)
	}
}

// later does something after a while. The calm end waits for it.
func (s *simulation) later(d time.Duration, do func()) {
	s.laters.Go(func() {
		time.Sleep(d)
		do()
	})
}

// shock notes that calls under way may be made a second time: their node is
// gone, or their lease is over.
func (s *simulation) shock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shocks = append(s.shocks, time.Now())
}

// mendEndpoints is what developers do who read that their endpoint is off.
func (s *simulation) mendEndpoints(ctx context.Context) {
	for _, a := range s.apps {
		_, err := s.keys.SetEndpoint(ctx, a.ID, a.url)
		s.must(err)
	}
}

// climate draws how WeChat behaves for a while.
func (s *simulation) climate(chance *rand.Rand) sandbox.Settings {
	c, err := sandbox.Profile([]string{"fast", "real", "hostile"}[chance.IntN(3)])
	s.must(err)
	c.CallbackMode = sandbox.DefaultAccount().Mode
	some := func(most float64) float64 {
		if chance.IntN(2) == 0 {
			return 0
		}
		return chance.Float64() * most
	}
	c.CallbackAttempts = 3 + chance.IntN(2)
	c.CallbackSpacingMs, c.CallbackOverlapMs = chance.IntN(2)*chance.IntN(5000), chance.IntN(2)*(500+chance.IntN(3000))
	c.CallbackDuplicate, c.Noise = some(0.5), some(0.5)
	c.MenuID = []string{"given", "zero", "empty", "absent"}[chance.IntN(4)]
	c.ClientMsgIDAnswer = []string{"same", "new", "error"}[chance.IntN(3)]
	c.BusyCounts, c.WindowAdds = chance.IntN(2) == 0, chance.IntN(2) == 0
	c.UnfollowedCode = []int{43004, 40003}[chance.IntN(2)]
	c.BusyRatio, c.BusyDelivered, c.CutDelivered, c.HangDelivered = some(0.3), some(0.3), some(0.3), some(0.1)
	c.DropFinish, c.DuplicateFinish, c.EarlyFinish, c.ReorderFinish, c.FailFinish = some(0.3), some(0.5), some(0.5), some(0.5), some(0.2)
	c.FinishStatus = []string{"failed:freq limit", "failed: system failed"}[chance.IntN(2)]
	c.FinishMaxMs, c.FinishLower = 1+chance.IntN(4000), chance.IntN(2) == 0
	c.LatencyMaxMs = chance.IntN(2) * chance.IntN(3000)
	if chance.IntN(3) == 0 {
		c.TokenSeconds, c.TokenOverlapSeconds = 10+chance.IntN(60), 0
	}
	if chance.IntN(3) == 0 {
		c.UserPerMinute = 1 + chance.IntN(5)
	}
	s.tell("WeChat: %+v", c)
	return c
}

// dial makes calls of WeChat's API go wrong, a few or many.
func (s *simulation) dial(chance *rand.Rand) {
	f := sandbox.Fault{Path: pathSend, Times: 1 + chance.Int64N(6), Delivered: chance.IntN(2) == 0}
	if chance.IntN(5) == 0 {
		f.Path = ""
	}
	switch chance.IntN(10) {
	case 0:
		f = sandbox.Fault{ErrCode: []int{40001, 40014, 42001}[chance.IntN(3)], Overlay: sandbox.Overlay{KillTokens: true}}
	case 1:
		f.ErrCode, f.Delivered = 45009, false
		s.later(time.Duration(chance.IntN(60))*time.Second, func() { s.must(s.keys.Resume(context.Background())) })
	case 2:
		f.ErrCode = -1
	case 3:
		f.Cut = true
	case 4:
		f.Hang = true
	case 5:
		f.Status, f.HTML = 502, true
	case 6:
		f.Truncate = true
	case 7:
		f.SlowMs = 500
	case 8:
		f.LatencyMs = chance.IntN(20_000)
	case 9:
		f.ErrCode, f.Delivered = []int{45011, 43117, 40241, 48001, 40037, 43101}[chance.IntN(6)], false
	}
	s.tell("fault %+v", f)
	s.must(s.wechat.Dial(f))
}
