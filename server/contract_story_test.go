package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hongyan/store/storetest"
)

// contractStory is what two developers and a follower of both can do to each
// other under the contract, over HTTP against the built binary.
type contractStory struct {
	*testing.T
	*world
	second madeApp
	ming   *follower
	other  *follower // of the first app and its topic, as ming is
	phone  *browser
	uid    string
	want   []string // the cards that ming must have in the end
}

// TestStory_AFollowerOfTwoAppsAndATopic tells it chapter by chapter; at the end
// the phone shows exactly the cards that it should.
func TestStory_AFollowerOfTwoAppsAndATopic(t *testing.T) {
	for _, engine := range []string{storetest.SQLiteEngine, storetest.PostgresEngine} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newContractStory(t, engine)
			for _, chapter := range []struct {
				name string
				tell func()
			}{
				{"who follows is listed", s.isListed},
				{"addressed twice gets one card", s.addressedTwice},
				{"paid filters mean everybody where nothing is sold", s.nothingIsSold},
				{"a removed message", s.removedMessage},
				{"the message switch", s.messageSwitch},
				{"unfollowing in the chat", s.unfollowsInTheChat},
				{"unfollowing on the page", s.unfollowsOnThePage},
				{"rejected, and let in again", s.rejected},
				{"removed, and back again", s.removed},
			} {
				s.T = t
				chapter.tell()
				if t.Failed() {
					t.Fatalf("in the chapter: %s", chapter.name)
				}
			}
			s.wantCards()
		})
	}
}

func newContractStory(t *testing.T, engine string) *contractStory {
	developer := newDeveloper(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"reply":"来自值班"}`) })
	args := []string{"--callback.allow", developer.host}
	if engine == storetest.PostgresEngine {
		args = append(args, "--database", storetest.URL(t, engine))
	}
	w := startWorld(t, args...)
	s := &contractStory{T: t, world: w, second: developer.app(t, w), ming: w.newFollower(), other: &follower{w: w, openid: w.file.OpenID}}
	s.phone = newBrowser(t, s.ming)
	topic, app := w.codes()[0], w.codes()[1]
	s.ming.scan(app)
	s.ming.scan(topic)
	s.ming.say(s.call("#%d", s.second.id))
	s.uid = regexp.MustCompile(`UID_\w+`).FindString(s.ming.say("我的UID").Reply)
	if s.uid == "" {
		t.Fatal("no UID was told")
	}
	return s
}

func (s *contractStory) call(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// pushes sends from an app to ming, who is wanted to get it, or wants the
// receipt to say why not.
func (s *contractStory) pushes(token, content, refusal string) {
	s.Helper()
	got := s.send(map[string]any{"appToken": token, "content": content, "uids": []string{s.uid}})
	want := "创建发送任务成功"
	if refusal != "" {
		want = fmt.Sprintf("用户UID=[%s]%s", s.uid, refusal)
	} else {
		s.gets(content)
	}
	if len(got) != 1 || got[0].Status != want || (got[0].Code == 1000) != (refusal == "") || (got[0].RecordID == 0) != (refusal != "") {
		s.Errorf("%s: receipts %+v, want %s", content, got, want)
	}
}

// gets waits for ming's card.
func (s *contractStory) gets(content string) {
	s.Helper()
	s.want = append(s.want, content)
	s.eventually("ming's card "+content, func() bool { return shows(s.ming, content) == 1 })
}

// shows counts a follower's cards with a text.
func shows(f *follower, text string) (n int) {
	for _, card := range f.cards() {
		if strings.Contains(card.Text, text) {
			n++
		}
	}
	return n
}

// toTopic sends to the topic and waits until everybody has had it.
func (s *contractStory) toTopic(content string, uids ...string) []receipt {
	s.Helper()
	got := s.send(map[string]any{"content": content, "uids": uids, "topicIds": []int64{s.file.TopicID}})
	topic := got[len(got)-1]
	s.eventually("the topic's record of "+content+" ends", func() bool { code, _ := s.status(topic.RecordID); return code != 1 })
	if n := shows(s.other, content); n != 1 {
		s.Errorf("%s: the other follower has %d cards, want 1", content, n)
	}
	return got
}

// listed is a record of GET /api/fun/wxuser/v2.
type listed struct {
	ID     int64  `json:"id"`
	UID    string `json:"uid"`
	Of     int64  `json:"appOrTopicId"`
	Type   int    `json:"type"`
	Target string `json:"target"`
	Reject bool   `json:"reject"`
	Enable bool   `json:"enable"`
}

// list is what an app reads about ming.
func (s *contractStory) list(token string) (records []listed) {
	s.Helper()
	var answer struct {
		Code int
		Data struct {
			Total   int
			Records []listed
		}
	}
	s.get("/api/fun/wxuser/v2?appToken="+token+"&uid="+s.uid, &answer)
	if answer.Code != 1000 || answer.Data.Total != len(answer.Data.Records) {
		s.Errorf("the list answered %+v", answer)
	}
	return answer.Data.Records
}

// wantList compares the list with lines such as "app 演示应用 on".
func (s *contractStory) wantList(token string, want ...string) {
	s.Helper()
	var got []string
	for _, r := range s.list(token) {
		line := []string{"app", "topic"}[r.Type] + " " + r.Target
		if r.Reject {
			line += " rejected"
		}
		got = append(got, line+map[bool]string{true: " on", false: " off"}[r.Enable])
	}
	if !slices.Equal(got, want) {
		s.Errorf("the list shows %q, want %q", got, want)
	}
}

// asks calls a route without a body and wants this as data.
func (s *contractStory) asks(method, path, want string) {
	s.Helper()
	_, raw := fetch(s.T, method, s.base+path, "")
	var answer envelope
	if err := json.Unmarshal(raw, &answer); err != nil || string(answer.Data) != want {
		s.Errorf("%s %s answered %s, want data %s", method, path, raw, want)
	}
}

func (s *contractStory) isListed() {
	s.wantList(s.file.AppToken, "app "+demoName+" on", "topic "+demoTopic+" on")
	s.wantList(s.second.token, "app 值班 on")
}

func (s *contractStory) addressedTwice() {
	got := s.toTopic("两次点名", s.uid, s.uid)
	if len(got) != 2 || got[0].UID != s.uid || got[1].TopicID != s.file.TopicID || got[0].Code+got[1].Code != 2000 {
		s.Errorf("receipts %+v, want one for the user and one for the topic", got)
	}
	s.gets("两次点名")
}

func (s *contractStory) nothingIsSold() {
	for _, filter := range []int{1, 2} {
		content := fmt.Sprintf("付费范围%d", filter)
		got := s.send(map[string]any{"content": content, "uids": []string{s.uid}, "verifyPayType": filter, "verifyPay": false})
		if got[0].Code != 1000 {
			s.Errorf("receipts %+v", got)
		}
		s.gets(content)
	}
	s.send(map[string]any{"content": "旧字段", "uids": []string{s.uid}, "verifyPay": true})
	s.gets("旧字段")
}

func (s *contractStory) removedMessage() {
	got := s.toTopic("要删除的消息", s.uid)
	s.gets("要删除的消息")
	s.pushes(s.file.AppToken, "要留下的消息", "")
	page := func(f *follower, content string) (status int, text string) {
		for _, card := range f.cards() {
			if strings.Contains(card.Text, content) {
				status, raw := fetch(s.T, "GET", card.URL, "")
				return status, string(raw)
			}
		}
		return 0, ""
	}
	receivers := map[string]*follower{"ming": s.ming, "the other": s.other}
	for name, f := range receivers {
		if status, text := page(f, "要删除的消息"); status != http.StatusOK || !strings.Contains(text, "要删除的消息") {
			s.Errorf("the page of %s before: %d", name, status)
		}
	}
	remove := fmt.Sprintf("/api/send/message?messageContentId=%d&appToken=", got[0].ContentID)
	s.asks("DELETE", remove+s.second.token, "null") // another app's message is nobody's
	if status, _ := page(s.ming, "要删除的消息"); status != http.StatusOK {
		s.Errorf("after the attempt of another app: %d", status)
	}
	s.asks("DELETE", remove+s.file.AppToken, "true")
	for name, f := range receivers {
		if status, text := page(f, "要删除的消息"); status != http.StatusNotFound || !strings.Contains(text, "这条消息看不到了") {
			s.Errorf("the page of %s after: %d", name, status)
		}
		if n := shows(f, "要删除的消息"); n != 1 {
			s.Errorf("%s has %d cards after, want 1", name, n)
		}
	}
	if status, _ := page(s.ming, "要留下的消息"); status != http.StatusOK {
		s.Errorf("the page of another message: %d", status)
	}
}

func (s *contractStory) messageSwitch() {
	s.ming.say("关闭消息")
	s.pushes(s.file.AppToken, "听不见", "消息开关已关闭")
	s.pushes(s.second.token, "也听不见", "消息开关已关闭")
	s.toTopic("主题听不见")
	s.wantList(s.file.AppToken, "app "+demoName+" off", "topic "+demoTopic+" off")
	s.ming.say("打开消息")
	s.pushes(s.file.AppToken, "听得见", "")
	s.wantList(s.file.AppToken, "app "+demoName+" on", "topic "+demoTopic+" on")
}

func (s *contractStory) unfollowsInTheChat() {
	s.ming.say(s.call("退订 #%d", s.second.id))
	s.pushes(s.second.token, "已退订", "未订阅应用")
	s.wantList(s.second.token)
	s.pushes(s.file.AppToken, "另一个应用照旧", "")
	s.ming.say(s.call("#%d", s.second.id))
	s.pushes(s.second.token, "又关注了", "")
}

func (s *contractStory) unfollowsOnThePage() {
	path := s.call("/my/unfollow?type=2&id=%d", s.file.TopicID)
	wantParts(s.T, s.phone.open(path), demoTopic, "取消关注")
	s.phone.post(path, url.Values{})
	s.toTopic("主题已退订")
	s.wantList(s.file.AppToken, "app "+demoName+" on")
	s.pushes(s.file.AppToken, "直接发的照旧", "")
}

func (s *contractStory) rejected() {
	id := s.list(s.file.AppToken)[0].ID
	reject := s.call("/api/fun/reject?id=%d&reject=%%t&appToken=", id)
	s.asks("PUT", s.call(reject, true)+s.second.token, "null") // another app cannot
	s.pushes(s.file.AppToken, "还没有拉黑", "")
	s.asks("PUT", s.call(reject, true)+s.file.AppToken, `"拉黑成功"`)
	s.pushes(s.file.AppToken, "拉黑了", "已被应用屏蔽")
	s.wantList(s.file.AppToken, "app "+demoName+" rejected off")
	for _, tries := range []reply{s.ming.say("#97"), s.ming.scan(s.codes()[1])} {
		if !strings.Contains(tries.Reply, "没有接受你的关注") {
			s.Errorf("to follow again showed %+v", tries)
		}
	}
	s.phone.open("/my/uid")
	resp, err := s.phone.PostForm(s.base+"/follow?type=1&id=97", nil)
	wantParts(s.T, s.phone.read(http.StatusForbidden, resp, err), "没有接受你的关注")
	s.ming.say("#97 拉黑后的指令")
	s.pushes(s.file.AppToken, "还是拉黑", "已被应用屏蔽")
	s.pushes(s.second.token, "另一个应用没有拉黑", "")
	s.asks("PUT", s.call(reject, false)+s.file.AppToken, `"取消拉黑成功"`)
	s.wantList(s.file.AppToken, "app "+demoName+" on")
	s.pushes(s.file.AppToken, "解除了拉黑", "")
	s.ming.say("#97 解除后的指令")
	s.eventually("the command of who was let in again", func() bool { return contains(s.callbacks(), "解除后的指令") })
	if contains(s.callbacks(), "拉黑后的指令") {
		s.Error("the developer heard a command of whom they had rejected")
	}
}

func (s *contractStory) removed() {
	s.asks("DELETE", s.call("/api/fun/remove?id=%d&appToken=%s", s.list(s.file.AppToken)[0].ID, s.file.AppToken), `"删除成功"`)
	s.pushes(s.file.AppToken, "删除了", "未订阅应用")
	s.wantList(s.file.AppToken)
	s.ming.say("#97")
	s.pushes(s.file.AppToken, "又回来了", "")
	s.wantList(s.file.AppToken, "app "+demoName+" on")
}

// wantCards compares the phone with all that was told.
func (s *contractStory) wantCards() {
	s.Helper()
	cards := s.ming.cards()
	for i, text := range s.want {
		if n := shows(s.ming, text); n != 1 {
			s.Errorf("card %d, %s, is shown %d times", i, text, n)
		}
	}
	if len(cards) != len(s.want) {
		s.Errorf("the phone shows %d cards, want %d: %+v", len(cards), len(s.want), cards)
	}
}
