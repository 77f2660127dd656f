package main

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// scheduledJob is a job with its schedule read.
type scheduledJob struct {
	job
	times cron.Schedule
	rare  bool // hours lie between two slots
}

// scheduled reads the schedules of a table.
func scheduled(table []job) ([]scheduledJob, error) {
	all := make([]scheduledJob, 0, len(table))
	for _, j := range table {
		times, err := cron.ParseStandard(j.schedule)
		if err != nil {
			return nil, fmt.Errorf("schedule job %s: %w", j.name, err)
		}
		first := times.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, china))
		all = append(all, scheduledJob{j, times, times.Next(first).Sub(first) > time.Hour})
	}
	return all, nil
}

// next is its first slot after t.
func (j *scheduledJob) next(t time.Time) time.Time { return j.times.Next(t.In(china)) }

// slotIn is its last slot after from and not after to; zero if there is none.
func (j *scheduledJob) slotIn(from, to time.Time) (slot time.Time) {
	for back := time.Minute; ; back *= 4 { // the last of a span is near its end
		begin := to.Add(-back)
		if begin.Before(from) {
			begin = from
		}
		for at := j.next(begin); !at.After(to); at = j.next(at) {
			slot = at
		}
		if !slot.IsZero() || begin.Equal(from) {
			return slot
		}
	}
}
