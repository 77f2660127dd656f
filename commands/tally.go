package commands

import (
	"hash/maphash"
	"sync"
	"time"

	"hongyan/push"
)

// tally counts what was said to whom. It forgets everything after each period,
// and sooner when it holds too much: it guards against floods and is no record.
type tally struct {
	period time.Duration
	seed   maphash.Seed // makes the hashes unforeseeable

	mu     sync.Mutex
	began  time.Time
	counts map[tallyKey]int
}

// tallyKey is one follower and the hash of a text.
type tallyKey struct {
	user push.UserID
	text uint64
}

// maxTally bounds the memory of one tally.
const maxTally = 20_000

func newTally(period time.Duration) *tally {
	return &tally{period: period, seed: maphash.MakeSeed(), counts: make(map[tallyKey]int)}
}

// key names text toward user.
func (y *tally) key(user push.UserID, text string) tallyKey {
	return tallyKey{user, maphash.String(y.seed, text)}
}

// count tells how often key was added in the period that now belongs to.
func (y *tally) count(key tallyKey, now time.Time) int {
	y.mu.Lock()
	defer y.mu.Unlock()
	if age := now.Sub(y.began); age < 0 || age >= y.period || len(y.counts) >= maxTally {
		y.began = now
		clear(y.counts)
	}
	return y.counts[key]
}

// add counts key once more.
func (y *tally) add(key tallyKey) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.counts[key]++
}
