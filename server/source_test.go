package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestF43_TheClientsAddressIsWhatTrustedProxiesSay(t *testing.T) {
	for _, c := range []struct{ name, trusted, peer, forwarded, want string }{
		{"no proxy", "", "203.0.113.7:1234", "", "203.0.113.7:0"},
		{"spoofed by a client", "", "203.0.113.7:1234", "198.51.100.1", "203.0.113.7:0"},
		{"spoofed by an untrusted peer", "10.0.0.0/8", "203.0.113.7:1234", "198.51.100.1", "203.0.113.7:0"},
		{"one proxy", "10.0.0.0/8", "10.1.2.3:80", "203.0.113.7", "203.0.113.7:0"},
		{"spoofed through a proxy", "10.0.0.0/8", "10.1.2.3:80", "127.0.0.1, 198.51.100.1, 203.0.113.7", "203.0.113.7:0"},
		{"a chain", "10.0.0.0/8,192.0.2.1", "10.1.2.3:80", "198.51.100.1, 203.0.113.7, 192.0.2.1, 10.9.9.9", "203.0.113.7:0"},
		{"two headers", "10.0.0.0/8", "10.1.2.3:80", "198.51.100.1\n203.0.113.7", "203.0.113.7:0"},
		{"proxies only", "10.0.0.0/8", "10.1.2.3:80", "10.7.7.7, 10.8.8.8", "10.7.7.7:0"},
		{"no header", "10.0.0.0/8", "10.1.2.3:80", "", "10.1.2.3:0"},
		{"rubbish", "10.0.0.0/8", "10.1.2.3:80", "203.0.113.7, <script>", "10.1.2.3:0"},
		{"rubbish further left", "10.0.0.0/8", "10.1.2.3:80", "unknown, 10.2.2.2", "10.2.2.2:0"},
		{"empty entries", "10.0.0.0/8", "10.1.2.3:80", "203.0.113.7,,", "10.1.2.3:0"},
		{"with a port", "10.0.0.0/8", "10.1.2.3:80", "203.0.113.7:5555", "203.0.113.7:0"},
		{"IPv6 as its /64", "", "[2001:db8:1:2:3:4:5:6]:80", "", "[2001:db8:1:2::]:0"},
		{"IPv6 in brackets with a port", "10.0.0.0/8", "10.1.2.3:80", "[2001:db8:1:2:3::6]:443", "[2001:db8:1:2::]:0"},
		{"an IPv6 zone", "fe80::/10", "[fe80::1%eth0]:80", "203.0.113.7", "203.0.113.7:0"},
		{"a zone in the header", "10.0.0.0/8", "10.1.2.3:80", "fe80::1%25eth0", "[fe80::]:0"},
		{"IPv4 in IPv6", "10.0.0.0/8", "[::ffff:10.1.2.3]:80", "::ffff:203.0.113.7", "203.0.113.7:0"},
		{"trusted IPv4 in IPv6", "::ffff:10.1.2.3", "10.1.2.3:80", "203.0.113.7", "203.0.113.7:0"},
		{"ten thousand hops", "0.0.0.0/0", "10.1.2.3:80", strings.Repeat("1.2.3.4,", 10_000) + "5.6.7.8", "1.2.3.4:0"},
		{"no address at all", "10.0.0.0/8", "@", "203.0.113.7", "@"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var list []string
			if c.trusted != "" {
				list = strings.Split(c.trusted, ",")
			}
			trusted, err := trustedProxies(list)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			for _, one := range strings.Split(c.forwarded, "\n") {
				if one != "" {
					r.Header.Add("X-Forwarded-For", one)
				}
			}
			r.Header.Set("X-Real-IP", "198.51.100.99")
			r.Header.Set("True-Client-IP", "198.51.100.99")
			r.Header.Set("Forwarded", "for=198.51.100.99")
			var got string
			s := &sources{trusted: trusted}
			s.handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).
				ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("from %s by %s %.60q: %s, want %s", c.peer, c.trusted, c.forwarded, got, c.want)
			}
		})
	}
	for _, bad := range []string{"proxy.example", "10.0.0.0/99", "", "10.0.0.0-10.0.0.9"} {
		if _, err := trustedProxies([]string{bad}); err == nil || !strings.Contains(err.Error(), "--trusted-proxies") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestF43_AnUnknownProxyIsNamedOnce(t *testing.T) {
	var warned atomic.Int64
	s := &sources{warn: func(string) { warned.Add(1) }}
	for range 5 {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		s.handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	}
	if got := warned.Load(); got != 1 {
		t.Errorf("warned %d times", got)
	}
}

// TestF43_NoRequestIsSmuggledBehindAnother: however the length of a body is
// told, what another program may have taken for its rest is never a request.
func TestF43_NoRequestIsSmuggledBehindAnother(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	var reached atomic.Int64
	server := httptest.NewServer((&sources{}).handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/smuggled" {
			reached.Add(1)
		}
		_, _ = io.Copy(io.Discard, r.Body)
	})))
	defer server.Close()
	chunked := "0\r\n\r\n" + smuggled
	for name, request := range map[string]string{
		"both lengths":           fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n%s", len(chunked), chunked),
		"both, the other order":  fmt.Sprintf("Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%s", len(chunked), chunked),
		"two lengths":            "Content-Length: 0\r\nContent-Length: 37\r\n\r\n" + smuggled,
		"a list of lengths":      "Content-Length: 0, 37\r\n\r\n" + smuggled,
		"a signed length":        "Content-Length: +0\r\n\r\n" + smuggled,
		"an unknown encoding":    "Transfer-Encoding: xchunked\r\n\r\n" + chunked,
		"chunked twice":          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
		"a space before a colon": "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n" + chunked,
		"a bare line feed":       "X: y\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST /first HTTP/1.1\r\nHost: x\r\n%s", request)
			_ = conn.(*net.TCPConn).CloseWrite()
			answers := bufio.NewReader(conn)
			n := 0
			for {
				resp, err := http.ReadResponse(answers, nil)
				if err != nil {
					break
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				n++
			}
			if got := reached.Swap(0); got != 0 {
				t.Errorf("the smuggled request was served (%d answers)", n)
			}
		})
	}
}
