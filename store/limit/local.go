package limit

import (
	"crypto/sha256"
	"sync"
	"time"
)

// bucketID is the hash of a key: short, of one length, and no secret.
type bucketID [16]byte

func hash(key string) (id bucketID) {
	sum := sha256.Sum256([]byte(key))
	copy(id[:], sum[:])
	return id
}

// local counts in this process.
type local struct {
	size int
	now  func() time.Time

	mu      sync.Mutex
	buckets map[bucketID]bucket
	sweepAt int // the number of buckets at which full ones are looked for
}

// bucket is full at the time full, and was taken from at a rate that refills
// it within per. A bucket that is full is as good as none.
type bucket struct {
	full time.Time
	per  time.Duration
}

// firstSweep is how many buckets are kept without a look.
const firstSweep = 1024

func newLocal(size int, now func() time.Time) *local {
	return &local{size: size, now: now, buckets: make(map[bucketID]bucket), sweepAt: firstSweep}
}

// take takes n, or nothing and says after which time n are there.
func (l *local) take(id bucketID, r Rate, n int) (ok bool, retry time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.fullAt(id, r, now).Add(r.worth(n))
	if over := full.Sub(now) - r.Per; over > 0 {
		return false, over
	}
	if _, kept := l.buckets[id]; !kept {
		l.makeRoom(now)
	}
	l.buckets[id] = bucket{full, r.Per}
	return true, 0
}

func (l *local) giveBack(id bucketID, r Rate, n int) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.fullAt(id, r, now).Add(-r.worth(n))
	if !full.After(now) {
		delete(l.buckets, id)
		return
	}
	l.buckets[id] = bucket{full, r.Per}
}

// fullAt is when the bucket is full again, now or later. A clock that was set
// back makes no bucket emptier than empty.
func (l *local) fullAt(id bucketID, r Rate, now time.Time) time.Time {
	full := l.buckets[id].full
	if full.Before(now) {
		return now
	}
	if latest := now.Add(r.Per); full.After(latest) {
		full = latest
		l.buckets[id] = bucket{full, r.Per}
	}
	return full
}

// worth is how long n take to refill.
func (r Rate) worth(n int) time.Duration {
	whole, rest := n/r.Most, n%r.Most
	return time.Duration(whole)*r.Per + time.Duration(float64(r.Per)*float64(rest)/float64(r.Most))
}

// makeRoom forgets full buckets when there are twice as many as at the last
// look, and, when all room is taken, the fullest of a few: whoever floods the
// process with new keys loses these, and nobody's spent limit.
func (l *local) makeRoom(now time.Time) {
	if len(l.buckets) >= l.sweepAt {
		for id, b := range l.buckets {
			if !b.full.After(now) {
				delete(l.buckets, id)
			}
		}
		l.sweepAt = max(firstSweep, 2*len(l.buckets))
	}
	for len(l.buckets) >= l.size {
		delete(l.buckets, l.fullest(now))
	}
}

// fullest is, of some buckets, the one with the least taken out. A map begins
// at a place of its own choice each time.
func (l *local) fullest(now time.Time) (least bucketID) {
	const some = 16
	seen, share := 0, 0.0
	for id, b := range l.buckets {
		if taken := float64(b.full.Sub(now)) / float64(b.per); seen == 0 || taken < share {
			least, share = id, taken
		}
		if seen++; seen == some {
			break
		}
	}
	return least
}
