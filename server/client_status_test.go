package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestStatus_TellsWhatBecameOfAMessage(t *testing.T) {
	w := startWorld(t)
	s := newPrompt(t, w)
	uid := w.blockedFollower()
	var sent, simple sentJSON
	s.json(&sent, "send", "磁盘将满", "--uid", w.file.UID+","+uid, "--wait")
	var fate struct {
		ID         int64          `json:"id"`
		Counts     map[string]any `json:"counts"`
		Recipients []struct {
			UID string `json:"uid"`
		} `json:"failedRecipients"`
	}
	for _, id := range []int64{sent.Message, sent.Receipts[0].Record} {
		a := s.json(&fate, "status", fmt.Sprint(id))
		if a.code != 3 || fate.ID != sent.Message || len(fate.Recipients) != 1 || fate.Recipients[0].UID != uid {
			t.Errorf("status of %d: %d %+v", id, a.code, fate)
		}
	}
	a := s.run("status", fmt.Sprint(sent.Message), "--watch")
	if a.code != 3 || !strings.Contains(a.out, "1 of 2 confirmed, 1 failed") {
		t.Errorf("watched: %d %s", a.code, a.out)
	}
	a = s.run("status", fmt.Sprint(sent.Message))
	for _, part := range []string{"磁盘将满", uid, "→"} {
		if !strings.Contains(a.out, part) {
			t.Errorf("it does not say %q: %s", part, a.out)
		}
	}
	s.json(&simple, "send", "极简", "--spt", w.file.SPT, "--wait")
	if a := s.run("status", fmt.Sprint(simple.Receipts[0].Record)); a.code != 0 || !strings.Contains(a.out, "发送成功") {
		t.Errorf("status of a simple push: %d %s%s", a.code, a.out, a.err)
	}
}

func TestStatus_WatchesUntilNothingIsOpen(t *testing.T) {
	w := startWorld(t)
	s := newPrompt(t, w)
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "latencyMs": 3000}, nil)
	var sent sentJSON
	s.json(&sent, "send", "慢慢来")
	a := s.run("status", "--watch", "--every", "200ms")
	lines := strings.Split(strings.TrimSpace(a.out), "\n")
	if a.code != 0 || len(lines) != 2 || !strings.Contains(lines[0], "1 of the last 1 messages open") || !strings.Contains(lines[1], "0 of the last 1 messages open") {
		t.Errorf("ended with %d after %q, want one line while it is open and one when it is not", a.code, lines)
	}
}

func TestStatus_OfTheServer(t *testing.T) {
	w := startWorld(t)
	s := newPrompt(t, w)
	var o struct {
		Ready     bool `json:"ready"`
		App       *struct{ ID int64 }
		Endpoint  *struct{ URL string }
		Callbacks *struct{ Waiting, Failed int64 }
	}
	if a := s.json(&o, "status"); a.code != 0 || !o.Ready || o.App.ID != 97 || o.Callbacks.Waiting != 0 || !strings.HasSuffix(o.Endpoint.URL, "/demo/callback") {
		t.Errorf("%d %+v", a.code, o)
	}
	stranger := newPrompt(t, nil)
	if a := stranger.run("status", "--server", w.base); a.code != 0 || !strings.Contains(a.out, "ready") || !strings.Contains(a.out, "HONGYAN_TOKEN") {
		t.Errorf("without a token: %d %s%s", a.code, a.out, a.err)
	}
	w.process.stop(t)
	if a := s.run("status"); a.code != 1 || !strings.Contains(a.err, "is the server running") {
		t.Errorf("of a stopped server: %d %s", a.code, a.err)
	}
}

// TestCLI_OnATerminal: colour and drawing over belong to a person who looks,
// and NO_COLOR takes the colour away.
func TestCLI_OnATerminal(t *testing.T) {
	if _, err := exec.LookPath("script"); err != nil {
		t.Skip("script, which makes a terminal, is not installed")
	}
	w := startWorld(t)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "latencyMs": 3000}, nil)
	w.send(map[string]any{"content": "看着", "uids": []string{w.file.UID}})
	for _, c := range []struct {
		env            string
		colour, redraw bool
	}{{"", true, true}, {"NO_COLOR=1", false, true}, {"TERM=dumb", false, false}} {
		cmd := exec.Command("script", "-qec", path+" status --watch --every 200ms", os.DevNull)
		cmd.Env = append(os.Environ(), "HONGYAN_DATA="+w.stores[1], "TERM=xterm", c.env)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := bytes.Contains(out, []byte("\x1b[32m")); got != c.colour {
			t.Errorf("with %q colour %v, want %v: %q", c.env, got, c.colour, out)
		}
		if got := bytes.Contains(out, []byte("A\x1b[J")); got != c.redraw && c.env == "" {
			t.Errorf("with %q drawn over %v, want %v: %q", c.env, got, c.redraw, out)
		}
	}
}
