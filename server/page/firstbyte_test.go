package page

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store/storetest"
)

// BenchmarkPage_FirstByte measures the time to the first byte of a message
// page over a socket, from a database on disk: of the first to open it, and of
// those that find its body rendered.
func BenchmarkPage_FirstByte(b *testing.B) {
	longest := strings.Repeat(goodMarkdown, 40_000/len([]rune(goodMarkdown))+1)
	for _, c := range []struct{ name, text string }{
		{"short", "好"},
		{"good", goodMarkdown},
		{"longest", string([]rune(longest)[:40_000])},
	} {
		w := newWorld(b, storetest.SQLite(b))
		path, _ := w.send(b, push.Draft{Kind: content.Markdown, Content: c.text})
		for _, again := range []bool{false, true} {
			name := c.name + "/first"
			if again {
				name = c.name + "/again"
			}
			b.Run(name, func(b *testing.B) {
				var pages http.Handler
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pages.ServeHTTP(w, r) }))
				defer server.Close()
				var sum time.Duration
				n := 0
				for b.Loop() {
					if pages == nil || !again {
						fresh, err := New(Options{Push: w.push})
						if err != nil {
							b.Fatal(err)
						}
						pages = fresh
						warm(b, server.URL) // the connection, and templates at their first use
					}
					start := time.Now()
					resp, err := http.Get(server.URL + path)
					if err != nil || resp.StatusCode != http.StatusOK {
						b.Fatal(resp, err)
					}
					sum += time.Since(start)
					n++
					drain(resp)
				}
				b.ReportMetric(float64(sum.Microseconds())/1000/float64(n), "ms/first-byte")
				b.ReportMetric(0, "ns/op") // making a fresh handler is not what is measured
			})
		}
	}
}

func warm(b *testing.B, base string) {
	resp, err := http.Get(base + Prefix + strings.Repeat("A", 22))
	if err != nil {
		b.Fatal(err)
	}
	drain(resp)
}

func drain(resp *http.Response) {
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}
