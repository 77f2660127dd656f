package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// killed is a server that is shot again and again beside a sandbox process
// that outlives it and keeps the ledger of cards.
type killed struct {
	t       *testing.T
	data    string
	address string
	wechat  string // the sandbox's address
	world   *world

	mu    sync.Mutex
	acked []receipt // sends that were answered with success

	cycles, atWork int
}

func newKilled(t *testing.T) *killed {
	t.Helper()
	k := &killed{t: t, data: t.TempDir(), address: freeAddress(t), wechat: freeAddress(t)}
	// bench has no limit of cards for one follower, and still knows a repeated client_msg_id.
	wechat := startProcess(t, "sandbox", "--listen", k.wechat, "--data", t.TempDir(), "--profile", "bench",
		"--log-level", "error", "--callback", "http://"+k.address+"/wechat/callback")
	wechat.waitAnswer(t, "http://"+k.wechat+"/sandbox/api/calls")
	k.start()
	return k
}

func (k *killed) start() {
	k.t.Helper()
	w := &world{t: k.t, base: "http://" + k.address}
	w.process = startProcess(k.t, "--listen", k.address, "--data", k.data, "--sandbox-at", "http://"+k.wechat, "--log-level", "error")
	w.waitReady(k.t, w.base)
	w.file = readSandboxFile(filepath.Join(k.data, "sandbox.json"))
	k.world = w
}

// sandboxWorld speaks to the sandbox process.
func (k *killed) sandboxWorld() *world { return &world{t: k.t, base: "http://" + k.wechat} }

// crowd makes followers of the demo topic.
func (k *killed) crowd(count int) {
	k.t.Helper()
	var tray struct {
		Codes []struct {
			Scene string `json:"scene"`
		} `json:"codes"`
	}
	k.sandboxWorld().get("/sandbox/api/codes", &tray)
	k.sandboxWorld().post("/sandbox/api/followers", map[string]any{"count": count, "follow": true, "scan": tray.Codes[0].Scene}, nil)
}

// fault dials a failure into template sends.
func (k *killed) fault(body map[string]any) {
	k.t.Helper()
	body["path"] = "/cgi-bin/message/template/send"
	k.sandboxWorld().post("/sandbox/api/faults", body, nil)
}

func (k *killed) clearFaults() {
	k.t.Helper()
	r, err := http.NewRequest(http.MethodDelete, "http://"+k.wechat+"/sandbox/api/faults", nil)
	if err != nil {
		k.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	resp.Body.Close()
}

// push sends until the server is gone. Only answers that arrived whole count.
func (k *killed) push(sender int, gone *atomic.Bool) {
	client := &http.Client{Timeout: 5 * time.Second}
	for n := 0; !gone.Load(); n++ {
		body := map[string]any{"appToken": k.world.file.AppToken, "content": fmt.Sprintf("第 %d 轮 %d-%d", k.cycles, sender, n)}
		if sender == 0 && n%8 == 0 {
			body["topicIds"] = []int64{k.world.file.TopicID}
		} else {
			body["uids"] = []string{k.world.file.UID}
		}
		raw, _ := json.Marshal(body)
		resp, err := client.Post(k.world.base+"/api/send/message", "application/json", strings.NewReader(string(raw)))
		if err != nil {
			continue
		}
		var answer struct {
			Success bool      `json:"success"`
			Data    []receipt `json:"data"`
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err != nil || !answer.Success {
			continue
		}
		k.mu.Lock()
		k.acked = append(k.acked, answer.Data...)
		k.mu.Unlock()
	}
}

// cycle starts senders, kills the server after a while and starts it again.
func (k *killed) cycle(after time.Duration) {
	k.t.Helper()
	var gone atomic.Bool
	var work sync.WaitGroup
	before := len(k.acked)
	for sender := range 3 {
		work.Go(func() { k.push(sender, &gone) })
	}
	time.Sleep(after)
	k.mu.Lock()
	busy := len(k.acked) > before
	k.mu.Unlock()
	k.world.kill()
	gone.Store(true)
	work.Wait()
	k.cycles++
	if busy {
		k.atWork++
	}
	k.start()
}

// ledgerLine is one card that reached a phone.
type ledgerLine struct {
	OpenID      string `json:"openid"`
	ClientMsgID string `json:"client_msg_id"`
}

func (k *killed) ledger() map[ledgerLine]int {
	k.t.Helper()
	resp, err := http.Get("http://" + k.wechat + "/sandbox/api/ledger")
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	cards := map[ledgerLine]int{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		var one ledgerLine
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			k.t.Fatalf("ledger: %v in %s", err, lines.Bytes())
		}
		cards[one]++
	}
	return cards
}

// drain lets the server work until no delivery is left to send, stops it and
// returns the handles of the deliveries of each public record id.
func (k *killed) drain() map[int64][]string {
	k.t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; k.start() {
		time.Sleep(2 * time.Second)
		k.world.stop(k.t)
		stored, open := k.stored()
		if open == 0 {
			return stored
		}
		if time.Now().After(end) {
			k.t.Errorf("%d deliveries are still to be sent", open)
			return stored
		}
	}
}

// audit joins what clients were told, what the store holds and what the
// phones show: every acknowledged record has its deliveries, each of them
// reached WeChat, and the ledger has each exactly once.
func (k *killed) audit(followers int) {
	k.t.Helper()
	stored := k.drain()
	cards := map[string]int{}
	for card, n := range k.ledger() {
		cards[card.ClientMsgID] += n
		if n > 1 {
			k.t.Errorf("%d cards for one delivery: %+v", n, card)
		}
	}
	for _, one := range k.acked {
		want := 1
		if one.TopicID != 0 {
			want = followers
		}
		deliveries := stored[one.RecordID]
		if len(deliveries) != want {
			k.t.Errorf("acknowledged record %d has %d deliveries, want %d", one.RecordID, len(deliveries), want)
		}
		for _, handle := range deliveries {
			if cards[handle] != 1 {
				k.t.Errorf("acknowledged record %d: %d cards for delivery %s", one.RecordID, cards[handle], handle)
			}
		}
	}
	k.t.Logf("%d kills, %d with work in flight, %d records acknowledged, %d cards", k.cycles, k.atWork, len(k.acked), len(cards))
}

// stored reads the deliveries and counts those that are still to be sent, and
// the topics that are still to be fanned out.
func (k *killed) stored() (handles map[int64][]string, open int) {
	k.t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, filepath.Join(k.data, "hongyan.db"), store.Options{})
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	service, err := push.New(ctx, db, push.Options{Account: "sandbox"})
	if err != nil {
		k.t.Fatal(err)
	}
	type line struct{ record, message, user, state int64 }
	var lines []line
	err = db.View(ctx, func(tx *store.Tx) (err error) {
		if err := tx.QueryRow(`SELECT COUNT(*) FROM record WHERE fan_after <> -1`).Scan(&open); err != nil {
			return err
		}
		lines, err = store.Collect(tx, func(row *store.Rows) (l line, err error) {
			return l, row.Scan(&l.record, &l.message, &l.user, &l.state)
		}, `SELECT record_id, message_id, user_id, state FROM delivery`)
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	handles = map[int64][]string{}
	for _, l := range lines {
		public := service.PublicRecord(l.record)
		handles[public] = append(handles[public], service.Handle(l.message, push.UserID(l.user)))
		if l.state < 2 {
			open++
		}
	}
	return handles, open
}

// TestF1_KillLoopLosesNoSendAndShowsNoSecondCard kills the server at random
// moments of accepting, fanning out, delivering and settling.
func TestF1_KillLoopLosesNoSendAndShowsNoSecondCard(t *testing.T) {
	const followers = 40 // and the demo follower
	k := newKilled(t)
	k.crowd(followers)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	cycles := 100
	if long() {
		cycles = 2000
	}
	for range cycles {
		k.cycle(time.Duration(20+dice.IntN(180)) * time.Millisecond)
	}
	if k.atWork*10 < k.cycles*7 {
		t.Errorf("only %d of %d kills hit work", k.atWork, k.cycles)
	}
	k.audit(followers + 1)
}

// TestF2_KillBetweenWeChatsAnswerAndOurCommit: WeChat has taken the card and
// its answer is on the way when the server dies.
func TestF2_KillBetweenWeChatsAnswerAndOurCommit(t *testing.T) {
	k := newKilled(t)
	for range 5 {
		k.fault(map[string]any{"delivered": true, "hang": true})
		before := len(k.ledger())
		k.acked = append(k.acked, k.world.send(map[string]any{"content": "窗口", "uids": []string{k.world.file.UID}})...)
		k.world.eventually("WeChat has the card", func() bool { return len(k.ledger()) > before })
		k.world.kill()
		k.cycles, k.atWork = k.cycles+1, k.atWork+1
		k.clearFaults()
		k.start()
	}
	k.audit(1)
}
