package callback

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"hongyan/push"
)

// honeypot counts who comes to a loopback address, where nobody may come.
func honeypot(t *testing.T, address string) (port string, hits *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	hits = new(atomic.Int64)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) })}}
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, hits
}

// through is a channel whose names are resolved by n.
func through(t *testing.T, o Options, n *names) *Channel {
	t.Helper()
	c := New(o)
	c.transport = newTransport(c.guard.dialer(n.resolver()))
	t.Cleanup(c.Close)
	return c
}

// forbidden are URLs that must reach nothing. PORT is the honeypot's.
func forbidden() []string {
	hosts := []string{
		// loopback, this network, private, shared, link-local, metadata
		"127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255",
		"172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1", "100.127.255.255",
		"169.254.169.254", "169.254.0.1", "169.254.170.2", "100.100.100.200",
		// special purposes, benchmarks, documentation, multicast, reserved, broadcast
		"192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		// IPv6: loopback, unspecified, unique local, link-local, site-local, multicast
		"[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[fc00::1]", "[fd00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]",
		"[febf::1]", "[fec0::1]", "[ff02::1]", "[ff0e::1]", "[100::1]", "[2001:db8::1]", "[2001::1]", "[2001:20::1]", "[3fff::1]",
		// IPv4 inside IPv6: mapped, compatible, NAT64, local NAT64, 6to4, Teredo, ISATAP
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::ffff:0:127.0.0.1]",
		"[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]",
		"[2002:7f00:1::]", "[2002:7f00:1::1]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:101::1]", "[2001:0:7f00:1::1]", "[fe80::5efe:127.0.0.1]",
		// decimal, octal, hexadecimal, short and mixed spellings
		"2130706433", "017700000001", "0x7f000001", "0x7F000001", "127.1", "127.0.1", "0177.0.0.1", "0177.0.0.01", "0x7f.0.0.1",
		"0x7f.1", "0x7f.0x0.0x0.0x1", "127.0.0.01", "127.0.0.0x1", "0", "0x0", "0x", "00000000177.0.0.1", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE",
		"3232235521", "167772161", "4294967295", "18446744073709551617", "0x10000000000000001", "256.256.256.256", "1.2.3.4.5",
		// spelled otherwise: rooted, full width, circled, other dots, percent
		"127.0.0.1.", "2130706433.", "0x7f.1.", "localhost", "localhost.", "LOCALHOST", "LocalHost.", "a.localhost", "a.b.localhost.",
		"１２７.０.０.１", "①②⑦.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ",
		// names that resolve to loopback, in punycode and not
		"loop.example", "loop.example.", "127.0.0.1.nip.example", "例子.中国", "xn--fsqu00a.xn--fiqs8s", "metadata", "a_b.example", "localtest.me.example",
	}
	var urls []string
	for _, h := range hosts {
		urls = append(urls, "http://"+h+":PORT/latest/meta-data/")
	}
	return append(urls,
		"https://127.0.0.1:PORT/", "http://127.0.0.1", "http://[::1]", "https://localhost/", "http://169.254.169.254/latest/",
		"http://user@127.0.0.1:PORT/", "http://user:pass@dev.example/", "http://dev.example@127.0.0.1:PORT/", "http://127.0.0.1:PORT@dev.example/", "http://@127.0.0.1:PORT/",
		"http://dev.example#@127.0.0.1:PORT/", "http://dev.example\\@127.0.0.1:PORT/", "http://127.0.0.1:PORT\\.dev.example/", "http:/\\127.0.0.1:PORT/", "http:127.0.0.1:PORT",
		"//127.0.0.1:PORT/", "127.0.0.1:PORT", "ftp://127.0.0.1:PORT/", "file:///etc/passwd", "gopher://127.0.0.1:PORT/_x", "unix:///run/x.sock", "javascript:alert(1)", "data:text/plain,x",
		"http://", "http:///path", "http://:PORT/", "http://./", "http://../", "http://dev.example:0/", "http://dev.example:65536/", "http://dev.example:-1/", "http://dev.example:http/",
		"http://[::1/", "http://::1:PORT/", "http://[127.0.0.1]:PORT/", "http://[::1]PORT/", "http://dev example/", "http://dev.example\r\nHost: 127.0.0.1/", "http://\x00127.0.0.1/", " http://127.0.0.1:PORT/", "http://dev..example../", "",
		"http://loop.example:PORT/"+strings.Repeat("长", MaxURL),
	)
}

func TestF34_NoURLReachesAnAddressThatIsNotPublic(t *testing.T) {
	port, hits := honeypot(t, "127.0.0.1:0")
	n := newNames(t, map[string][]string{"*": {"127.0.0.1"}})
	c := through(t, Options{}, n)
	urls := forbidden()
	if len(urls) < 120 {
		t.Fatalf("%d URLs, want at least 120", len(urls))
	}
	for _, raw := range urls {
		raw = strings.ReplaceAll(raw, "PORT", port)
		out := c.Deliver(t.Context(), job(raw))
		if out.Verdict != push.Temporary || out.Reason == "" || out.Attempt.Failure != out.Reason || out.Attempt.Status != 0 {
			t.Errorf("%.60q: got %d %q status %d", raw, out.Verdict, out.Reason, out.Attempt.Status)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("the honeypot was reached %d times", hits.Load())
	}
}

// The second wall: were the URL not looked at, the dial would still be refused.
func TestF34_DialIsRefusedEvenIfTheURLWasNotChecked(t *testing.T) {
	port, hits := honeypot(t, "127.0.0.1:0")
	n := newNames(t, map[string][]string{"*": {"127.0.0.1"}})
	dial := newGuard(Options{}).dialer(n.resolver())
	literals := 0
	for _, raw := range forbidden() {
		host, _, ok := strings.Cut(strings.TrimPrefix(raw, "http://"), ":PORT/latest")
		if !ok {
			continue
		}
		host = strings.ReplaceAll(strings.Trim(host, "[]"), "%25", "%")
		conn, err := dial(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err == nil {
			conn.Close()
			t.Errorf("%s: connected", host)
		}
		if _, parse := netip.ParseAddr(host); parse == nil {
			literals++
			if !errors.Is(err, ErrRefused) {
				t.Errorf("%s: got %v, want %v", host, err, ErrRefused)
			}
		}
	}
	if literals < 50 || hits.Load() != 0 {
		t.Errorf("%d literals, %d hits", literals, hits.Load())
	}
}

func TestF34_RebindingIsSeenAtEveryDial(t *testing.T) {
	port, hits := honeypot(t, "127.0.0.1:0")
	_, public := honeypot(t, "127.0.0.2:"+port) // stands for a public address
	n := newNames(t, map[string][]string{"rebind.example.": {"127.0.0.2", "127.0.0.2", "127.0.0.1", "::1", "169.254.169.254"}})
	c := through(t, Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}, n)
	for i := range 5 {
		out := c.Deliver(t.Context(), job("http://rebind.example:"+port+"/"))
		c.Close() // the next call has to dial
		if want := map[bool]push.Verdict{true: push.Delivered, false: push.Temporary}[i < 2]; out.Verdict != want {
			t.Errorf("call %d: got %d %q, want %d", i+1, out.Verdict, out.Reason, want)
		}
		if i >= 2 && out.Reason != wordRefused {
			t.Errorf("call %d: got %q, want the refusal that names the setting", i+1, out.Reason)
		}
	}
	if public.Load() != 2 || hits.Load() != 0 {
		t.Errorf("public %d, honeypot %d, want 2 and 0", public.Load(), hits.Load())
	}
}

func TestF34_RedirectsAreNotFollowed(t *testing.T) {
	port, hits := honeypot(t, "127.0.0.1:0")
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := developer(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:"+port+"/", status)
		})
		if out := c.Deliver(t.Context(), job("http://dev.example/")); out.Verdict != push.Temporary || out.Attempt.Status != status {
			t.Errorf("%d: got %d %q", status, out.Verdict, out.Reason)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("the honeypot was reached %d times", hits.Load())
	}
}

func TestF34_ProxiesFromTheEnvironmentAreIgnored(t *testing.T) {
	port, hits := honeypot(t, "127.0.0.1:0")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+port)
	}
	_, direct := honeypot(t, "127.0.0.2:"+port)
	n := newNames(t, map[string][]string{"dev.example.": {"127.0.0.2"}})
	c := through(t, Options{AllowHosts: []string{"dev.example:" + port}}, n)
	if c.transport.(*http.Transport).Proxy != nil {
		t.Error("the transport asks for a proxy")
	}
	if out := c.Deliver(t.Context(), job("http://dev.example:"+port+"/")); out.Verdict != push.Delivered {
		t.Errorf("got %d %q", out.Verdict, out.Reason)
	}
	if direct.Load() != 1 || hits.Load() != 0 {
		t.Errorf("direct %d, proxy %d, want 1 and 0", direct.Load(), hits.Load())
	}
}

func TestF34_PublicURLsPass(t *testing.T) {
	for _, raw := range []string{
		"http://8.8.8.8/", "https://1.1.1.1:8443/hook?x=1", "http://[2606:4700:4700::1111]/", "http://[::ffff:8.8.8.8]:1/", "HTTPS://Dev.Example/",
		"http://dev.example:65535/路径?参数=值", "https://dev.example./", "https://例子.中国/回调", "https://xn--fsqu00a.xn--fiqs8s/", "http://a_b.example/",
		"http://172.15.0.1/", "http://172.32.0.1/", "http://100.63.255.255/", "http://100.128.0.1/", "http://11.0.0.1/", "http://3com.com/", "http://0x.example/", "http://localhost.example/",
	} {
		if err := ValidateURL(raw, Options{}); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// A resolver of the C library would read these as IPv4 addresses.
func TestF34_NumbersAreNoNames(t *testing.T) {
	for _, host := range []string{
		"2130706433", "017700000001", "0x7f000001", "127.1", "0177.0.0.1", "0x7f.1", "127.0.0.0x1", "0", "0x", "256.256.256.256",
		"1.2.3.4.5", "0x10000000000000001", "18446744073709551617", "2130706433.", "１２７.１", "a.1", "a.0X7F",
	} {
		if err := ValidateURL("http://"+host+"/", Options{}); err == nil || err.Error() != wordURLNumber {
			t.Errorf("%s: got %v, want %q", host, err, wordURLNumber)
		}
	}
}

func TestAllow_OpensWhatTheOperatorLists(t *testing.T) {
	prefixes, hosts, err := ParseAllow([]string{"10.1.0.0/16", "192.168.7.7", "fd00:7::/32", "::ffff:172.16.0.9", "Intern.Example:8080", "127.0.0.1:9000", "[::1]:9000", "0x7f.1:9000"})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Allow: prefixes, AllowHosts: hosts}
	tests := []struct {
		url string
		ok  bool
	}{
		{"http://10.1.2.3/", true}, {"http://[::ffff:10.1.2.3]:99/", true}, {"http://10.2.0.1/", false},
		{"http://192.168.7.7:1/", true}, {"http://192.168.7.8/", false}, {"http://172.16.0.9/", true}, {"http://172.16.0.8/", false},
		{"http://[fd00:7::1]/", true}, {"http://[fd00:8::1]/", false},
		{"http://127.0.0.1:9000/x", true}, {"http://127.0.0.1:9001/", false}, {"http://127.0.0.1/", false}, {"http://[::1]:9000/", true},
		{"http://0x7f.1:9000/", true}, {"http://intern.example:8080/", true}, {"http://user@127.0.0.1:9000/", false}, {"ftp://127.0.0.1:9000/", false},
	}
	for _, tt := range tests {
		if err := ValidateURL(tt.url, o); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", tt.url, err, tt.ok)
		}
	}
	for _, bad := range []string{"", "intern", "intern.example", "http://a:1", "a:b:c", "a/8", "10.0.0.0/33", ":80", "a:99999x", "u@h:80"} {
		if _, _, err := ParseAllow([]string{bad}); err == nil || !strings.Contains(err.Error(), Setting) {
			t.Errorf("ParseAllow(%q): got %v", bad, err)
		}
	}
}

// A listed name is reached whatever it resolves to; its neighbour is not.
func TestAllow_HostIsDialledWithoutTheGuard(t *testing.T) {
	port, hits := honeypot(t, "127.0.0.1:0")
	n := newNames(t, map[string][]string{"*": {"127.0.0.1"}})
	c := through(t, Options{AllowHosts: []string{"Intern.Example:" + port}}, n)
	for url, want := range map[string]push.Verdict{
		"http://intern.example:" + port + "/":   push.Delivered,
		"http://INTERN.example.:" + port + "/":  push.Delivered,
		"http://a.intern.example:" + port + "/": push.Temporary,
		"http://127.0.0.1:" + port + "/":        push.Temporary,
	} {
		if out := c.Deliver(t.Context(), job(url)); out.Verdict != want {
			t.Errorf("%s: got %d %q, want %d", url, out.Verdict, out.Reason, want)
		}
	}
	if hits.Load() != 2 {
		t.Errorf("reached %d times, want 2", hits.Load())
	}
}

func TestValidateURL_NamesTheSettingAndNeverTheURL(t *testing.T) {
	for _, raw := range []string{"http://127.0.0.1/?key=geheim", "http://localhost/geheim", "http://[fd00::1]/geheim"} {
		err := ValidateURL(raw, Options{})
		var invalid *URLError
		if !errors.As(err, &invalid) || !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "--callback.allow") {
			t.Errorf("%s: got %v", raw, err)
		}
		if strings.Contains(err.Error(), "geheim") {
			t.Errorf("the error repeats the URL: %v", err)
		}
	}
}
