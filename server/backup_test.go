package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// backedUpWorld is a server under load whose database is copied all the time.
type backedUpWorld struct {
	*world
	dir string // of the copies

	stop atomic.Bool
	gate sync.RWMutex // held while a copy is audited
	load sync.WaitGroup
	mu   sync.Mutex
	all  []receipt // acknowledged
	said []string  // texts to the app that were answered
}

// TestF47_EveryCopyMadeUnderLoadIsWholeAndStarts copies the database again and
// again while senders send, people follow and talk and callbacks go out. Every
// copy is opened as the server would open it and audited; the last one is
// restored, and a server goes on with it.
func TestF47_EveryCopyMadeUnderLoadIsWholeAndStarts(t *testing.T) {
	b := &backedUpWorld{world: startWorld(t), dir: t.TempDir()}
	b.begin()
	copies := 12
	if long() {
		copies = 500
	}
	var last string
	var promised []receipt
	for n := range copies {
		acked, said := b.more(len(promised)+5, n/2)
		path := filepath.Join(b.dir, fmt.Sprintf("copy %d.db", n))
		if n%4 == 0 {
			b.backupByCommand(path)
		} else {
			b.backupBeside(path)
		}
		last, promised = path+".kept", acked // the audit opens the copy, which writes to it
		b.gate.Lock()                        // else the store grows faster than it can be audited
		copyAs(t, path, last)
		auditCopy(t, path, acked, said)
		b.gate.Unlock()
	}
	b.stop.Store(true)
	b.load.Wait()
	t.Logf("%d copies beside %d receipts and %d texts", copies, len(b.all), len(b.said))
	b.process.stop(t)
	goOnWith(t, last, promised)
}

// more waits for so many receipts and texts, so that no copy is of an idle
// server, and returns them.
func (b *backedUpWorld) more(receipts, texts int) (acked []receipt, said []string) {
	b.t.Helper()
	b.eventually("more of the load", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		acked, said = b.all, b.said
		return len(acked) >= receipts && len(said) >= texts
	})
	return acked, said
}

// begin starts the load.
func (b *backedUpWorld) begin() {
	var tray struct {
		Codes []struct {
			Scene string `json:"scene"`
		} `json:"codes"`
	}
	b.get("/sandbox/api/codes", &tray)
	if len(tray.Codes) < 2 {
		b.t.Fatalf("the tray has %d codes", len(tray.Codes))
	}
	for sender := range 3 {
		b.load.Go(func() { b.sendOn(sender) })
	}
	b.load.Go(func() {
		for n := 0; !b.stop.Load(); n++ {
			b.gate.RLock()
			one := b.newFollower()
			for _, code := range tray.Codes { // app and topic
				one.scan(code.Scene)
			}
			text := fmt.Sprintf("第 %d 次备份", n)
			if one.say("#97 "+text).Shown == "reply" {
				b.mu.Lock()
				b.said = append(b.said[:len(b.said):len(b.said)], text)
				b.mu.Unlock()
			}
			b.gate.RUnlock()
		}
	})
}

func (b *backedUpWorld) sendOn(sender int) {
	for n := 0; !b.stop.Load(); n++ {
		b.gate.RLock()
		b.sendOne(sender, n)
		b.gate.RUnlock()
	}
}

func (b *backedUpWorld) sendOne(sender, n int) {
	body := map[string]any{"appToken": b.file.AppToken, "content": fmt.Sprintf("备份 %d-%d", sender, n)}
	if sender == 0 && n%5 == 0 {
		body["topicIds"] = []int64{b.file.TopicID}
	} else {
		body["uids"] = []string{b.file.UID}
	}
	raw, _ := json.Marshal(body)
	resp, err := http.Post(b.base+"/api/send/message", "application/json", strings.NewReader(string(raw)))
	if err != nil {
		b.stop.Store(true)
		b.t.Error(err)
		return
	}
	var answer struct {
		Success bool      `json:"success"`
		Data    []receipt `json:"data"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	resp.Body.Close()
	if err != nil || !answer.Success {
		b.stop.Store(true)
		b.t.Errorf("a send beside a backup: %v %+v", err, answer)
		return
	}
	b.mu.Lock()
	b.all = append(b.all[:len(b.all):len(b.all)], answer.Data...)
	b.mu.Unlock()
}

func (b *backedUpWorld) backupByCommand(path string) {
	b.t.Helper()
	if out, ok := runBinary(b.t, append([]string{"backup", path}, b.stores...)...); !ok || !strings.Contains(out, "checked: belongs to sandbox") {
		b.t.Fatalf("backup: %s", out)
	}
}

func (b *backedUpWorld) backupBeside(path string) {
	b.t.Helper()
	db, err := store.OpenBeside(b.t.Context(), filepath.Join(b.stores[1], "hongyan.db"), store.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	if _, err := backupTo(b.t.Context(), db, path, nil); err != nil {
		b.t.Fatal(err)
	}
}

func copyAs(t *testing.T, from, to string) {
	t.Helper()
	if _, err := copyFile(from, to); err != nil {
		t.Fatal(err)
	}
}

// halves are what no moment of the database may show: a row without those that
// were written with it.
var halves = map[string]string{
	"a record counts other deliveries than it has": `SELECT COUNT(*) FROM record r WHERE
		r.total <> (SELECT COUNT(*) FROM delivery d WHERE d.message_id = r.message_id AND d.record_id = r.id) OR
		r.confirmed <> (SELECT COUNT(*) FROM delivery d WHERE d.message_id = r.message_id AND d.record_id = r.id AND d.state = 3) OR
		r.failed <> (SELECT COUNT(*) FROM delivery d WHERE d.message_id = r.message_id AND d.record_id = r.id AND d.state = 4)`,
	"a record of a user has no delivery": `SELECT COUNT(*) FROM record r WHERE r.user_id > 0 AND NOT EXISTS
		(SELECT 1 FROM delivery d WHERE d.message_id = r.message_id AND d.user_id = r.user_id)`,
	"a delivery has no record":                       `SELECT COUNT(*) FROM delivery WHERE record_id NOT IN (SELECT id FROM record)`,
	"a delivery has no user":                         `SELECT COUNT(*) FROM delivery WHERE user_id NOT IN (SELECT id FROM users)`,
	"a message has no content":                       `SELECT COUNT(*) FROM message WHERE id NOT IN (SELECT message_id FROM content)`,
	"a message has no record":                        `SELECT COUNT(*) FROM message WHERE id NOT IN (SELECT message_id FROM record)`,
	"a record has no message":                        `SELECT COUNT(*) FROM record WHERE message_id NOT IN (SELECT id FROM message)`,
	"a delivery ended in failure without a reason":   `SELECT COUNT(*) FROM delivery WHERE state > 3 AND reason = ''`,
	"a follower of the app of whom nobody was told":  `SELECT COUNT(*) FROM subscription s WHERE kind = 0 AND target = 97 AND user_id NOT IN (SELECT user_id FROM callback WHERE action = 'app_subscribe')`,
	"a callback about somebody who does not follow":  `SELECT COUNT(*) FROM callback WHERE user_id NOT IN (SELECT user_id FROM subscription WHERE kind = 0 AND target = 97)`,
	"a command without the event that brought it":    `SELECT COUNT(*) FROM callback WHERE action = 'send_up_cmd' AND event_key NOT IN (SELECT event_key FROM inbound_event)`,
	"a delivered callback without a kept attempt":    `SELECT COUNT(*) FROM callback WHERE state = 3 AND id NOT IN (SELECT callback_id FROM callback_attempt)`,
	"a record of a topic that counts nobody is done": `SELECT COUNT(*) FROM record WHERE topic_id > 0 AND fan_after < 0 AND total + skipped = 0`,
}

// auditCopy opens the copy as the server would, and looks for what is missing
// of what was acknowledged before the copy was begun.
func auditCopy(t *testing.T, path string, acked []receipt, said []string) {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Errorf("%s: %v", filepath.Base(path), err)
		return
	}
	defer db.Close()
	service, err := push.New(t.Context(), db, push.Options{Account: "sandbox"})
	if err != nil {
		t.Errorf("%s: %v", filepath.Base(path), err)
		return
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("%s: %v", filepath.Base(path), err)
	}
	records := map[int64]bool{}
	err = db.View(t.Context(), func(tx *store.Tx) error {
		for what, query := range halves {
			var n int
			if err := tx.QueryRow(query).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				t.Errorf("%s: %s (%d)", filepath.Base(path), what, n)
			}
		}
		for _, text := range said {
			var n int
			if err := tx.QueryRow(`SELECT COUNT(*) FROM callback WHERE action = 'send_up_cmd' AND body LIKE $1`, `%"content":"`+text+`"%`).Scan(&n); err != nil {
				return err
			}
			if n != 1 {
				t.Errorf("%s: %d callbacks for 「%s」, which was answered before", filepath.Base(path), n, text)
			}
		}
		_, err := store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
			var id int64
			err = r.Scan(&id)
			records[service.PublicRecord(id)] = true
			return none, err
		}, `SELECT id FROM record`)
		return err
	})
	if err != nil {
		t.Errorf("%s: %v", filepath.Base(path), err)
	}
	missing := 0
	for _, one := range acked {
		if !records[one.RecordID] {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%s: %d of %d records are missing that were acknowledged before it was begun", filepath.Base(path), missing, len(acked))
	}
}

// goOnWith restores the copy into a new data folder and starts a server there.
func goOnWith(t *testing.T, path string, promised []receipt) {
	t.Helper()
	data := t.TempDir()
	if out, ok := runBinary(t, "restore", path, "--data", data); !ok {
		t.Fatalf("restore: %s", out)
	}
	w := startWorldIn(t, data, freeAddress(t))
	for _, one := range []receipt{promised[0], promised[len(promised)-1]} {
		w.status(one.RecordID) // fails the test if the record is unknown
	}
	demo := &follower{w: w, openid: w.file.OpenID}
	sent := w.send(map[string]any{"content": "恢复之后", "uids": []string{w.file.UID}})
	w.eventually("a card after the restore", func() bool {
		code, _ := w.status(sent[0].RecordID)
		return code == push.StatusSent && len(demo.cards()) > 0
	})
	if got := demo.say("#97 重启服务器"); got.Shown != "reply" {
		t.Errorf("said after the restore: %+v", got)
	}
}

func TestBackup_KeepsTheNewestOfItsOwn(t *testing.T) {
	w := startWorld(t)
	w.process.stop(t) // a backup needs no server
	folder := filepath.Join(w.stores[1], "backups")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{
		"hongyan-20250101-000000.db", "hongyan-20250102-000000.db", "hongyan-20250103-000000.db", // its own
		"hongyan-20250101-000000.db.123.part", "hongyan-20250101-000001.db.124.part", // of processes that died, and of one at work
		"hongyan-2025.db", "before the upgrade.db", "hongyan-20250101-000000.db.bad",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(folder, "hongyan-20250101-000000.db.123.part"), old, old); err != nil {
		t.Fatal(err)
	}
	out, ok := runBinary(t, append([]string{"backup", "--keep", "2", "--json"}, w.stores...)...)
	var made struct {
		File    string `json:"file"`
		Bytes   int64  `json:"bytes"`
		Account string `json:"account"`
		Schema  int64  `json:"schema"`
	}
	if err := json.Unmarshal([]byte(out), &made); !ok || err != nil || made.Bytes == 0 || made.Account != "sandbox" || made.Schema == 0 {
		t.Fatalf("%v %+v in %s", err, made, out)
	}
	want := []string{
		"before the upgrade.db", "hongyan-2025.db", "hongyan-20250101-000000.db.bad", "hongyan-20250101-000001.db.124.part",
		"hongyan-20250103-000000.db", filepath.Base(made.File),
	}
	if got := filesIn(t, folder); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the folder holds\n%q, want\n%q", got, want)
	}
}

func filesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range entries {
		names = append(names, one.Name())
	}
	return names
}

func TestBackup_SaysWhatIsWrong(t *testing.T) {
	w := startWorld(t)
	w.process.stop(t)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.db")
	if err := os.WriteFile(taken, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := t.TempDir()
	if out, ok := runBinary(t, "migrate", "--data", fresh); !ok {
		t.Fatal(out)
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a name that is taken":       {append([]string{taken}, w.stores...), "file already exists"},
		"no such folder":             {append([]string{filepath.Join(dir, "none", "x.db")}, w.stores...), "no such file"},
		"no database there":          {[]string{"--data", dir}, "--data or --database"},
		"no server started there":    {[]string{"--data", fresh}, push.ErrNotOurs.Error()},
		"keep for a file":            {append([]string{filepath.Join(dir, "x.db"), "--keep", "2"}, w.stores...), "--keep"},
		"a negative number":          {append([]string{"--keep=-1"}, w.stores...), "--keep"},
		"PostgreSQL has its own way": {[]string{"--database", "postgres://hy:geheim@db.example:5433/push?sslmode=disable"}, "pg_dump --host=db.example --port=5433 --username=hy --format=custom --file=hongyan.dump push"},
	} {
		t.Run(name, func(t *testing.T) {
			out, ok := runBinary(t, append([]string{"backup"}, c.args...)...)
			if ok || !strings.Contains(out, c.says) || strings.Contains(out, "geheim") {
				t.Errorf("ok %v, said %s; want %q", ok, out, c.says)
			}
		})
	}
	if got := filesIn(t, dir); strings.Join(got, " ") != "taken.db" {
		t.Errorf("left behind: %q", got)
	}
}
