package sandbox_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"hongyan/oa/sandbox"
)

// saved runs p once so that its state is written as at a shutdown.
func saved(t *testing.T, p *platform) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := p.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// F46: a restart keeps followers, chats, codes, tokens, memory of sends,
// quotas, settings, menu, clock and the reports not sent yet.
func TestState_SurvivesRestart(t *testing.T) {
	dir := t.TempDir()
	in := func(o *sandbox.Options) { frozen(o); o.Dir, o.Profile = dir, "" }
	p := newPlatform(t, in)
	p.set(`{"finishMinMs":60000,"finishMaxMs":60000,"latencyMinMs":0,"latencyMaxMs":0,"saidQuota":7}`)
	f := p.member()
	must[sandbox.Answer](t)(f.Say(t.Context(), "在"))
	first := p.send(f.OpenID, "m1", "一")
	ticket, _, _ := p.qr(`{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"s1"}}}`)
	p.call("POST", "/cgi-bin/menu/create", `{"button":[{"type":"click","name":"我","key":"ME"}]}`)
	p.Advance(time.Minute)
	saved(t, p)

	q := newPlatform(t, in)
	q.access = p.access
	if again := q.send(f.OpenID, "m1", "一"); again.code != 0 || again.msgid != first.msgid {
		t.Errorf("client_msg_id is forgotten: %s", again.text)
	}
	if next := q.send(f.OpenID, "m2", "二"); next.msgid <= first.msgid {
		t.Errorf("msgid %d after %d", next.msgid, first.msgid)
	}
	chat := q.Follower(f.OpenID).Talk()
	if len(chat) != 4 || chat[1].Text != "在" || chat[2].Fields.Value("thing2") != "一" {
		t.Errorf("chat %+v", chat)
	}
	if got := q.call("POST", customPath, customText(f.OpenID, "好")); got.code != 0 {
		t.Errorf("windows are forgotten: %s", got.text)
	}
	must[sandbox.Answer](t)(q.Add().Scan(t.Context(), ticket))
	if got := q.call("GET", "/cgi-bin/menu/get", ""); !strings.Contains(got.text, "ME") {
		t.Errorf("menu %s", got.text)
	}
	if q.Settings().SaidQuota != 7 || !q.Now().Equal(p.Now()) {
		t.Errorf("settings %+v at %s", q.Settings(), q.Now())
	}
	if got := q.call("POST", "/cgi-bin/openapi/quota/get", `{"cgi_path":"`+sendPath+`"}`); !strings.Contains(got.text, `"used":3`) {
		t.Errorf("quota %s", got.text)
	}
	if cards := must[[]sandbox.Card](t)(q.Ledger()); len(cards) != 2 {
		t.Errorf("%d cards in the ledger", len(cards))
	}
	if q.Calls().Pending != 2 {
		t.Errorf("%d reports are due, want 2", q.Calls().Pending)
	}
}

// F1, F2: a sandbox that is killed has every card in its ledger, a torn last
// line hurts nothing, and a repeat after the restart is no second card.
func TestF2_LedgerSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	in := func(o *sandbox.Options) { o.Dir = dir }
	p := newPlatform(t, in)
	f := p.member()
	saved(t, p)
	first := p.send(f.OpenID, "m1", "一")
	path := filepath.Join(dir, "ledger.ndjson")
	file := must[*os.File](t)(os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0))
	_, _ = file.WriteString(`{"openid":"oHalf","client_msg`)
	_ = file.Close()

	q := newPlatform(t, in)
	if again := q.send(f.OpenID, "m1", "一"); again.msgid != first.msgid {
		t.Errorf("repeat answers %s", again.text)
	}
	wantCode(t, q.send(f.OpenID, "m2", "二"), 0)
	cards := must[[]sandbox.Card](t)(q.Ledger())
	if len(cards) != 2 || cards[1].ClientMsgID != "m2" {
		t.Errorf("ledger %+v", cards)
	}
}

// A state file that is not whole is refused by name, not overwritten.
func TestState_BrokenFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sandbox-state.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.New(sandbox.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "sandbox-state.json") {
		t.Errorf("error %v", err)
	}
}

// I13: a hundred thousand followers with cards stay within 200 MB.
func TestI13_ManyFollowersStaySmall(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 100,000 followers")
	}
	p := newPlatform(t, func(o *sandbox.Options) { o.Profile = "bench" })
	before := heap()
	made := p.AddMany(t.Context(), sandbox.Many{Count: 100_000, Follow: true, Silent: true})
	p.signIn()
	link := p.tokened(sendPath)
	for i, openid := range made.OpenIDs {
		for n := range 4 {
			if i%4 != 0 && n > 0 {
				break
			}
			p.ask("POST", link, card(openid, strconv.Itoa(n), "第"+strconv.Itoa(n)))
		}
	}
	if used := heap() - before; used > 200<<20 {
		t.Errorf("100,000 followers use %d MB", used>>20)
	} else {
		t.Logf("100,000 followers with 175,000 cards use %d MB", used>>20)
	}
	if got := len(p.Follower(made.OpenIDs[0]).Chat()); got != 3 {
		t.Errorf("a chat keeps %d entries, want 3", got)
	}
	runtime.KeepAlive(p)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A single follower's chat is bounded too.
func TestChat_KeepsTheLastEntries(t *testing.T) {
	p := newPlatform(t)
	p.set(`{"chatEntries":10}`)
	f := p.member()
	for i := range 30 {
		must[sandbox.Answer](t)(f.Say(t.Context(), strconv.Itoa(i)))
	}
	talk := f.Talk()
	if len(talk) != 10 || talk[9].Text != "29" || talk[0].Text != "20" {
		t.Errorf("%d entries from %q to %q", len(talk), talk[0].Text, talk[len(talk)-1].Text)
	}
}
