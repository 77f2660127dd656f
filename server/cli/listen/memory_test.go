package listen

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyan/push/callback"
)

func openTest(t *testing.T, path string) *memory {
	t.Helper()
	m, err := openMemoryAt(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func answered(id string, attempt, status int) *outcome {
	return &outcome{ID: id, Attempt: attempt, Began: time.Now(), Exchange: callback.Exchange{Status: status, Body: []byte("好\xff\n")}}
}

// What was remembered is there after a kill, also behind a line that the kill
// left unfinished, and the listener keeps its name.
func TestMemory_OutlivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hongyan", "listen.log")
	m := openTest(t, path)
	for _, o := range []*outcome{answered("msg_1", 1, 200), answered("msg_2", 1, 200), answered("msg_3", 2, 502)} {
		if err := m.remember(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.forget("msg_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.file.WriteString(`{"outcome":{"id":"msg_4","attem`); err != nil {
		t.Fatal(err)
	}
	if _, err := openMemoryAt(path); err == nil || !strings.Contains(err.Error(), "another hongyan listen") {
		t.Fatalf("opened twice: %v", err)
	}
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
	again := openTest(t, path)
	defer again.close()
	var ids []string
	for _, o := range again.all() {
		ids = append(ids, fmt.Sprintf("%s %d %d %q", o.ID, o.Attempt, o.Exchange.Status, o.Exchange.Body))
	}
	slices.Sort(ids)
	if want := []string{`msg_2 1 200 "好\xff\n"`, `msg_3 2 502 "好\xff\n"`}; !slices.Equal(ids, want) || again.name != m.name || len(again.name) != 16 {
		t.Errorf("remembered %v as %q, want %v as %q", ids, again.name, want, m.name)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestMemory_DoesNotGrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "listen.log")
	m := openTest(t, path)
	defer m.close()
	for i := range 5 * mostLines {
		id := fmt.Sprint("msg_", i)
		if err := m.remember(answered(id, 1, 200)); err != nil {
			t.Fatal(err)
		}
		if i%100 != 0 {
			if err := m.forget(id); err != nil {
				t.Fatal(err)
			}
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(raw), "\n"); lines > mostLines+60 || len(m.all()) != 50 {
		t.Errorf("%d lines for %d outcomes", lines, len(m.all()))
	}
	old := answered("msg_old", 1, 200)
	old.Began = time.Now().Add(-8 * 24 * time.Hour)
	if err := m.remember(old); err != nil {
		t.Fatal(err)
	}
	m.close()
	again := openTest(t, path)
	defer again.close()
	if n := len(again.all()); n != 50 {
		t.Errorf("%d outcomes, want the old one gone", n)
	}
}

// A remembered outcome serves for the callback unless the program is to see it
// again.
func TestMemory_KnowsWhatServesForAClaim(t *testing.T) {
	m := openTest(t, filepath.Join(t.TempDir(), "listen.log"))
	defer m.close()
	for _, o := range []*outcome{answered("msg_ok", 3, 200), answered("msg_502", 3, 502)} {
		if err := m.remember(o); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		what string
		item item
		want bool
	}{
		{"the same attempt", item{ID: "msg_ok", Attempt: 3}, true},
		{"after another listener's attempt", item{ID: "msg_ok", Attempt: 5}, true},
		{"after a replay", item{ID: "msg_ok", Attempt: 5, Before: 4}, false},
		{"replayed earlier", item{ID: "msg_ok", Attempt: 4, Before: 2}, true},
		{"a failure, the same attempt", item{ID: "msg_502", Attempt: 3}, true},
		{"a failure is tried again", item{ID: "msg_502", Attempt: 4}, false},
		{"never seen", item{ID: "msg_new", Attempt: 1}, false},
	} {
		if o, ok := m.of(&c.item); ok != c.want || ok && o.Attempt != c.item.Attempt {
			t.Errorf("%s: %v as attempt %d", c.what, ok, o.Attempt)
		}
	}
}

func FuzzMemory(f *testing.F) {
	f.Add([]byte(`{"listener":"x"}` + "\n" + `{"outcome":{"id":"a"}}` + "\n" + `{"forget":"a"}`))
	f.Add([]byte("\x00\n\n{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "listen.log")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		m := openTest(t, path)
		defer m.close()
		if err := m.remember(answered("msg_1", 1, 200)); err != nil {
			t.Fatal(err)
		}
	})
}
