package sandbox

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// shardCount spreads followers so that sends to many never wait on one lock.
const shardCount = 256

// The crowd is every WeChat user the sandbox knows, in shards.
type crowd struct {
	seed   maphash.Seed
	count  atomic.Int64
	shards [shardCount]shard

	orderMu sync.Mutex
	order   []string // openids, oldest first
}

// A shard guards its followers and what is remembered of sends to them.
type shard struct {
	mu      sync.Mutex
	members map[string]*member
	sent    sentMemory
	said    repeatMemory
}

// A member is one WeChat user as the account's platform sees it.
type member struct {
	openid    string
	name      string // given by a person; empty is made of the openid
	following bool
	blocking  bool // refuses the account's messages
	since     int64
	via       string // subscribe_scene
	scene     string // of the QR code followed by
	windows   windows
	minute    int64 // of the last template message, and how many in it
	inMinute  int
	chat      []entry
}

func newCrowd() *crowd {
	c := &crowd{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].members = map[string]*member{}
	}
	return c
}

func (c *crowd) shard(openid string) *shard {
	return &c.shards[maphash.String(c.seed, openid)%shardCount]
}

// add registers a new user.
func (c *crowd) add(m *member) {
	sh := c.shard(m.openid)
	sh.mu.Lock()
	sh.members[m.openid] = m
	sh.mu.Unlock()
	c.count.Add(1)
	c.orderMu.Lock()
	c.order = append(c.order, m.openid)
	c.orderMu.Unlock()
}

// with runs fn on the user under its shard's lock; false says there is none.
func (c *crowd) with(openid string, fn func(*shard, *member)) bool {
	sh := c.shard(openid)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	m := sh.members[openid]
	if m == nil {
		return false
	}
	fn(sh, m)
	return true
}

// all lists the openids, oldest first. The slice is only ever appended to.
func (c *crowd) all() []string {
	c.orderMu.Lock()
	defer c.orderMu.Unlock()
	return c.order
}

// Windows count the customer messages a user's acts allow: said after a
// message, tapped after a click, a scan or a follow.
type windows struct {
	saidUntil, tappedUntil int64 // Unix milliseconds
	said, tapped           int
}

func (w *windows) openSaid(now time.Time, r *ruleSet) {
	if r.WindowAdds && w.saidUntil > now.UnixMilli() {
		w.said += r.SaidQuota
	} else {
		w.said = r.SaidQuota
	}
	w.saidUntil = now.Add(time.Duration(r.SaidHours) * time.Hour).UnixMilli()
}

func (w *windows) openTapped(now time.Time, r *ruleSet) {
	if r.WindowAdds && w.tappedUntil > now.UnixMilli() {
		w.tapped += r.TapQuota
	} else {
		w.tapped = r.TapQuota
	}
	w.tappedUntil = now.Add(time.Duration(r.TapSeconds) * time.Second).UnixMilli()
}

// spend takes one message, from the window that ends first. The code is
// 45015 when no window is open and 45047 when those that are are used up.
func (w *windows) spend(now time.Time) (code int) {
	at := now.UnixMilli()
	if at < w.tappedUntil && w.tapped > 0 {
		w.tapped--
		return 0
	}
	if at < w.saidUntil && w.said > 0 {
		w.said--
		return 0
	}
	if at < w.tappedUntil || at < w.saidUntil {
		return codeWindowUsed
	}
	return codeWindowOver
}
