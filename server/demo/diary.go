package demo

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// kept is how many callbacks are remembered, keptRefused how many attempts
// with a bad signature beside them: those push nothing else out.
const (
	kept        = 100
	keptRefused = 10
)

// Received is one callback as it arrived.
type Received struct {
	At    time.Time       `json:"at"`
	ID    string          `json:"id"` // webhook-id: the same at every attempt
	Body  json.RawMessage `json:"body"`
	Reply string          `json:"reply"` // what was answered for the follower

	refused string // why it was not taken; its body is not kept then
	seq     int64
}

// diary is what came since the process started. It is safe for concurrent use.
type diary struct {
	born string // tells the diaries of two processes apart

	mu      sync.Mutex
	taken   []Received // oldest first
	refused []Received // oldest first
	seq     int64
	changed chan struct{} // closed at the next entry
}

func newDiary() *diary {
	return &diary{born: rand.Text()[:8], changed: make(chan struct{})}
}

// take keeps a callback, one that came before once.
func (d *diary) take(got Received) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.ContainsFunc(d.taken, func(one Received) bool { return one.ID == got.ID }) {
		return
	}
	d.taken = d.add(d.taken, got, kept)
}

// refuse keeps an attempt that was refused.
func (d *diary) refuse(got Received) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refused = d.add(d.refused, got, keptRefused)
}

// add appends to a list of at most n. The caller holds mu.
func (d *diary) add(list []Received, got Received, n int) []Received {
	d.seq++
	got.seq = d.seq
	close(d.changed)
	d.changed = make(chan struct{})
	list = append(list, got)
	return slices.Clone(list[max(0, len(list)-n):])
}

// all is what was taken, oldest first.
func (d *diary) all() []Received {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Received{}, d.taken...)
}

// A look is the newest entries of a diary, newest first. The last one of a
// place is that of the same entries; changed is closed when there are others.
type look struct {
	list    []Received
	place   string
	changed <-chan struct{}
}

func (d *diary) newest(n int) look {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := append(slices.Clone(d.taken), d.refused...)
	slices.SortFunc(list, func(a, b Received) int { return cmp.Compare(b.seq, a.seq) })
	return look{list[:min(n, len(list))], fmt.Sprintf("%s-%d", d.born, d.seq), d.changed}
}

// since are the entries of l that an earlier look has not, and those of the
// earlier one that l has no more.
func (l look) since(earlier look) (added, gone []Received) {
	has := func(in look, one Received) bool {
		return slices.ContainsFunc(in.list, func(other Received) bool { return other.seq == one.seq })
	}
	for _, one := range l.list {
		if !has(earlier, one) {
			added = append(added, one)
		}
	}
	for _, one := range earlier.list {
		if !has(l, one) {
			gone = append(gone, one)
		}
	}
	return added, gone
}

// upTo is what an earlier place of the same diary showed, of the entries that
// are still there; ok is false for a place of another diary.
func (l look) upTo(place string) (earlier look, ok bool) {
	born, _, _ := strings.Cut(l.place, "-")
	was, number, _ := strings.Cut(place, "-")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || was != born {
		return look{}, false
	}
	earlier = look{place: place, changed: l.changed}
	for _, one := range l.list {
		if one.seq <= seq {
			earlier.list = append(earlier.list, one)
		}
	}
	return earlier, len(earlier.list) > 0 || len(l.list) < shownCalls // else what it shows is gone
}
