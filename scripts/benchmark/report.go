package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// result is one run. What --json prints is tagged; the table prints all.
type result struct {
	Accept  map[string]accepted `json:"accept"`
	Fanout  fanned              `json:"fanout"`
	Latency delays              `json:"latency"`
	Events  talked              `json:"events"`
	RSS     struct {
		Idle float64 `json:"idleMiB"`
		Peak float64 `json:"peakMiB"`
	} `json:"rss"`
	Start  float64 `json:"startMs"`
	Binary float64 `json:"binaryMiB"`

	Running map[string]accepted `json:"-"` // with deliveries under way
	Sync    float64             `json:"-"` // ms
	Parse   parsed              `json:"-"`
	Seeded  float64             `json:"-"` // new followers a second
}

// measureBuild builds the server as a release is built and starts it once.
func measureBuild(ctx context.Context, s *settings, r *result) error {
	s.binary = filepath.Join(s.dir, "hongyan")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", s.binary, "hongyan/server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	info, err := os.Stat(s.binary)
	if err != nil {
		return err
	}
	r.Binary = float64(info.Size()) / (1 << 20)
	began := time.Now()
	server, err := startServer(ctx, s)
	if err != nil {
		return err
	}
	r.Start = ms(time.Since(began))
	server.stop()
	return nil
}

func (r *result) json(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// table prints docs/benchmarks.md.
func (r *result) table(w io.Writer) error {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("# Benchmarks\n")
	p("Made by `scripts/bench` on %s, %d CPUs, %s/%s, %s. Server, sandbox and clients share the machine;",
		time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	p("every rate stands beside what a bare program does in the same run, so compare the ratios.\n")
	p("## Durable sends accepted (SQLite, synchronous=FULL)\n")
	p("| connections | sends/s | of the bare JSON handler | p50 | p99 | commits (= syncs)/s |")
	p("|---|---|---|---|---|---|")
	for _, clients := range []string{"1", "32", "256"} {
		r.row(p, clients+", deliveries held back", r.Accept[clients])
	}
	r.row(p, "32, deliveries running", r.Running["32"])
	p("\n## Sending\n")
	p("| what | figure |")
	p("|---|---|")
	p("| template sends of a topic | %.0f/s, %.2f of the bare client's %.0f/s against the same sandbox |", r.Fanout.RPS, r.Fanout.Ratio, r.Fanout.bare)
	p("| until the last finish report was counted | %.1f s |", r.Fanout.until)
	p("| API call to WeChat call at %d sends/s | p50 %.2f ms, p99 %.2f ms; one sync of 4 KiB takes %.2f ms |", latencyRate, r.Latency.P50, r.Latency.P99, r.Sync)
	p("\n## Events\n")
	p("| what | figure |")
	p("|---|---|")
	p("| encrypted events answered, %d followers talking | %.0f/s, p99.9 %.1f ms |", talkers, r.Events.RPS, r.Events.P999)
	p("| new followers scanning a topic's code | %.0f/s |", r.Seeded)
	p("| parsing one text event | %d ns, %d allocations |", r.Parse.ns, r.Parse.allocs)
	p("\n## Size\n")
	p("| what | figure |")
	p("|---|---|")
	p("| resident memory | %.0f MiB idle, %.0f MiB at the peak of this run |", r.RSS.Idle, r.RSS.Peak)
	p("| start to ready, empty database | %.0f ms |", r.Start)
	p("| binary | %.1f MiB |", r.Binary)
	return nil
}

func (r *result) row(p func(string, ...any), name string, a accepted) {
	p("| %s | %.0f | %.2f | %.1f ms | %.1f ms | %.0f |", name, a.RPS, a.Ratio, a.P50, a.P99, a.commits)
}
