package sandbox

import (
	"context"
	"sync"
	"sync/atomic"
)

// Many says how many users to make and what each does first.
type Many struct {
	Count  int    `json:"count"`
	Name   string `json:"name"` // what the phone calls each
	Follow bool   `json:"follow"`
	Scan   string `json:"scan"`   // follows first if new, as a real scan does
	Silent bool   `json:"silent"` // the account is told nothing
}

// ManyMade is what became of them.
type ManyMade struct {
	OpenIDs []string
	Faults  int64 // phones that show the fault text
	Failed  int64 // acts that could not be done at all
}

// maxMany bounds one request for users.
const maxMany = 2_000_000

// AddMany makes users, with their callbacks sent by a bounded pool, and
// returns when all have been answered.
func (s *Sandbox) AddMany(ctx context.Context, m Many) ManyMade {
	made := ManyMade{OpenIDs: make([]string, 0, m.Count)}
	for range m.Count {
		f := s.Add()
		if m.Name != "" {
			_ = f.Rename(m.Name) // a bad one leaves the name the openid gives
		}
		made.OpenIDs = append(made.OpenIDs, f.OpenID)
	}
	var code *qrCode
	if m.Scan != "" {
		code = s.codes.find(m.Scan)
	}
	if !m.Follow && m.Scan == "" {
		return made
	}
	if m.Silent {
		for _, openid := range made.OpenIDs {
			s.Follower(openid).subscribe("ADD_SCENE_QR_CODE", code)
		}
		return made
	}
	s.actAll(ctx, m, &made)
	return made
}

// actAll lets every user act, as many at once as the callback pool is wide.
func (s *Sandbox) actAll(ctx context.Context, m Many, made *ManyMade) {
	var pool sync.WaitGroup
	var next, done, faults, failed atomic.Int64
	for range s.config.get().CallbackPool {
		pool.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(made.OpenIDs) {
					return
				}
				answer, err := s.firstAct(ctx, made.OpenIDs[i], m)
				if err != nil {
					failed.Add(1)
				} else if answer.Shown == ShownFault {
					faults.Add(1)
				}
				if n := done.Add(1); n%10_000 == 0 {
					s.log.Info("sandbox followers acted", "done", n, "of", m.Count, "faults", faults.Load())
				}
			}
		})
	}
	pool.Wait()
	made.Faults, made.Failed = faults.Load(), failed.Load()
}

func (s *Sandbox) firstAct(ctx context.Context, openid string, m Many) (Answer, error) {
	f := s.Follower(openid)
	if m.Scan != "" {
		return f.Scan(ctx, m.Scan)
	}
	return f.Follow(ctx)
}
