package api_test

import (
	"os"
	"strings"
	"testing"

	"hongyan/store/storetest"
)

// FuzzSend throws bodies at the send route. Whatever comes, the answer is an
// envelope with HTTP 200 that blames the caller, never the server.
func FuzzSend(f *testing.F) {
	w := newWorld(f, storetest.SQLite(f))
	fill := strings.NewReplacer("TOKEN", w.token, "UID", string(w.uids[0]))
	f.Fuzz(func(t *testing.T, body string) {
		a := w.ask(t, "POST", "/api/send/message", "application/json", fill.Replace(body))
		if a.Code != 1000 && a.Code != 1001 {
			t.Errorf("answered %d %s", a.Code, a.Msg)
		}
		if a.Msg == "" {
			t.Error("the answer says nothing")
		}
	})
}

// TestFuzzSend_HasItsCorpus: go test runs the inputs of testdata/fuzz, of
// which there have to be some.
func TestFuzzSend_HasItsCorpus(t *testing.T) {
	files, err := os.ReadDir("testdata/fuzz/FuzzSend")
	if err != nil || len(files) < 200 {
		t.Errorf("%d inputs, %v", len(files), err)
	}
}
