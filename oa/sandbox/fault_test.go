package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa/sandbox"
)

// Row 10, F12: each fault, in memory and over a socket, and whether the card
// arrived all the same.
func TestF12_Faults(t *testing.T) {
	for name, tc := range map[string]struct {
		fault   sandbox.Fault
		arrives bool
		check   func(answer, error) bool
	}{
		"errcode": {sandbox.Fault{ErrCode: -1}, false, func(a answer, err error) bool { return a.code == -1 && strings.Contains(a.text, "system error rid: ") }},
		"errcode with text": {sandbox.Fault{ErrCode: 45009, ErrMsg: "api freq out of limit"}, false,
			func(a answer, err error) bool {
				return a.code == 45009 && strings.Contains(a.text, "api freq out of limit rid: ")
			}},
		"busy but delivered": {sandbox.Fault{ErrCode: -1, Delivered: true}, true, func(a answer, err error) bool { return a.code == -1 }},
		"status":             {sandbox.Fault{Status: 503}, false, func(a answer, err error) bool { return a.status == 503 }},
		"page of a proxy": {sandbox.Fault{HTML: true, Status: 502}, false,
			func(a answer, err error) bool { return a.status == 502 && strings.Contains(a.text, "nginx") }},
		"page with 200":     {sandbox.Fault{HTML: true}, false, func(a answer, err error) bool { return a.status == 200 && a.doc == nil }},
		"truncated":         {sandbox.Fault{Truncate: true}, true, func(a answer, err error) bool { return err != nil && a.status == 200 && a.doc == nil }},
		"cut":               {sandbox.Fault{Cut: true}, false, func(a answer, err error) bool { return err != nil }},
		"delivered but cut": {sandbox.Fault{Cut: true, Delivered: true}, true, func(a answer, err error) bool { return err != nil }},
		"errcode as text":   {sandbox.Fault{Body: `{"errcode":"0","errmsg":1}`}, false, func(a answer, err error) bool { return a.text == `{"errcode":"0","errmsg":1}` }},
		"huge":              {sandbox.Fault{Huge: true}, false, func(a answer, err error) bool { return len(a.text) > 4<<20-10 }},
		"slow":              {sandbox.Fault{SlowMs: 1}, true, func(a answer, err error) bool { return a.code == 0 && a.msgid != 0 }},
	} {
		for _, socket := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s socket=%t", name, socket), func(t *testing.T) {
				p := newPlatform(t)
				if socket {
					server := httptest.NewServer(p.Handler())
					defer server.Close()
					p.client = &http.Client{Transport: toServer{server.URL[len("http://"):]}}
				}
				f := p.member()
				p.signIn()
				tc.fault.Path, tc.fault.Times = sendPath, 1
				p.fault(tc.fault)
				a, err := p.try("POST", p.tokened(sendPath), card(f.OpenID, "m", "文"))
				if !tc.check(a, err) {
					t.Errorf("client sees %d %.200q %v", a.status, a.text, err)
				}
				if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) == 1 != tc.arrives {
					t.Errorf("%d cards arrived, want %t", len(cards), tc.arrives)
				}
				wantCode(t, p.send(f.OpenID, "n", "别的"), 0)
			})
		}
	}
}

// toServer sends every request to one address.
type toServer struct{ host string }

func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", s.host
	return http.DefaultTransport.RoundTrip(r)
}

// Row 10: the ratios of a lost answer after a delivered card.
func TestF12_DeliveredButLost(t *testing.T) {
	for name, lost := range map[string]string{"busy": `{"busyDelivered":1}`, "cut": `{"cutDelivered":1}`} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			f := p.member()
			p.signIn()
			p.set("%s", lost)
			a, err := p.try("POST", p.tokened(sendPath), card(f.OpenID, "m", "文"))
			if name == "busy" && a.code != -1 || name == "cut" && err == nil {
				t.Errorf("client sees %s %v", a.text, err)
			}
			if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) != 1 {
				t.Errorf("%d cards", len(cards))
			}
		})
	}
}

// Row 10: no answer until the caller gives up, with the card delivered; by
// setting and by fault.
func TestF12_HangsUntilTheCallerLeaves(t *testing.T) {
	for name, dial := range map[string]func(*platform){
		"setting": func(p *platform) { p.set(`{"hangDelivered":1}`) },
		"fault":   func(p *platform) { p.fault(sandbox.Fault{Path: sendPath, Hang: true, Delivered: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t)
				f := p.member()
				p.signIn()
				dial(p)
				ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
				defer cancel()
				r, _ := http.NewRequestWithContext(ctx, "POST", "http://any"+p.tokened(sendPath), strings.NewReader(card(f.OpenID, "m", "文")))
				began := time.Now()
				_, err := p.client.Do(r)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 7*time.Second {
					t.Errorf("after %s: %v", time.Since(began), err)
				}
				if cards := must[[]sandbox.Card](t)(p.Ledger()); len(cards) != 1 {
					t.Errorf("%d cards", len(cards))
				}
			})
		})
	}
}

// A socket's handler ends when its caller leaves, whether or not the call was
// read for its work: nothing hangs for ever.
func TestF12_HangEndsWithTheSocket(t *testing.T) {
	p := newPlatform(t)
	server := httptest.NewServer(p.Handler())
	p.fault(sandbox.Fault{Hang: true})
	client := &http.Client{Timeout: 50 * time.Millisecond}
	if _, err := client.Post(server.URL+sendPath, "application/json", strings.NewReader(card("o", "m", "文"))); err == nil {
		t.Error("answered")
	}
	server.Close() // waits for every handler
}

// Row 9: above the soft rate -1, which uses no quota unless set to.
func TestF12_SoftRate(t *testing.T) {
	p := newPlatform(t, frozen)
	f := p.member()
	p.set(`{"softRate":5,"quotas":{%q:1000}}`, sendPath)
	busy := func() (n int) {
		for i := range 8 {
			if p.send(f.OpenID, "", fmt.Sprint(time.Now(), i)).code == -1 {
				n++
			}
		}
		return n
	}
	used := func() string { return p.call("POST", "/cgi-bin/openapi/quota/get", `{"cgi_path":"`+sendPath+`"}`).text }
	if n := busy(); n != 3 {
		t.Errorf("%d of 8 were busy, want 3", n)
	}
	if got := used(); !strings.Contains(got, `"used":5`) || !strings.Contains(got, `"call_count":5,"refresh_second":1`) {
		t.Errorf("quota %s", got)
	}
	p.Advance(time.Second)
	p.set(`{"busyCounts":true}`)
	if n := busy(); n != 3 {
		t.Errorf("a second later %d of 8 were busy, want 3", n)
	}
	if got := used(); !strings.Contains(got, `"used":13`) {
		t.Errorf("quota %s", got)
	}
	p.set(`{"softRate":0,"busyRatio":1}`)
	if n := busy(); n != 8 {
		t.Errorf("at ratio 1 %d of 8 were busy", n)
	}
}

// Row 9: more calls at once than the limit get -1; latency is as set.
func TestF12_HardConcurrencyAndLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		f := p.member()
		p.signIn()
		p.set(`{"maxInFlight":10,"latencyMinMs":100,"latencyMaxMs":200}`)
		var busy atomic.Int64
		var all sync.WaitGroup
		began := time.Now()
		for i := range 30 {
			all.Go(func() {
				if p.send(f.OpenID, "", fmt.Sprint(i)).code == -1 {
					busy.Add(1)
				}
			})
		}
		all.Wait()
		if n := busy.Load(); n < 10 || n > 29 {
			t.Errorf("%d of 30 were busy", n)
		}
		if took := time.Since(began); took < 100*time.Millisecond || took > 200*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}

// A fault's latency, times, ratio and path are kept; clearing ends it.
func TestFaults_CountAndClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		f := p.member()
		p.signIn()
		p.fault(sandbox.Fault{Path: "/cgi-bin/user/info", ErrCode: -1})
		p.fault(sandbox.Fault{Path: sendPath, ErrCode: -1, Times: 2})
		p.fault(sandbox.Fault{LatencyMs: 1500})
		began := time.Now()
		var codes []int
		for i := range 4 {
			codes = append(codes, p.send(f.OpenID, "", fmt.Sprint(i)).code)
		}
		if fmt.Sprint(codes) != "[-1 -1 0 0]" {
			t.Errorf("codes %v", codes)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %s, want twice 1.5 s", took)
		}
		if left := p.Faults(); len(left) != 2 {
			t.Errorf("%d faults left: %+v", len(left), left)
		}
		p.ClearFaults()
		wantCode(t, p.call("GET", "/cgi-bin/user/info?openid="+f.OpenID, ""), 0)
		p.fault(sandbox.Fault{Path: sendPath, ErrCode: -1, Ratio: 0.5})
		bad := 0
		for i := range 40 {
			if p.send(f.OpenID, "", fmt.Sprint("r", i)).code == -1 {
				bad++
			}
		}
		if bad < 5 || bad > 35 {
			t.Errorf("ratio 0.5 spoiled %d of 40", bad)
		}
		if err := p.Dial(sandbox.Fault{Ratio: 2}); !errors.Is(err, sandbox.ErrFault) {
			t.Errorf("ratio 2: %v", err)
		}
	})
}

// F14: another system with the same secret takes the token away every 2 s.
func TestF14_TokenTakenAway(t *testing.T) {
	p := newPlatform(t, frozen)
	p.set(`{"tokenOverlapSeconds":0}`)
	p.signIn()
	for range 3 {
		if got := p.works(p.access); got != 0 {
			t.Fatalf("own token gets %d", got)
		}
		p.Advance(2 * time.Second)
		p.token("GET", tokenPath, "")
		if got := p.works(p.access); got != 40001 {
			t.Fatalf("token taken away gets %d", got)
		}
		p.signIn()
	}
}

// Under the profile hostile all that is accepted still adds up: one card for
// each client_msg_id, however often it was tried.
func TestHostile_OneCardEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t, func(o *sandbox.Options) { o.Profile = "hostile" })
		running(t, p)
		f := p.Add()
		must[sandbox.Answer](t)(f.Follow(t.Context()))
		for i := range 50 {
			for tries := 0; tries < 40; tries++ {
				if p.tries(t, f.OpenID, fmt.Sprint("m", i)) {
					break
				}
			}
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		seen := map[string]int{}
		for _, c := range must[[]sandbox.Card](t)(p.Ledger()) {
			seen[c.ClientMsgID]++
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s has %d cards", id, n)
			}
		}
		if len(seen) < 40 {
			t.Errorf("only %d of 50 arrived", len(seen))
		}
	})
}

// tries sends once, with a new token where needed; true says it is settled.
func (p *platform) tries(t *testing.T, openid, id string) bool {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "POST", "http://any"+p.tokened(sendPath), strings.NewReader(card(openid, id, id)))
	w, err := p.client.Do(r)
	if err != nil {
		return false
	}
	defer w.Body.Close()
	body, _ := io.ReadAll(w.Body)
	if strings.Contains(string(body), `"errcode":4`) && !strings.Contains(string(body), "40241") {
		p.access = ""
		return strings.Contains(string(body), "43117")
	}
	return strings.Contains(string(body), `"errcode":0`)
}
