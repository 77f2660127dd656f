package main

import (
	"context"
	"fmt"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/store"
)

// mostRounds bounds how often the clock is moved until everything has ended.
// Every row ends in a few dozen attempts.
const mostRounds = 600

// calm ends the bad weather.
func (s *simulation) calm() {
	s.fuse.light("", 0, nil)
	s.laters.Wait()
	s.fuse.light("", 0, nil)
	s.wechat.ClearFaults()
	s.set(func(*sandbox.Settings) {})
	if len(s.alive()) == 0 {
		s.start()
	}
	s.tell("calm")
}

// set makes WeChat the fast profile with a change.
func (s *simulation) set(change func(*sandbox.Settings)) {
	rules, err := sandbox.Profile("fast")
	s.must(err)
	rules.CallbackMode = sandbox.DefaultAccount().Mode
	change(&rules)
	s.must(s.wechat.Set(rules))
}

// quiesce lets everything that was begun come to its end. Where nothing is
// under way the clock jumps to whatever is due next.
func (s *simulation) quiesce(ctx context.Context) {
	for round := 0; ; round++ {
		time.Sleep(4 * time.Second)
		left := s.left()
		if left.rows == 0 && s.wechat.Calls().Pending == 0 {
			break
		}
		if round == mostRounds {
			s.violation("I2: %d rows are still open after %d rounds: %s", left.rows, round, left.example)
			break
		}
		if wait := left.due.Sub(s.clock.Now()); left.rows > 0 && !left.leased && wait > 0 {
			s.jump(wait + time.Millisecond)
		}
	}
	s.jump(11 * time.Minute)
	n := s.alive()[0]
	_, err := n.push.SweepUnconfirmed(ctx)
	s.must(err)
	joined, err := n.push.JoinParked(ctx)
	s.must(err)
	if joined > 0 {
		s.violation("F17: %d finish reports were parked although their sends were settled", joined)
	}
}

// rest is what is not over yet.
type rest struct {
	rows    int
	leased  bool      // a call may be under way
	due     time.Time // of the next
	example string
}

func (s *simulation) left() (r rest) {
	err := s.db.View(context.Background(), func(tx *store.Tx) error {
		var deliveries, callbacks, fans, leased, due, paused int64
		err := tx.QueryRow(`SELECT
			(SELECT COUNT(*) FROM delivery WHERE state < 2), (SELECT COUNT(*) FROM callback WHERE state < 2),
			(SELECT COUNT(*) FROM record WHERE fan_after <> -1),
			(SELECT COUNT(*) FROM delivery WHERE state = 1 AND due_at > $1) + (SELECT COUNT(*) FROM callback WHERE state = 1 AND due_at > $1),
			COALESCE((SELECT MIN(paused_until) FROM account), 0)`, store.Millis(tx.Now)).Scan(&deliveries, &callbacks, &fans, &leased, &paused)
		if err != nil {
			return err
		}
		err = tx.QueryRow(`SELECT COALESCE(MIN(due), 0) FROM (
			SELECT MAX(due_at, $1) AS due FROM delivery WHERE state < 2
			UNION ALL SELECT due_at FROM callback WHERE state < 2
			UNION ALL SELECT fan_due FROM record WHERE fan_after <> -1)`, paused).Scan(&due)
		r = rest{rows: int(deliveries + callbacks + fans), leased: leased > 0, due: store.Time(due)}
		r.example = fmt.Sprintf("%d deliveries, %d callbacks, %d fan-outs, %d leased, next due %s, paused until %s",
			deliveries, callbacks, fans, leased, r.due, store.Time(paused))
		return err
	})
	s.must(err)
	return r
}
