package oa

import (
	"hash/maphash"
	"sync"
	"time"
)

// Bounds of the replay memory.
const (
	freshness   = 300 * time.Second
	maxSeen     = 4 // WeChat's attempts, by the larger reading of its rule
	maxRemember = 1 << 17
)

// replays remembers the signatures of the last ten minutes, the longest one
// stays fresh. WeChat's own attempts may come byte-identical, so a signature
// passes a few times, but always with the same content: in plain mode a
// signature covers only time and nonce, and would serve to sign anything.
//
// Memory is two generations of at most maxRemember entries. A flood beyond
// that forgets early, which only means that the durable side has to recognise
// the repeat alone.
type replays struct {
	seed maphash.Seed

	mu        sync.Mutex
	turned    time.Time
	now, past map[uint64]seen
}

// seen is a signature's content and how often it came.
type seen struct {
	content uint64
	times   uint8
}

func newReplays() *replays {
	return &replays{seed: maphash.MakeSeed(), now: map[uint64]seen{}, past: map[uint64]seen{}}
}

// admit counts one more use of signature with content, and reports whether it
// may pass.
func (r *replays) admit(now time.Time, signature string, content []byte) bool {
	key, sum := maphash.String(r.seed, signature), maphash.Bytes(r.seed, content)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn(now)
	s, known := r.now[key]
	if !known {
		s, known = r.past[key]
	}
	if known && s.content != sum || s.times >= maxSeen {
		return false
	}
	r.now[key] = seen{sum, s.times + 1}
	return true
}

// turn starts a new generation when the current one is full or as old as a
// signature can get.
func (r *replays) turn(now time.Time) {
	age := now.Sub(r.turned)
	if age >= 0 && age < 2*freshness && len(r.now) < maxRemember {
		return
	}
	r.past, r.now = r.now, map[uint64]seen{}
	r.turned = now
}
