package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestStory_FollowerScansPushArrivesCommandAnswers is the main job from one
// end to the other, over HTTP against the built binary.
func TestStory_FollowerScansPushArrivesCommandAnswers(t *testing.T) {
	w := startWorld(t)
	ming := w.newFollower()

	// The developer makes a code that carries extra; the follower scans it.
	var code struct {
		Data struct {
			Code  string `json:"code"`
			URL   string `json:"url"`
			Extra string `json:"extra"`
		} `json:"data"`
	}
	w.post("/api/fun/create/qrcode", map[string]any{"appToken": w.file.AppToken, "extra": "订单 7 & <8>"}, &code)
	var notYet envelope
	w.get("/api/fun/scan-qrcode-uid?code="+code.Data.Code, &notYet)
	if notYet.Code != 1001 || notYet.Msg != "暂无用户扫描二维码" {
		t.Errorf("before the scan: %d %q", notYet.Code, notYet.Msg)
	}
	picture, err := http.Get(code.Data.URL)
	if err != nil {
		t.Fatal(err)
	}
	picture.Body.Close()
	if got := picture.Header.Get("Content-Type"); got != "image/jpeg" || !strings.Contains(code.Data.URL, ".jpg") {
		t.Errorf("code image %s has type %q", code.Data.URL, got)
	}
	greeting := ming.scan(code.Data.Code)
	if greeting.Shown != "reply" || !strings.Contains(greeting.Reply, demoName) {
		t.Errorf("the scan showed %+v, want the greeting of %s", greeting, demoName)
	}
	w.eventually("app_subscribe with the extra", func() bool {
		return contains(w.callbacks(), `"action":"app_subscribe"`, `"extra":"订单 7 & <8>"`, `"source":"scan"`)
	})

	// The poller now learns the UID.
	var scanned struct {
		Data string `json:"data"`
	}
	w.get("/api/fun/scan-qrcode-uid?code="+code.Data.Code, &scanned)
	if !strings.HasPrefix(scanned.Data, "UID_") {
		t.Fatalf("scan-qrcode-uid answered %q", scanned.Data)
	}

	// The developer pushes; a card appears and WeChat's report confirms it.
	got := w.send(map[string]any{
		"content": "# 你好\n**鸿雁** <script>alert(1)</script>", "contentType": 3, "summary": "你好，鸿雁", "uids": []string{scanned.Data},
	})
	if len(got) != 1 || got[0].Code != 1000 || got[0].Status != "创建发送任务成功" || got[0].UID != scanned.Data {
		t.Fatalf("send answered %+v", got)
	}
	w.eventually("a card on the phone", func() bool { return len(ming.cards()) == 1 })
	w.eventually("status 2", func() bool { code, _ := w.status(got[0].RecordID); return code == 2 })
	if _, text := w.status(got[0].RecordID); text != "发送成功" {
		t.Errorf("status text %q", text)
	}

	// Tapping the card opens the page behind the message.
	card := ming.cards()[0]
	var html string
	w.get(strings.TrimPrefix(card.URL, w.base), &html)
	if !strings.Contains(html, `<main class="article-content">`) || !strings.Contains(html, "<strong>鸿雁</strong>") {
		t.Errorf("the message page lacks the content:\n%s", html)
	}
	if strings.Contains(html, "alert(1)</script>") {
		t.Error("the message page carries the sender's script")
	}

	// The follower commands; the developer's reply stands in the chat.
	answer := ming.say("#97 重启服务器")
	if answer.Shown != "reply" || answer.Reply != "已收到，正在重启服务器" {
		t.Errorf("the command showed %+v", answer)
	}
	w.eventually("send_up_cmd", func() bool {
		return contains(w.callbacks(), `"action":"send_up_cmd"`, `"content":"重启服务器"`, scanned.Data)
	})
}

// TestStory_CurlLineTwiceWithinASecondGivesTwoCards: WeChat refuses identical
// cards within 60 s, so a card must not be identical to the one before.
func TestStory_CurlLineTwiceWithinASecondGivesTwoCards(t *testing.T) {
	w := startWorld(t, "--profile", "real")
	demo := &follower{w: w, openid: w.file.OpenID}
	for range 2 {
		w.send(map[string]any{"content": "你好，鸿雁", "uids": []string{w.file.UID}})
	}
	w.eventually("two cards", func() bool { return len(demo.cards()) == 2 })
}

// TestStory_TopicAndUIDGiveOnePersonOneCard: whoever is addressed twice gets
// one card, and the topic's record counts the people.
func TestStory_TopicAndUIDGiveOnePersonOneCard(t *testing.T) {
	w := startWorld(t)
	got := w.send(map[string]any{
		"content": "维护通知", "uids": []string{w.file.UID, w.file.UID, "UID_nobody"}, "topicIds": []int64{w.file.TopicID, 9999},
	})
	var texts []string
	for _, one := range got {
		texts = append(texts, one.Status)
	}
	want := []string{"创建发送任务成功", "用户UID=[UID_nobody]不存在", "创建发送任务成功"}
	if len(texts) != 4 || strings.Join(texts[:3], "|") != strings.Join(want, "|") || got[3].Code != 1001 {
		t.Fatalf("receipts %q", texts)
	}
	w.eventually("the topic's record ends", func() bool { code, _ := w.status(got[0].RecordID); return code == 2 })
	demo := &follower{w: w, openid: w.file.OpenID}
	if n := len(demo.cards()); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
}

// TestStop_DrainsWithinTenSeconds: SIGTERM loses nothing that was accepted and
// shows nothing twice.
func TestStop_DrainsWithinTenSeconds(t *testing.T) {
	const sends = 50
	data, address := t.TempDir(), freeAddress(t)
	w := startWorldIn(t, data, address)
	var records []int64
	for range sends {
		records = append(records, w.send(map[string]any{"content": "再见", "uids": []string{w.file.UID}})[0].RecordID)
	}
	if took := w.stop(t); took > drainWithin {
		t.Errorf("stopping took %s", took)
	}
	again := startWorldIn(t, data, address)
	for _, record := range records {
		again.eventually("every accepted send reaches WeChat", func() bool {
			code, text := again.status(record)
			return code == 2 || strings.HasPrefix(text, "已交给微信")
		})
	}
	demo := &follower{w: again, openid: again.file.OpenID}
	again.eventually("as many cards as sends", func() bool { return len(demo.cards()) == sends })
}
