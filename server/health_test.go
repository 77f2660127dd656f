package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// sample is one line of /metrics.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

var (
	sampleLine = regexp.MustCompile(`^([a-z_]+)(?:\{(.*)\})? (\S+)$`)
	sampleName = regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)
)

// scrape reads /metrics, which has to be what Prometheus takes.
func (w *world) scrape() (samples []sample) {
	w.t.Helper()
	var text string
	w.get("/metrics", &text)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		w.t.Fatalf("/metrics does not parse: %v", err)
	}
	for _, p := range problems {
		w.t.Errorf("/metrics: %s: %s", p.Metric, p.Text)
	}
	for line := range strings.Lines(text) {
		parts := sampleLine.FindStringSubmatch(strings.TrimSpace(line))
		if parts == nil {
			continue
		}
		one := sample{name: parts[1], labels: map[string]string{}}
		one.value, _ = strconv.ParseFloat(parts[3], 64)
		for _, label := range sampleName.FindAllStringSubmatch(parts[2], -1) {
			one.labels[label[1]] = label[2]
		}
		samples = append(samples, one)
	}
	return samples
}

// metric is the sum of the samples of that name with these labels (name, value,
// name, value, …).
func (w *world) metric(name string, labels ...string) (sum float64) {
	w.t.Helper()
samples:
	for _, one := range w.scrape() {
		for i := 0; i < len(labels); i += 2 {
			if one.labels[labels[i]] != labels[i+1] {
				continue samples
			}
		}
		if one.name == name {
			sum += one.value
		}
	}
	return sum
}

// knownLabels are all the values our labels may have; a number stands for any.
var knownLabels = map[string]string{
	"face":    "api page wechat",
	"code":    "200 302 304 400 403 404 405 500 503",
	"kind":    "subscribe unsubscribe scan click text finish other",
	"outcome": "ok failed",
	"what":    "limit left",
}

func TestMetrics_ParseAndHaveBoundedLabels(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	ming := w.newFollower()
	for i, text := range []string{"#97 重启", "我的UID", "随便说说", "<xml>\x01"} {
		ming.do("follow", nil)
		ming.say(text)
		w.get(fmt.Sprintf("/api/%d/%s?x=1", i, "nowhere"), nil)
		resp, err := http.Get(w.base + fmt.Sprintf("/api/message/%d", i))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "errcode": 987654, "times": 1}, nil)
	w.send(map[string]any{"content": "你好", "uids": []string{w.file.UID}})
	w.eventually("a call with an unknown code", func() bool {
		return w.metric("hongyan_wechat_call_seconds_count", "errcode", "other") == 1
	})
	for _, one := range w.scrape() {
		if !strings.HasPrefix(one.name, "hongyan_") {
			continue
		}
		for label, value := range one.labels {
			checkLabel(t, one.name, label, value)
		}
	}
	if w.metric("hongyan_event_seconds_count", "kind", "text", "outcome", "ok") < 4 {
		t.Error("the events were not counted")
	}
}

func checkLabel(t *testing.T, metric, label, value string) {
	t.Helper()
	switch label {
	case "le":
	case "errcode":
		if _, err := strconv.Atoi(value); err != nil && value != "other" && value != "network" {
			t.Errorf("%s: errcode %q", metric, value)
		}
	case "path":
		if !strings.HasPrefix(value, "/cgi-bin/") && !strings.HasPrefix(value, "/sns/") || strings.ContainsAny(value, "?=") {
			t.Errorf("%s: path %q", metric, value)
		}
	default:
		if !containsWord(knownLabels[label], value) {
			t.Errorf("%s: label %s has the value %q", metric, label, value)
		}
	}
}

func containsWord(words, one string) bool {
	for word := range strings.FieldsSeq(words) {
		if word == one {
			return true
		}
	}
	return false
}

func TestHealth_ReadyOnlyWhileTheDatabaseAnswers(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		var got string
		if w.get(path, &got); got != want {
			t.Errorf("%s answers %q", path, got)
		}
	}
}

// TestLock_ASecondServerOnOneSQLiteFolderIsRefused, and the folder is free
// again the moment its server is shot.
func TestLock_ASecondServerOnOneSQLiteFolderIsRefused(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	w := startWorldIn(t, data, freeAddress(t))
	for _, command := range [][]string{{"serve", "--listen", freeAddress(t)}, {"migrate"}} {
		said, ok := runBinary(t, append(command, "--data", data)...)
		if ok || !strings.Contains(said, "in use by another server") || !strings.Contains(said, strconv.Itoa(w.cmd.Process.Pid)) || !strings.Contains(said, "--data") {
			t.Errorf("%q said, ok %v:\n%s", command, ok, said)
		}
	}
	w.kill()
	startWorldIn(t, data, freeAddress(t))
}

// TestStop_HangingWeChatAndDeveloperDoNotHoldIt: SIGTERM while a card and a
// callback get no answer, and an open stream of the phone page.
func TestStop_HangingWeChatAndDeveloperDoNotHoldIt(t *testing.T) {
	t.Parallel()
	hang := newDeveloper(t, func(http.ResponseWriter, *http.Request) { <-t.Context().Done() })
	w := startWorld(t, "--callback.allow", hang.host)
	app := hang.app(t, w)
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "hang": true}, nil)
	w.send(map[string]any{"content": "你好", "uids": []string{w.file.UID}})
	demo := &follower{w: w, openid: w.file.OpenID}
	demo.say(fmt.Sprintf("#%d", app.id))
	answered := make(chan reply, 1)
	go func() {
		resp, err := http.Post(w.base+"/sandbox/api/followers/"+demo.openid+"/say", "application/json",
			strings.NewReader(fmt.Sprintf(`{"text":"#%d 停"}`, app.id)))
		if err == nil {
			resp.Body.Close()
		}
		answered <- reply{}
	}()
	hang.wait(t, 1)
	if took := w.stop(t); took > drainWithin {
		t.Errorf("stopping took %s:\n%s", took, w.said())
	} else {
		t.Logf("stopped in %s", took)
	}
	<-answered
	if !w.cmd.ProcessState.Success() {
		t.Errorf("the server ended with %s:\n%s", w.cmd.ProcessState, w.said())
	}
}

// TestI14_RestartIsReadyInTwoSecondsOnALargeStore fills the store with
// messages and their deliveries, of which some are due.
func TestI14_RestartIsReadyInTwoSecondsOnALargeStore(t *testing.T) {
	const messages, size, due = 2_000, 50_000, 20
	data, address := t.TempDir(), freeAddress(t)
	w := startWorldIn(t, data, address)
	uid, token := w.file.UID, w.file.AppToken
	w.stop(t)
	fill(t, filepath.Join(data, "hongyan.db"), messages, size)
	w = startWorldIn(t, data, address, "--push.hold")
	for range due {
		w.send(map[string]any{"appToken": token, "content": "等着", "uids": []string{uid}})
	}
	w.kill()
	info, err := os.Stat(filepath.Join(data, "hongyan.db"))
	if err != nil || info.Size() < messages*size*9/10 {
		t.Fatalf("the store is too small: %v %v", info, err)
	}
	began := time.Now()
	w = startWorldIn(t, data, address)
	took := time.Since(began)
	t.Logf("ready after %s with a store of %d MiB", took, info.Size()>>20)
	if took > 2*time.Second {
		t.Errorf("ready only after %s", took)
	}
	demo := &follower{w: w, openid: w.file.OpenID}
	w.eventually("the due deliveries go out", func() bool { return len(demo.cards()) == due })
}

// fill writes many messages of some size, carelessly: it is only for reading.
func fill(t *testing.T, path string, messages, size int) {
	t.Helper()
	pool, err := sql.Open("sqlite", path+"?_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) `
	for query, arg := range map[string]int64{
		`INSERT INTO message (id, app_id, content_type, summary, url, created_at) SELECT 1000000 + i, 97, 1, '旧', '', $2 FROM n`: time.Now().UnixMilli(),
		`INSERT INTO content (message_id, body) SELECT 1000000 + i, zeroblob($2) FROM n`:                                         int64(size),
	} {
		if _, err := pool.ExecContext(t.Context(), numbers+query, messages, arg); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHealth_SaysWhatReadyzSays while nothing runs, while the server runs, and
// while its database is gone.
func TestHealth_SaysWhatReadyzSays(t *testing.T) {
	address := freeAddress(t)
	if out, ok := runBinary(t, "health", "--listen", address); ok || !strings.Contains(out, "no server answers at http://"+address) {
		t.Errorf("without a server: %v, %s", ok, out)
	}
	w := startWorldIn(t, t.TempDir(), address)
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	for _, listen := range []string{address, "0.0.0.0:" + address[strings.LastIndex(address, ":")+1:]} {
		if out, ok := runBinary(t, "health", "--listen", listen); !ok || out != "ready\n" {
			t.Errorf("%s with a server: %v, %s", listen, ok, out)
		}
	}
	w.stop(t)
	full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "database out of reach", http.StatusServiceUnavailable)
	}))
	defer full.Close()
	if out, ok := runBinary(t, "health", "--listen", full.Listener.Addr().String()); ok || !strings.Contains(out, "not ready: database out of reach") {
		t.Errorf("with a server that is not ready: %v, %s", ok, out)
	}
}
