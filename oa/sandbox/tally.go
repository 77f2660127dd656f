package sandbox

import (
	"strconv"
	"sync/atomic"
)

// callbackStats count what was sent to the account.
type callbackStats struct {
	events, attempts, timeouts, errors, failed atomic.Int64
}

// A Tally counts one path's calls and their answers by errcode.
type Tally struct {
	Calls   int64            `json:"calls"`
	Answers map[string]int64 `json:"answers"`
}

// A CallbackTally counts callbacks: events, the attempts they took, attempts
// without an answer in time, attempts with a bad one, and events given up.
type CallbackTally struct {
	Events   int64 `json:"events"`
	Attempts int64 `json:"attempts"`
	Timeouts int64 `json:"timeouts"`
	Errors   int64 `json:"errors"`
	Failed   int64 `json:"failed"`
}

// Tallies are the counters since the start.
type Tallies struct {
	Calls     map[string]Tally `json:"calls"`
	Callbacks CallbackTally    `json:"callbacks"`
	Pending   int              `json:"pendingReports"`
	Cards     int64            `json:"cards"`
	Followers int64            `json:"followers"`
}

// Calls reads the counters. Paths never called are left out.
func (s *Sandbox) Calls() Tallies {
	all := Tallies{Calls: map[string]Tally{}, Cards: s.ledger.cards(), Followers: s.crowd.count.Load(), Pending: len(s.reports.pending())}
	for path, r := range s.everyRoute() {
		if n := r.calls.Load(); n > 0 {
			all.Calls[path] = Tally{Calls: n, Answers: r.tally()}
		}
	}
	c := &s.caller.stats
	all.Callbacks = CallbackTally{c.events.Load(), c.attempts.Load(), c.timeouts.Load(), c.errors.Load(), c.failed.Load()}
	return all
}

func (r *route) tally() map[string]int64 {
	answers := map[string]int64{}
	if n := r.okays.Load(); n > 0 {
		answers["0"] = n
	}
	r.answers.Range(func(code, n any) bool {
		answers[strconv.Itoa(code.(int))] = n.(*atomic.Int64).Load()
		return true
	})
	return answers
}

func (l *ledger) cards() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}
