package push

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hongyan/store"
)

// queue works off one table of leased rows, delivery or callback: it claims
// what is due in batches, hands each row to a Channel with bounded
// concurrency, and settles what came of it in batches. The table is a handful
// of functions; all else is the same for both.
//
// A row in hand is a task. It is in one place at a time: ready (by lane, or
// behind another task for the same follower), at work, or among the outcomes
// that wait to be settled. held knows them all, so that a row whose lease the
// clock ended too early is not delivered twice by this process.
type queue struct {
	db    *store.DB
	log   *slog.Logger
	table table
	owner string
	// perApp bounds the tasks of one app in hand; 0 means no bound.
	perApp int
	// spacing is the least time between two tasks for one follower.
	spacing time.Duration
	// batch is the most rows of one claim.
	batch int

	// turn lets claims and settlements of this queue follow each other, so
	// that a claim never meets a row that is half settled.
	turn sync.Mutex

	mu       sync.Mutex
	held     map[rowKey]*task
	ready    [lanes][]*task
	busy     map[UserID][]*task // followers with a task in hand, and the tasks behind it
	shares   map[AppID]*share
	pendings map[rowKey]waiter // who waits for a row that is not in hand yet
	outcomes []*task
	after    [lanes]AppID // whose turn it was last
	speed    throttle
	atWork   int
	capped   bool        // a claim left rows of an app that had its share
	dry      [lanes]bool // the last claim found all there was
	onHold   bool
	pauses   int // Paused outcomes not settled yet
	paused   bool
	launch   func() // starts a worker; nil while the queue does not run
	counts   QueueStats
	seen     time.Time // the clock at the last look

	says sync.WaitGroup // late replies on their way

	more chan struct{} // the claimer has something to do
	fate chan struct{} // the settler has something to do
}

const (
	// lanes are those a node claims from. The open callbacks of a listened app
	// stand as many lanes higher, in allLanes.
	lanes    = 2
	allLanes = 2 * lanes
	// leaseFor is how long a claimed row is ours. A call must be over before.
	leaseFor = 30 * time.Second
	// callFor is the longest a call may take: a developer has 15 s. A call only
	// starts when it ends settleFor before the lease.
	callFor   = 18 * time.Second
	settleFor = 4 * time.Second
	// slack is how far the clocks of nodes on one PostgreSQL may be apart
	// without a row that is due at once having to wait for the next poll.
	slack = 250 * time.Millisecond
	// mostBatch bounds the rows of a claim, mostSettled those of a settlement.
	mostBatch   = 256
	mostSettled = 500
	// pollEach is the safety net behind the wake-ups.
	pollEach = time.Second
)

// table is what differs between deliveries and callbacks.
type table struct {
	name      string // also the channel that wakes the workers
	keys      string // primary key columns
	set       string // what a claim sets besides state, owner, lease and attempts; $7 is now
	returning string // the columns scan reads
	scan      func(*store.Rows) (*task, error)
	// load fills in the jobs of claimed tasks, or the outcome of those that
	// must not be delivered.
	load func(*store.Tx, []*task) error
	// settle writes outcomes. It returns those of the tasks whose rows were
	// still theirs, and what is left to do after the commit.
	settle func(*store.Tx, []*task) (settled []*task, after func(), err error)
	// paused tells until when nothing may be claimed; nil means never.
	paused func(*store.Tx) (time.Time, error)
	// charge says, right before the call for a task, why there must be none
	// after all; nil means nothing stands against it.
	charge func(context.Context, *task) (why string)
}

// rowKey is a primary key: (message, user) or (callback, 0).
type rowKey struct{ a, b int64 }

// task is a row in hand.
type task struct {
	key    rowKey
	app    AppID
	lane   int
	who    UserID    // nobody else calls for them meanwhile; 0 when that does not matter
	claims int       // attempts as the row counts them; fences the settlement
	again  int       // claims of our own lease, which are no attempts
	before int       // callbacks: attempts before the last replay
	until  time.Time // end of the lease
	first  time.Time // when the first call that may have arrived began
	fresh  bool      // it is this one
	made   time.Time // when the message was accepted or the callback written
	record int64     // deliveries
	charge UID       // deliveries: who pays for it with their allowance at the first attempt
	event  string    // callbacks: the event's key

	job     Job
	began   time.Time
	done    bool // outcome is set
	back    bool // given back: no attempt was made
	paused  bool // deliveries: its message is paused, it is to be put away
	shelf   bool // and is, by what settles it
	due     time.Time
	outcome Outcome
	fate    fate
	// callbacks: who waits for the reply, and what they are told
	pending  *Pending
	reply    string
	answered bool
}

// attempt is the number of this attempt, counted from 1.
func (t *task) attempt() int { return t.claims - t.again }

// refuse decides a task without a call.
func (t *task) refuse(v Verdict, reason string) {
	t.outcome, t.done = Outcome{Verdict: v, Reason: reason}, true
}

// park decides a task whose row waits until due without an attempt.
func (t *task) park(due time.Time) { t.back, t.due, t.done = true, due, true }

// waiter is a Pending kept for a row until since plus a lease.
type waiter struct {
	pending *Pending
	since   time.Time
}

func newQueue(s *Service, t table, most int) *queue {
	return &queue{
		db: s.db, log: s.log.With("queue", t.name), table: t, owner: s.node,
		batch: mostBatch, speed: newThrottle(most),
		held:     make(map[rowKey]*task),
		busy:     make(map[UserID][]*task),
		shares:   make(map[AppID]*share),
		pendings: make(map[rowKey]waiter),
		more:     make(chan struct{}, 1),
		fate:     make(chan struct{}, 1),
	}
}

// RunDeliveries claims deliveries, hands them to ch and settles what came of
// them until ctx ends. Then it finishes or gives back what is in hand, within
// eight seconds, and returns nil.
func (s *Service) RunDeliveries(ctx context.Context, ch Channel) error {
	return s.deliveries.run(ctx, ch)
}

// RunCallbacks does for callbacks what RunDeliveries does for deliveries, and
// makes the first attempts at callbacks born leased to this node.
func (s *Service) RunCallbacks(ctx context.Context, ch Channel) error {
	return s.callbacks.run(ctx, ch)
}

// Hold keeps this process from claiming and starting deliveries; what is under
// way goes on.
func (s *Service) Hold(on bool) {
	q := s.deliveries
	q.mu.Lock()
	defer q.mu.Unlock()
	q.onHold = on
	if !on {
		q.staff()
		signal(q.more)
	}
}

// signal leaves a mark in a channel of one place.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
