package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

const (
	appID  = "wx0123456789abcdef"
	secret = "fedcba9876543210fedcba9876543210"
	origin = "gh_0123456789ab"
	token  = "AAAAA"
	aesKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// A platform is a sandbox with a client of its API and an account that
// answers its callbacks, all in memory.
type platform struct {
	*sandbox.Sandbox
	t       testing.TB
	client  *http.Client
	account *account
	access  string
}

// An account answers callbacks and keeps what was posted to it.
type account struct {
	mu     sync.Mutex
	got    []posted
	answer http.Handler // nil answers success
}

type posted struct {
	query url.Values
	body  string
	at    time.Time
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.got = append(a.got, posted{query: r.URL.Query(), body: string(body), at: time.Now()})
	answer := a.answer
	a.mu.Unlock()
	if answer == nil {
		_, _ = w.Write([]byte("success"))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer.ServeHTTP(w, r)
}

func (a *account) posts() []posted {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]posted(nil), a.got...)
}

// replies makes the account answer every callback by fn.
func (a *account) replies(fn http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = fn
}

// newPlatform starts a sandbox under the profile fast in plain mode.
func newPlatform(t testing.TB, change ...func(*sandbox.Options)) *platform {
	t.Helper()
	o := sandbox.Options{AppID: appID, Secret: secret, OriginalID: origin, Token: token, AESKey: aesKey,
		Mode: oa.ModePlain, Callback: "http://account/wechat/callback?x=1", Profile: "fast", BaseURL: "http://here/sandbox", Seed: 1}
	for _, c := range change {
		c(&o)
	}
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{Sandbox: s, t: t, account: &account{}}
	p.SetCallback(o.Callback, sandbox.Local(p.account))
	p.client = &http.Client{Transport: s.Transport()}
	return p
}

// frozen is a clock that only Advance moves.
func frozen(o *sandbox.Options) {
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	o.Now = func() time.Time { return at }
}

// set changes settings by their JSON names.
func (p *platform) set(format string, args ...any) {
	p.t.Helper()
	if err := p.Change(fmt.Appendf(nil, format, args...)); err != nil {
		p.t.Fatal(err)
	}
}

// fault dials one in.
func (p *platform) fault(f sandbox.Fault) {
	p.t.Helper()
	if err := p.Dial(f); err != nil {
		p.t.Fatal(err)
	}
}

// An answer of the platform.
type answer struct {
	status int
	text   string
	doc    map[string]any
	code   int
	msgid  int64
}

// try asks the platform; the error is the network's.
func (p *platform) try(method, path, body string) (answer, error) {
	p.t.Helper()
	r, err := http.NewRequest(method, "https://api.weixin.qq.com"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	w, err := p.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	a := answer{status: w.StatusCode, text: string(text)}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&a.doc) == nil {
		if n, ok := a.doc["errcode"].(json.Number); ok {
			_, _ = fmt.Sscan(n.String(), &a.code)
		}
		if n, ok := a.doc["msgid"].(json.Number); ok {
			a.msgid, _ = n.Int64()
		}
	}
	return a, err
}

func (p *platform) ask(method, path, body string) answer {
	p.t.Helper()
	a, err := p.try(method, path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

// signIn fetches a token for the calls that need one.
func (p *platform) signIn() {
	p.t.Helper()
	a := p.ask("GET", "/cgi-bin/token?grant_type=client_credential&appid="+appID+"&secret="+secret, "")
	access, ok := a.doc["access_token"].(string)
	if !ok {
		p.t.Fatalf("no token: %s", a.text)
	}
	p.access = access
}

// call asks with the token.
func (p *platform) call(method, path, body string) answer {
	p.t.Helper()
	return p.ask(method, p.tokened(path), body)
}

func (p *platform) tokened(path string) string {
	if p.access == "" {
		p.signIn()
	}
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	return path + join + "access_token=" + p.access
}

// member is a new user who follows; the callback of it is forgotten.
func (p *platform) member() *sandbox.Follower {
	p.t.Helper()
	f := p.Add()
	if _, err := f.Follow(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.account.mu.Lock()
	p.account.got = nil
	p.account.mu.Unlock()
	return f
}

// card is the body of a template send.
func card(openid, id, text string) string {
	return fmt.Sprintf(`{"touser":%q,"template_id":%q,"url":"https://h/m","client_msg_id":%q,"data":{"thing1":{"value":"鸿雁"},"thing2":{"value":%q}}}`,
		openid, sandbox.DefaultTemplate, id, text)
}

const sendPath = "/cgi-bin/message/template/send"

func (p *platform) send(openid, id, text string) answer {
	p.t.Helper()
	return p.call("POST", sendPath, card(openid, id, text))
}

// control calls the control API through Handler.
func (p *platform) control(method, path, body string) (int, string) {
	p.t.Helper()
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, httptest.NewRequest(method, "/sandbox/api"+path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func wantCode(t testing.TB, a answer, want int) {
	t.Helper()
	if a.code != want {
		t.Fatalf("errcode %d, want %d: %s", a.code, want, a.text)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
