package cache

import (
	"bytes"
	"testing"
	"time"
)

type note struct {
	Title string
	Tags  map[string][]int
}

// FuzzOpen feeds whatever may lie under one of our keys: it never panics, and
// what it believes is what seal made.
func FuzzOpen(f *testing.F) {
	noon := time.UnixMilli(1_800_000_000_000)
	c := New(Options{Now: func() time.Time { return noon }})
	good, err := c.seal(note{Title: "鸿雁", Tags: map[string][]int{"标签": {1, 2}}}, time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, sealed []byte) {
		var got note
		believed := c.open(sealed, &got)
		if !believed && (got.Title != "" || got.Tags != nil) {
			t.Errorf("a miss left %+v", got)
		}
		if believed && len(sealed) < headerSize {
			t.Errorf("believed %x", sealed)
		}
		var raw []byte
		if c.open(sealed, &raw) && !bytes.Equal(raw, sealed[headerSize:]) {
			t.Errorf("read %x from %x", raw, sealed)
		}
	})
}
