package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"hongyan/server/ui"
)

// How many streams there are at most: of one session, and of all.
const (
	streamsEach = 8
	streamsAll  = 512
)

// beat is how often a stream looks whether it may go on, and tells proxies
// that it lives.
const beat = 15 * time.Second

// streamLasts ends a stream so that its page asks anew; htmx does by itself.
const streamLasts = 30 * time.Minute

// errBusy: there are too many streams, or too many codes were asked for.
var errBusy = errors.New("too many at once")

// streams counts those that are open.
type streams struct {
	mu  sync.Mutex
	all int
	of  map[string]int // by session
}

func (s *streams) enter(session string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = make(map[string]int)
	}
	if s.all >= streamsAll || s.of[session] >= streamsEach {
		return false
	}
	s.all++
	s.of[session]++
	return true
}

func (s *streams) leave(session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[session]--; s.of[session] <= 0 {
		delete(s.of, session)
	}
}

// A stream sends events to a page that listens by hx-ext="sse".
type stream struct {
	out  *ui.Events
	c    *Console
	r    *request
	last map[string]string // by event
}

// live is a stream of events. run sends what it has to and returns when ctx
// ends, which is when the reader leaves, when the server stops and when the
// session or the role does.
func live(run func(context.Context, *stream) error) reply {
	return reply{status: http.StatusOK, live: run}
}

func (c *Console) stream(w http.ResponseWriter, r *request, run func(context.Context, *stream) error) {
	if !c.streams.enter(r.session.Name) {
		c.write(w, r, c.refusal(r, errBusy))
		return
	}
	defer c.streams.leave(r.session.Name)
	ctx, stop := context.WithTimeout(r.Context(), streamLasts)
	defer stop()
	s := &stream{out: ui.OpenEvents(w), c: c, r: r, last: map[string]string{}}
	if s.out.Beat() != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer stop()
		s.watch(ctx)
	}()
	if err := run(ctx, s); err != nil && ctx.Err() == nil {
		c.o.Log.Error("console stream", "path", r.URL.Path, "err", err)
	}
	stop()
	<-done
}

// watch ends the stream when it has to end.
func (s *stream) watch(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.c.hangUp:
			return
		case <-tick.C:
			if !s.c.still(ctx, s.r) || s.out.Beat() != nil {
				return
			}
		}
	}
}

// part sends a template of a page as an event, unless the page shows the same
// already.
func (s *stream) part(event, page, name string, data any) error {
	var b strings.Builder
	if err := s.c.pages[s.r.lang].Fragment(&b, page, name, s.c.bare(s.r, data)); err != nil {
		return err
	}
	if s.last[event] == b.String() {
		return nil
	}
	s.last[event] = b.String()
	return s.out.Write(ui.Event(event, "", b.String()))
}

// every runs do now and then again every pause until ctx ends or it fails.
func every(ctx context.Context, pause time.Duration, do func() error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := do(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
