package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// TestResume_GoesOnBeforeMidnight after 45009, once the quota was cleared.
func TestResume_GoesOnBeforeMidnight(t *testing.T) {
	w := startWorld(t)
	pool, err := sql.Open("sqlite", filepath.Join(w.stores[1], "hongyan.db")+"?_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	w.post("/sandbox/api/faults", map[string]any{"path": "/cgi-bin/message/template/send", "errcode": 45009, "times": 1}, nil)
	record := w.send(map[string]any{"content": "额度用完了", "uids": []string{w.file.UID}})[0].RecordID
	w.eventually("a pause", func() bool {
		var reason string
		return pool.QueryRow(`SELECT pause_reason FROM account WHERE paused_until > 0`).Scan(&reason) == nil && strings.Contains(reason, "45009")
	})
	if out, ok := runBinary(t, append([]string{"resume"}, w.stores...)...); !ok || !strings.Contains(out, "goes on") {
		t.Fatalf("resume: %v, %s", ok, out)
	}
	w.eventually("the card", func() bool { code, _ := w.status(record); return code == 2 })
}
