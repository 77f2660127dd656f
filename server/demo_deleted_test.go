package main

import "testing"

// TestDemo_DeletedAppComesBackAtAStart: whoever tries the console deletes the
// demo app too.
func TestDemo_DeletedAppComesBackAtAStart(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	w := startWorldIn(t, data, address)
	token := w.file.AppToken
	w.stop(t)
	s, done, err := (&Config{Data: data}).openPush(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteApp(t.Context(), demoApp); err != nil {
		t.Fatal(err)
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
	w = startWorldIn(t, data, address)
	if w.file.AppToken != token {
		t.Error("it came back with another token")
	}
	if got := w.send(map[string]any{"appToken": token, "content": "你好", "uids": []string{w.file.UID}}); got[0].Code != 1000 {
		t.Errorf("its push answered %+v", got)
	}
}
