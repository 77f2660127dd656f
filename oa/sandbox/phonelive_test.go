package sandbox_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"strings"
	"testing"

	"hongyan/oa/sandbox"
)

// The page asks for little and is strict.
func TestPhone_ShellIsSmallAndStrict(t *testing.T) {
	p := newPlatform(t)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/sandbox/", nil))
	if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'self';") || strings.Contains(got, "unsafe") {
		t.Errorf("policy %q", got)
	}
	if strings.Contains(w.Body.String(), "style=") || strings.Contains(w.Body.String(), "<script>") {
		t.Error("the shell holds what its policy forbids")
	}
	weight := w.Body.Len()
	files, err := os.ReadDir("phone")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if path.Ext(file.Name()) == ".html" {
			continue
		}
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/sandbox/phone/"+file.Name(), nil))
		if w.Code != http.StatusOK || w.Header().Get("ETag") == "" {
			t.Errorf("%s: %d %v", file.Name(), w.Code, w.Header())
		}
		weight += w.Body.Len()
		again := httptest.NewRequest("GET", "/sandbox/phone/"+file.Name(), nil)
		again.Header.Set("If-None-Match", w.Header().Get("ETag"))
		w = httptest.NewRecorder()
		p.Handler().ServeHTTP(w, again)
		if w.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", file.Name(), w.Code)
		}
	}
	if weight > 100<<10 {
		t.Errorf("the page weighs %d bytes", weight)
	}
}

// The stream tells every part once, then only what changes, goes on where a
// page left off, and ends when the server hangs up.
func TestPhone_Stream(t *testing.T) {
	p := newPlatform(t)
	who := p.member()
	server := httptest.NewServer(p.Handler())
	defer server.Close()
	first := p.stream(server.URL+"/sandbox/phone/live?as="+who.OpenID, "")
	var names []string
	for range 6 {
		names = append(names, first.next().name)
	}
	if got, want := strings.Join(names, " "), "people codes menu chat faults clock"; got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
	if e := first.next(); e.name != "log" || e.id != "1" || !strings.Contains(e.data, `"kind":"subscribe"`) {
		t.Errorf("event %+v", e)
	}
	wantCode(t, p.send(who.OpenID, "a", "卡片"), 0)
	seen := map[string]event{}
	for len(seen) < 3 {
		e := first.next()
		seen[e.name+e.id] = e
	}
	if got := seen["chat"].data; !strings.Contains(got, `{"label":"内容","value":"卡片"}`) || !strings.Contains(got, `"msgid":"35`) {
		t.Errorf("chat %s", got)
	}
	if got := seen["log3"].data; !strings.Contains(got, sendPath) || !strings.Contains(got, `"errcode":0`) {
		t.Errorf("log %s", got)
	}
	again := p.stream(server.URL+"/sandbox/phone/live", "2")
	for e := again.next(); e.name != "log"; e = again.next() {
		if e.name == "chat" && !strings.Contains(e.data, `"owner":null`) {
			t.Errorf("nobody's chat %s", e.data)
		}
	}
	p.HangUp()
	p.HangUp()
	if _, err := io.ReadAll(first.body); err != nil {
		t.Errorf("stream ends by %v", err)
	}
}

// An event of a stream.
type event struct{ name, id, data string }

type stream struct {
	t    testing.TB
	body *bufio.Reader
}

// stream opens a page's stream, as one that has the log up to seen.
func (p *platform) stream(url, seen string) *stream {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "GET", url, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", seen)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { w.Body.Close() })
	return &stream{p.t, bufio.NewReader(w.Body)}
}

func (s *stream) next() (e event) {
	s.t.Helper()
	for {
		line, err := s.body.ReadString('\n')
		if err != nil {
			s.t.Fatalf("stream: %v", err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			e.name = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		case "":
			return e
		}
	}
}

// Hints and names come in through the control API, so that a server with a
// sandbox of its own process and one beside it do the same.
func TestPhone_HintsAndNames(t *testing.T) {
	p := newPlatform(t)
	openid := p.do("POST", "/followers", `{"name":"小雁"}`, 200)["openid"].(string)
	if got := p.do("GET", "/followers/"+openid, "", 200)["name"]; got != "小雁" {
		t.Errorf("name %v", got)
	}
	p.do("POST", "/followers/"+openid+"/name", `{"name":"十三个字的名字放不下去了吧吧"}`, 400)
	p.do("POST", "/followers/oNobody/name", `{"name":"谁"}`, 404)
	p.do("POST", "/followers/"+openid+"/name", `{"name":""}`, 200)
	if got := p.do("GET", "/followers/"+openid, "", 200)["name"]; got == "小雁" || got == "" {
		t.Errorf("name %v", got)
	}
	p.do("POST", "/hints", `{"command":"curl 'http://鸿雁'","codes":{"demo":"演示应用"}}`, 200)
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/sandbox/", nil))
	if !strings.Contains(w.Body.String(), "curl &#39;http://鸿雁&#39;") {
		t.Error("the page does not offer the command")
	}
	p.do("POST", "/hints", `[`, 400)
}

// F46: a name outlives a restart.
func TestF46_NameSurvivesRestart(t *testing.T) {
	dir := t.TempDir()
	in := func(o *sandbox.Options) { o.Dir = dir }
	p := newPlatform(t, in)
	f := p.Add()
	if err := f.Rename("小雁"); err != nil {
		t.Fatal(err)
	}
	saved(t, p)
	if got := newPlatform(t, in).do("GET", "/followers/"+f.OpenID, "", 200)["name"]; got != "小雁" {
		t.Errorf("name %v, want 小雁", got)
	}
}
