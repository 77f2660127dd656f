package api_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

const noRoute = `{"code":1004,"msg":"没有这个接口，请检查地址和请求方法","data":null,"success":false}`

func TestContract_Sends(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		newWire(t, db).all(t, []call{
			{"to a user", "POST", "/api/send/message", `{"appToken":"TOKEN","content":"好","contentType":1,"uids":["UID1"]}`,
				ok(`[` + sent(`"UID1"`, `null`) + `]`)},
			{"to a topic", "POST", "/api/send/message", `{"appToken":"TOKEN","content":"好","topicIds":[TOPIC]}`,
				ok(`[` + sent(`null`, `TOPIC`) + `]`)},
			{"items keep order: uids, then topics", "POST", "/api/send/message",
				`{"appToken":"TOKEN","content":"好","topicIds":[4242,TOPIC],"uids":["UID2","UID_x","UID1"]}`,
				ok(`[` + sent(`"UID2"`, `null`) + `,` + failed(`"UID_x"`, `null`, "用户UID=[UID_x]不存在") + `,` + sent(`"UID1"`, `null`) + `,` +
					failed(`null`, `4242`, "主题ID=[4242]不存在或不属于该应用") + `,` + sent(`null`, `TOPIC`) + `]`)},
			{"one good token named twice is sent to once", "POST", "/api/send/message/simple-push", `{"content":"好","spt":"SPT0","sptList":["SPT0"]}`,
				ok(`[` + sent(`null`, `null`) + `]`)},
			{"a simple push", "POST", "/api/send/message/simple-push", `{"content":"<b>好</b>","contentType":2,"spt":"SPT0"}`,
				ok(`[` + sent(`null`, `null`) + `]`)},
			{"a bad simple push token is a failed item", "POST", "/api/send/message/simple-push", `{"content":"好","spt":"SPX_x"}`,
				ok(`[` + failed(`null`, `null`, "SPT无效，或其主人现在不接收消息") + `]`)},
			{"a simple push in one address", "GET", "/api/send/message/SPT0/a//b/../c%2Fd雁", "",
				ok(`[` + sent(`null`, `null`) + `]`)},
			{"from an address bar", "GET", "/api/send/message?appToken=TOKEN&content=100%;好+a&uid=UID1&topicId=&url=&summary=&verifyPayType=&verifyPay=", "",
				ok(`[` + sent(`"UID1"`, `null`) + `]`)},
			{"to a topic from an address bar", "GET", "/api/send/message?appToken=TOKEN&content=hi&topicId=TOPIC", "",
				ok(`[` + sent(`null`, `TOPIC`) + `]`)},
			{"nobody named", "POST", "/api/send/message", `{"appToken":"TOKEN","content":"好"}`,
				refused("没有接收者：uids和topicIds至少填一个")},
			{"no token", "POST", "/api/send/message", `{"content":"好","uids":["UID1"]}`, refused("appToken不正确")},
			{"a wrong token", "POST", "/api/send/message", `{"appToken":"AT_x","content":"好","uids":["UID1"]}`, refused("appToken不正确")},
			{"no content", "POST", "/api/send/message", `{"appToken":"TOKEN","uids":["UID1"]}`, refused("参数content不能为空")},
			{"a form", "POST", "/api/send/message", `appToken=TOKEN&content=hi&uids=UID1`,
				refused("请求体不是 JSON 对象，请用 Content-Type: application/json 发送 {…}，不要用表单")},
			{"a wrong kind", "POST", "/api/send/message", `{"appToken":"TOKEN","content":"好","contentType":9,"uids":["UID1"]}`,
				refused("参数contentType只能是1（文本）、2（HTML）或3（Markdown），现在是9")},
			{"verifyPay of no truth", "GET", "/api/send/message?appToken=TOKEN&content=a&uid=UID1&verifyPay=maybe", "",
				refused("参数 verifyPay 应为 true 或 false")},
		})
	})
}

// TestContract_EachReasonWhyAUserGetsNothing is told in that user's item.
func TestContract_EachReasonWhyAUserGetsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWire(t, db)
		w.exec(t, `INSERT INTO product_resource (product_id, kind, target) VALUES (1, 0, $1)`, int64(w.app.ID))
		for _, c := range []struct{ name, change, status string }{
			{"never followed", `DELETE FROM subscription WHERE kind = 0 AND user_id = (SELECT id FROM users WHERE uid = $1)`, "用户UID=[UID2]未订阅应用"},
			{"unfollowed", `UPDATE subscription SET active = 0 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, "用户UID=[UID2]未订阅应用"},
			{"rejected", `UPDATE subscription SET rejected = 1 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, "用户UID=[UID2]已被应用屏蔽"},
			{"switched the app off", `UPDATE subscription SET muted = 1 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, "用户UID=[UID2]已拒收该应用的消息"},
			{"switched all off", `UPDATE users SET muted = 1 WHERE uid = $1`, "用户UID=[UID2]消息开关已关闭"},
			{"left the account", `UPDATE users SET following = 0 WHERE uid = $1`, "用户UID=[UID2]已取消关注公众号"},
			{"blocked", `UPDATE users SET blocked_at = 1, blocked_reason = '用户拒收' WHERE uid = $1`, "用户UID=[UID2]暂时无法接收消息：用户拒收"},
			{"has not paid", `UPDATE users SET muted = 0 WHERE uid = $1`, "用户UID=[UID2]不在本次发送的付费范围内"},
		} {
			t.Run(c.name, func(t *testing.T) {
				w := newWireLike(t, w, c.change)
				w.says(t, call{c.name, "POST", "/api/send/message", `{"appToken":"TOKEN","content":"好","verifyPayType":1,"uids":["UID2"]}`,
					ok(`[` + failed(`"UID2"`, `null`, c.status) + `]`)})
			})
		}
	})
}

// newWireLike undoes all changes but this one to the second user.
func newWireLike(t testing.TB, w *wire, change string) *wire {
	t.Helper()
	w.exec(t, `UPDATE users SET muted = 0, following = 1, blocked_at = 0, blocked_reason = ''`)
	w.exec(t, `DELETE FROM subscription`)
	w.exec(t, `INSERT INTO subscription (user_id, kind, target, source, created_at) SELECT id, 0, $1, 'scan', 1 FROM users`, int64(w.app.ID))
	w.exec(t, change, string(w.uids[1]))
	return w
}

// TestContract_OneIdPerCallAndReceiver: messageId is sendRecordId, one for each
// receiver; messageContentId is one for the call; all within 52 bits.
func TestContract_OneIdPerCallAndReceiver(t *testing.T) {
	w := newWire(t, storetest.SQLite(t))
	_, raw := w.raw(t, "POST", "/api/send/message", `{"appToken":"TOKEN","content":"好","uids":["UID1","UID2"]}`)
	ids := regexp.MustCompile(`"messageId":(\d+),"messageContentId":(\d+),"sendRecordId":(\d+)`).FindAllStringSubmatch(raw, -1)
	if len(ids) != 2 || ids[0][1] != ids[0][3] || ids[1][1] != ids[1][3] || ids[0][1] == ids[1][1] || ids[0][2] != ids[1][2] {
		t.Fatalf("ids %v", ids)
	}
	for _, id := range append(ids[0][1:], ids[1][1:]...) {
		if len(id) > 16 || len(id) == 16 && id >= "4503599627370496" {
			t.Errorf("%s is beyond 52 bits", id)
		}
	}
}

// TestContract_StatusAndRemoval: a status is a number, its text is msg; a
// message is removed by any of its ids, and data is then true.
func TestContract_StatusAndRemoval(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWire(t, db)
		_, raw := w.raw(t, "POST", "/api/send/message", `{"appToken":"TOKEN","content":"好","uids":["UID1"]}`)
		ids := regexp.MustCompile(`"messageContentId":(\d+),"sendRecordId":(\d+)`).FindStringSubmatch(raw)
		content, record := ids[1], ids[2]
		status := func(code int, text string) string {
			return fmt.Sprintf(`{"code":1000,"msg":"%s","data":%d,"success":true}`, text, code)
		}
		for _, c := range []struct {
			change string
			want   string
		}{
			{`UPDATE delivery SET state = 0`, status(1, "等待发送")},
			{`UPDATE delivery SET state = 1`, status(1, "等待发送")},
			{`UPDATE delivery SET state = 2, sent_at = 9000000000000`, status(1, "已交给微信，等待回执")},
			{`UPDATE delivery SET state = 5`, status(1, "已交给微信，未收到回执")},
			{`UPDATE delivery SET state = 3`, status(2, "发送成功")},
			{`UPDATE delivery SET state = 4, reason = '用户已关闭消息开关'`, status(3, "发送失败：用户已关闭消息开关")},
		} {
			w.exec(t, c.change)
			w.says(t, call{c.change, "GET", "/api/send/query/status?sendRecordId=" + record, "", c.want})
			w.says(t, call{c.change, "GET", "/api/send/query/" + record, "", c.want})
		}
		w.all(t, []call{
			{"status of another kind of id", "GET", "/api/send/query/status?sendRecordId=" + content, "", refused("消息不存在")},
			{"status of nothing", "GET", "/api/send/query/status", "", refused("消息不存在")},
			{"status of 0", "GET", "/api/send/query/status?sendRecordId=0", "", refused("消息不存在")},
			{"remove by the record", "DELETE", "/api/send/message?messageContentId=" + record + "&appToken=TOKEN", "", ok(`true`)},
			{"remove by the content, again", "DELETE", "/api/send/message/?messageContentId=" + content + "&appToken=TOKEN", "", ok(`true`)},
			{"remove with a wrong token", "DELETE", "/api/send/message?messageContentId=" + content + "&appToken=AT_x", "", refused("appToken不正确")},
			{"remove nothing", "DELETE", "/api/send/message?messageContentId=12345&appToken=TOKEN", "", refused("消息不存在")},
			{"remove a word", "DELETE", "/api/send/message?messageContentId=abc&appToken=TOKEN", "", refused("消息不存在")},
		})
		w.exec(t, `UPDATE record SET created_at = 1`)
		w.says(t, call{"older than seven days", "GET", "/api/send/query/status?sendRecordId=" + record, "", refused("消息不存在")})
	})
}

func TestF39_SendsByGETAreRefusedOnceSwitchedOff(t *testing.T) {
	w := newWire(t, storetest.SQLite(t))
	off := false
	if _, err := w.push.EditApp(t.Context(), w.app.ID, push.AppEdit{QuerySend: &off}); err != nil {
		t.Fatal(err)
	}
	w.all(t, []call{
		{"by GET", "GET", "/api/send/message?appToken=TOKEN&content=hi&uid=UID1", "",
			refused("这个应用已关闭 GET 发送，请改用 POST /api/send/message，把 appToken 放在请求体里")},
		{"by POST", "POST", "/api/send/message", `{"appToken":"TOKEN","content":"hi","uids":["UID1"]}`, ok(`[` + sent(`"UID1"`, `null`) + `]`)},
		{"a wrong token", "GET", "/api/send/message?appToken=AT_x&content=hi&uid=UID1", "", refused("appToken不正确")},
	})
}

// TestF38_ABadTokenIsOneTextAndOneTransaction, whether or not it ever existed.
func TestF38_ABadTokenIsOneTextAndOneTransaction(t *testing.T) {
	w := newWire(t, storetest.SQLite(t))
	w.exec(t, `UPDATE users SET muted = 1`)
	var answers []string
	for _, spt := range []string{"SPT0", "SPX_" + strings.Repeat("0", 32)} {
		before := w.db.Stats().Updates
		_, raw := w.raw(t, "GET", "/api/send/message/"+spt+"/hi", "")
		answers = append(answers, fmt.Sprint(raw, w.db.Stats().Updates-before))
	}
	if answers[0] != answers[1] {
		t.Errorf("of somebody who takes nothing\n%s\nof nobody\n%s", answers[0], answers[1])
	}
}
