package main

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"
)

// simulationSeed replays one simulation with everything it did.
var simulationSeed = flag.Uint64("seed", 0, "replay this simulation (TestSimulation) and print what happened")

// TestSimulation runs whole platforms under simulated time, each drawn from a
// seed: real SQLite, real nodes that crash, the sandbox with its faults,
// developers who misbehave and a clock that jumps. When all is quiet the
// checkers look at what clients were told, what the store holds and what the
// phones show (I1–I4, I7, I8). It runs the seeds that ever failed and fresh
// ones for a while.
//
// A seed repeats every decision of the story and the chances of the sandbox;
// goroutines that wake at the same instant still run in any order, so a rare
// failure may need -count.
func TestSimulation(t *testing.T) {
	if seed := seedToReplay(t); seed != 0 {
		simulate(t, seed, true)
		return
	}
	var all tally
	for i, seed := range corpus(t) {
		if underRace && i > 0 {
			break // a seed takes ten times as long; all run without the detector
		}
		all.add(simulate(t, seed, false))
	}
	fresh, ran := 12*time.Second, 0
	switch {
	case long():
		fresh = 30 * time.Minute
	case underRace:
		fresh = time.Nanosecond
	}
	for end := time.Now().Add(fresh); ran == 0 || time.Now().Before(end); ran++ {
		all.add(simulate(t, uint64(rand.Uint32()), false))
	}
	t.Logf("%d fresh seeds; in all %+v", ran, all)
	if all.sends == 0 || all.cards == 0 || all.callbacks == 0 || all.orders == 0 || all.crashes == 0 || all.jumps == 0 {
		t.Error("some of what the simulation is about never happened")
	}
}

// tally counts what happened in stories, so that nobody believes empty ones.
type tally struct{ sends, cards, callbacks, orders, crashes, jumps int }

func (y *tally) add(other tally) {
	y.sends += other.sends
	y.cards += other.cards
	y.callbacks += other.callbacks
	y.orders += other.orders
	y.crashes += other.crashes
	y.jumps += other.jumps
}

func (s *simulation) tally() tally {
	y := tally{sends: len(s.acked), cards: len(s.tries), callbacks: len(s.developer.calls), crashes: s.crashes, jumps: s.clock.moved()}
	for _, f := range s.followers {
		y.orders += len(f.orders)
	}
	return y
}

// seedToReplay is the seed of the flag or of HONGYAN_SEED, 0 without either.
func seedToReplay(t *testing.T) uint64 {
	t.Helper()
	if *simulationSeed != 0 {
		return *simulationSeed
	}
	text := os.Getenv("HONGYAN_SEED")
	if text == "" {
		return 0
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("HONGYAN_SEED: %v", err)
	}
	return seed
}

// corpus reads the seeds that failed before, one a line; what follows on the
// line says what they found.
func corpus(t *testing.T) (seeds []uint64) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "simulation", "seeds"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		word, _, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		seed, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			t.Fatalf("seeds: %v", err)
		}
		seeds = append(seeds, seed)
	}
	return seeds
}

// simulate runs one seed in a bubble of its own. A failure is one line that
// says how to see it again, and behind it what is wrong.
func simulate(t *testing.T, seed uint64, loud bool) (happened tally) {
	t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, seed)
		url := filepath.Join(t.TempDir(), "hongyan.db")
		var wrong, trace []string
		synctest.Test(t, func(t *testing.T) {
			s := newSimulation(t, seed, url)
			s.run()
			wrong, trace, happened = s.wrong, s.trace, s.tally()
		})
		if loud {
			t.Logf("the story of seed %d:\n%s", seed, strings.Join(trace, "\n"))
		}
		if len(wrong) > 0 {
			t.Errorf("seed %d: replay by: go test ./server -run 'TestSimulation$' -seed=%d\n%s", seed, seed, strings.Join(first(wrong, 12), "\n"))
		}
	})
	return happened
}

func first(list []string, n int) []string {
	if len(list) > n {
		return append(list[:n:n], fmt.Sprintf("… and %d more", len(list)-n))
	}
	return list
}
