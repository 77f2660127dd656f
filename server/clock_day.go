package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"hongyan/store"
)

// Day is a day in Shanghai, or the part of it that the clock was moved through,
// and what it brought.
type Day struct {
	Day       string         `json:"day"` // 2026-01-31
	Now       time.Time      `json:"now"` // where the clock stands
	Steps     int            `json:"steps"`
	Jobs      int            `json:"jobs"`          // runs
	Did       map[string]int `json:"did,omitempty"` // by job, what its runs counted together
	Failed    []string       `json:"failed,omitempty"`
	Cards     int            `json:"cards"`
	Callbacks int            `json:"callbacks"`
	Warned    []string       `json:"warned,omitempty"` // names of products
	Delisted  []string       `json:"delisted,omitempty"`
	Payments  int            `json:"payments"`
	Refunds   int            `json:"refunds"`

	from time.Time
}

func newDay(now time.Time) Day {
	return Day{Day: now.In(china).Format(time.DateOnly), from: now}
}

// end is the midnight that ends the day.
func (d *Day) end() time.Time {
	year, month, day := d.from.In(china).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, china)
}

var china = time.FixedZone("CST", 8*3600)

// ran counts a run. What a job counts stands at the beginning of its outcome;
// the quota alone is no count of what was done.
func (d *Day) ran(job, outcome string, failure error) {
	d.Jobs++
	if failure != nil {
		if !slices.Contains(d.Failed, job) {
			d.Failed = append(d.Failed, job)
		}
		return
	}
	first, _, _ := strings.Cut(outcome, " ")
	if count, err := strconv.Atoi(first); err == nil && count > 0 && job != "quota" {
		if d.Did == nil {
			d.Did = map[string]int{}
		}
		d.Did[job] += count
	}
}

// fillDay adds what the database says about it.
func (n *node) fillDay(ctx context.Context, d *Day, until time.Time) error {
	happened, err := n.billing.Happened(ctx, d.from, until)
	if err != nil {
		return err
	}
	d.Now = until.In(china)
	d.Warned, d.Delisted, d.Payments, d.Refunds = happened.Warned, happened.Delisted, happened.Payments, happened.Refunds
	return n.db.View(ctx, func(tx *store.Tx) error {
		from, to := store.Millis(d.from), store.Millis(until)
		return tx.QueryRow(`SELECT (SELECT COUNT(*) FROM delivery WHERE sent_at > $1 AND sent_at <= $2),
			(SELECT COUNT(*) FROM callback_attempt WHERE at > $1 AND at <= $2)`, from, to).Scan(&d.Cards, &d.Callbacks)
	})
}
