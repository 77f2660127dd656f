package page_test

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hongyan/push"
)

func TestFollow_ByBothPrintedForms(t *testing.T) {
	eachSite(t, func(s *site) {
		b := s.browser()
		b.stay = true
		for path, want := range map[string]string{
			"/wxuser/?type=1&id=97":              "/follow?id=97&type=1",
			"/app/?type=2&id=1&jump=auto":        "/follow?id=1&jump=auto&type=2",
			"/wxuser/?id=97&next=//evil.example": "/follow?id=97",
		} {
			if status, _, at := b.get(path); status != 303 || at != want {
				t.Errorf("%s leads to %d %s, want %s", path, status, at, want)
			}
		}
		status, text, _ := b.get("/app/")
		s.want("the form with a fragment", status, text, 200, "<noscript>", `<script src="/app/follow.`)
		_, script, _ := strings.Cut(text, `<script src="`)
		script, _, _ = strings.Cut(script, `"`)
		status, text, _ = b.get(script)
		s.want("its script", status, text, 200)
	})
}

func TestFollow_OneTapTellsTheDeveloperOnce(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, u := s.member()
		b := s.browser()
		status, text, _ := b.as(ming, "/wxuser/?type=1&id=97#/follow")
		s.want("the page", status, text, 200, "服务器监控", ">关注</button>")
		if n := s.count(`SELECT count(*) FROM subscription`); n != 0 {
			t.Fatal("opening the page followed")
		}
		for range 2 {
			status, text, _ = b.post("/follow?type=1&id=97", url.Values{})
			s.want("after the tap", status, text, 200, "已关注")
		}
		if n := s.count(`SELECT count(*) FROM callback WHERE action = 'app_subscribe' AND body LIKE '%"source":"link"%' AND user_id = $1`, int64(u.ID)); n != 1 {
			t.Errorf("%d callbacks, want 1", n)
		}
		status, text, _ = b.post("/follow?type=2&id="+strconv.Itoa(int(s.topic.ID)), url.Values{})
		s.want("the topic", status, text, 200, "机房告警", "已关注")
	})
}

// TestF38_Follow_UnknownAndDeletedLookTheSame.
func TestF38_Follow_UnknownAndDeletedLookTheSame(t *testing.T) {
	eachSite(t, func(s *site) {
		ming, _ := s.member()
		gone, _, err := s.push.CreateApp(t.Context(), push.NewApp{Name: "已删除的"})
		s.must(err)
		s.exec(`UPDATE app SET deleted_at = 1 WHERE id = $1`, int64(gone.ID))
		b := s.browser()
		_, want, _ := b.as(ming, "/follow?type=1&id=4711")
		for _, query := range []string{"type=1&id=" + strconv.Itoa(int(gone.ID)), "type=2&id=4711", "type=3&id=97", "type=1&id=x", "type=1&id=-1", "", "type=1&id=99999999999999999999"} {
			status, text, _ := b.get("/follow?" + query)
			s.want(query, status, text, 404, "没有找到")
			if text != want {
				t.Errorf("%s looks different", query)
			}
		}
		s.exec(`INSERT INTO subscription (user_id, kind, target, source, active, rejected, created_at)
			SELECT id, 0, 97, 'scan', 0, 1, 1 FROM users`)
		status, text, _ := b.get("/follow?type=1&id=97")
		s.want("rejected", status, text, 403, "没有接受你的关注")
		status, text, _ = b.post("/follow?type=1&id=97", url.Values{})
		s.want("rejected, by the form", status, text, 403, "没有接受你的关注")
	})
}

// TestF41_Follow_TheCodeOfTheTargetOnly: a stranger gets the code that follows
// what the link names, and nothing else.
func TestF41_Follow_TheCodeOfTheTargetOnly(t *testing.T) {
	eachSite(t, func(s *site) {
		other, _, err := s.push.CreateApp(t.Context(), push.NewApp{ID: 98, Name: "别的应用"})
		s.must(err)
		stranger := s.wechat.Add()
		b := s.browser()
		codes := map[string]bool{}
		for path, want := range map[string]push.Scene{
			"/follow?type=1&id=97": {Purpose: push.SceneApp, App: 97},
			"/follow?type=1&id=98": {Purpose: push.SceneApp, App: other.ID},
			"/follow?type=2&id=1":  {Purpose: push.SceneTopic, App: 97, Topic: s.topic.ID},
			"/my/uid":              {Purpose: push.SceneAccount},
		} {
			_, text, _ := b.as(stranger.OpenID, path)
			_, handle, _ := strings.Cut(text, "/api/qrcode/")
			handle, _, _ = strings.Cut(handle, ".jpg")
			got, err := s.push.Scene(t.Context(), handle)
			if err != nil || got.Purpose != want.Purpose || got.App != want.App || got.Topic != want.Topic {
				t.Errorf("%s shows the code of %+v (%v), want %+v", path, got, err, want)
			}
			codes[handle] = true
			if status, _, _ := b.get("/api/qrcode/" + handle + ".jpg"); status != 200 {
				t.Errorf("%s: the picture answers %d", path, status)
			}
		}
		if len(codes) != 4 {
			t.Errorf("%d codes, want 4", len(codes))
		}
	})
}

func TestDoor_IsSignedForTheFollowerNow(t *testing.T) {
	eachSite(t, func(s *site) {
		const key = "一把够长的钥匙一把够长的钥匙一把"
		ming, u := s.follower()
		hong, _ := s.member()
		b := s.browser()
		b.as(ming, "/my/subscriptions")
		b.stay = true
		status, text, _ := b.get("/my/door?id=97")
		s.want("no setting URL", status, text, 404, "没有可以进入的设置页")
		s.setting("https://developer.example/设置?b=2&a=%E4%B8%AD+x&uid=forged#tab", key)
		nonces := map[string]bool{}
		for _, path := range []string{"/my/door?id=97", "/follow?type=1&id=97&jump=auto", "/follow?type=2&id=1&jump=auto"} {
			status, _, at := b.get(path)
			to, err := url.Parse(at)
			if status != 303 || err != nil || to.Host != "developer.example" || to.Fragment != "tab" {
				t.Fatalf("%s leads to %d %s", path, status, at)
			}
			q := to.Query()
			if q.Get("uid") != string(u.UID) || q.Get("a") != "中 x" || q.Get("b") != "2" || q.Get("sv") != "1" || len(q["uid"]) != 1 {
				t.Errorf("%s: query %v", path, q)
			}
			if q.Get("ts") != strconv.FormatInt(s.clock.Now().UnixMilli(), 10) {
				t.Errorf("ts %s", q.Get("ts"))
			}
			if got, want := q.Get("sign"), signed(q, key); got != want {
				t.Errorf("sign %s, want %s", got, want)
			}
			nonces[q.Get("nonce")] = true
		}
		if len(nonces) != 3 {
			t.Error("a nonce came twice")
		}
		s.setting("https://developer.example/", "")
		if _, _, at := b.get("/my/door?id=97"); at != "https://developer.example/?uid="+string(u.UID) {
			t.Errorf("without a key: %s", at)
		}
		stranger := s.browser()
		stranger.as(hong, "/my/subscriptions")
		stranger.stay = true
		status, text, _ = stranger.get("/my/door?id=97")
		s.want("who does not follow", status, text, 404, "没有可以进入的设置页")
		if status, _, _ := stranger.get("/follow?type=1&id=97&jump=auto"); status != 200 {
			t.Errorf("jump=auto of who does not follow: %d", status)
		}
	})
}

// signed is the signature as a developer's server computes it.
func signed(q url.Values, key string) string {
	var names []string
	for name := range q {
		if name != "sign" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	var parts []string
	for _, name := range names {
		parts = append(parts, name+"="+q.Get(name))
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(strings.Join(parts, "&")))
	return hex.EncodeToString(mac.Sum(nil))
}
