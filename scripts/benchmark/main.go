// Command benchmark measures the server as its users meet it: a process of
// its own, spoken to over loopback. Every figure stands beside what the same
// machine does in the same run without us (a bare JSON handler, a bare HTTP
// client), because absolute figures of a shared machine mean little.
//
// Run it by scripts/bench. Each file measures one thing; report.go prints.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// settings are the knobs of a run.
type settings struct {
	seconds   time.Duration // of each load
	followers int           // of the topic that is fanned out to
	dir       string
	only      string
	binary    string
}

func main() {
	asJSON := flag.Bool("json", false, "print one JSON object instead of a table")
	seconds := flag.Duration("for", 4*time.Second, "how long each load lasts")
	followers := flag.Int("followers", 100_000, "followers of the topic")
	only := flag.String("only", "", "measure this part only, for work on it")
	bare := flag.String("bare", "", "internal: serve the bare handler on this address")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *bare != "" {
		exitOn(serveBare(ctx, *bare))
		return
	}
	dir, err := os.MkdirTemp("", "hongyan-bench")
	exitOn(err)
	defer os.RemoveAll(dir)
	r, err := measure(ctx, settings{seconds: *seconds, followers: *followers, dir: dir, only: *only})
	if err != nil {
		os.RemoveAll(dir)
		exitOn(err)
	}
	if *asJSON {
		exitOn(r.json(os.Stdout))
		return
	}
	exitOn(r.table(os.Stdout))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmark:", err)
		os.Exit(1)
	}
}

// measure runs the parts one after another, so that each has the machine.
func measure(ctx context.Context, s settings) (*result, error) {
	r := &result{Accept: map[string]accepted{}, Running: map[string]accepted{}}
	parts := []struct {
		name string
		run  func(context.Context, *settings, *result) error
	}{
		{"build", measureBuild},
		{"sync", measureSync},
		{"parse", measureParse},
		{"accept", measureAccept},
		{"latency", measureLatency},
		{"events", measureEvents},
		{"fan-out", measureFanout},
	}
	for _, p := range parts {
		if s.only != "" && p.name != s.only && p.name != "build" {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s …\n", p.name)
		if err := p.run(ctx, &s, r); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return r, nil
}
