package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

// BenchmarkSend is a template send over a socket, by a plain client in the
// same process, with the finish report posted to a receiver that is in the
// process too: all three share the cores.
func BenchmarkSend(b *testing.B) {
	for _, mode := range []oa.Mode{oa.ModePlain, oa.ModeSafe} {
		b.Run(string(mode), func(b *testing.B) { benchmarkSend(b, mode) })
	}
}

func benchmarkSend(b *testing.B, mode oa.Mode) {
	var reports atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		reports.Add(1)
		_, _ = io.WriteString(w, "success")
	}))
	defer receiver.Close()
	p := newPlatform(b, func(o *sandbox.Options) { o.Profile, o.Mode, o.Dir = "bench", mode, b.TempDir() })
	p.SetCallback(receiver.URL+"/wechat/callback", nil)
	api := httptest.NewServer(p.Handler())
	defer api.Close()
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) })
	made := p.AddMany(ctx, sandbox.Many{Count: 10_000, Follow: true, Silent: true})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	link := api.URL + p.tokened(sendPath)
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := next.Add(1)
			body := card(made.OpenIDs[n%int64(len(made.OpenIDs))], "b"+strconv.FormatInt(n, 10), "第"+strconv.FormatInt(n, 10)+"条")
			w, err := client.Post(link, "application/json", strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, w.Body)
			w.Body.Close()
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
	b.ReportMetric(float64(reports.Load())/float64(b.N), "reported/send")
	stop()
	running.Wait()
}

// BenchmarkAccept is the platform's own part of a send: no socket.
func BenchmarkAccept(b *testing.B) {
	p := newPlatform(b, func(o *sandbox.Options) { o.Profile = "bench" })
	made := p.AddMany(b.Context(), sandbox.Many{Count: 10_000, Follow: true, Silent: true})
	link := p.tokened(sendPath)
	api := p.API()
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		body := card(made.OpenIDs[n%len(made.OpenIDs)], "b"+strconv.Itoa(n), "第"+strconv.Itoa(n)+"条")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(http.MethodPost, link, strings.NewReader(body)))
	}
}
