package callback

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyan/push"
)

func TestDeliver_NamesWhatIsWrongWithTheServer(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	dead := l.Addr().String()
	l.Close()

	n := newNames(t, map[string][]string{"dev.example.": {"127.0.0.1"}})
	_, port, _ := net.SplitHostPort(secure.Listener.Addr().String())
	c := through(t, Options{AllowHosts: []string{
		secure.Listener.Addr().String(), plain.Listener.Addr().String(), dead, "dev.example:" + port, "none.example:80",
	}}, n)
	tests := []struct{ name, url, reason string }{
		{"unknown authority", secure.URL, wordCertificate},
		{"wrong name", "https://dev.example:" + port + "/", wordCertificate},
		{"https to a plain server", strings.Replace(plain.URL, "http", "https", 1), wordTLS},
		{"plain to an https server", strings.Replace(secure.URL, "https", "http", 1), "400"},
		{"nobody listens", "http://" + dead + "/", wordConnRefused},
		{"no such name", "http://none.example/", wordNoName},
		{"no path", plain.URL + "/nowhere", "路径"},
	}
	for _, tt := range tests {
		out := c.Deliver(t.Context(), job(tt.url))
		if out.Verdict != push.Temporary || !strings.Contains(out.Reason, tt.reason) {
			t.Errorf("%s: got %d %q, want %q", tt.name, out.Verdict, out.Reason, tt.reason)
		}
		if strings.Contains(out.Reason, "127.0.0.1") {
			t.Errorf("%s: the reason tells an address: %q", tt.name, out.Reason)
		}
	}
}
