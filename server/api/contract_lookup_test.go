package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// TestContract_CodesEchoExtraByteForByte, whatever it is, and lead to an image
// of our own address whatever Host the request names.
func TestContract_CodesEchoExtraByteForByte(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWire(t, db)
		for _, extra := range []string{`"a"`, `"订单 42 <b>&\"\\/"`, `"\u0001\t\n\u007f\u2028"`, `"👨‍👩‍👧 雁"`, `" "`, `42`, `1e3`, `true`} {
			began := time.Now()
			resp, raw := w.raw(t, "POST", "/api/fun/create/qrcode", `{"appToken":"TOKEN","extra":`+extra+`,"validTime":"1800"}`)
			var a struct {
				Code int
				Data struct {
					Expires                    int64
					Code, ShortURL, URL, Extra string
				}
			}
			if err := json.Unmarshal([]byte(raw), &a); err != nil || a.Code != 1000 {
				t.Fatalf("%s: %s", extra, raw)
			}
			var want string
			if json.Unmarshal([]byte(extra), &want) != nil {
				want = extra // a number or a truth is taken as its text
			}
			link := "http://push.test/api/qrcode/" + a.Data.Code + ".jpg"
			if a.Data.Extra != want || a.Data.URL != link || a.Data.ShortURL != link {
				t.Errorf("%s: %s", extra, raw)
			}
			if in := time.UnixMilli(a.Data.Expires).Sub(began); in < 1799*time.Second || in > 1801*time.Second {
				t.Errorf("%s: expires in %s", extra, in)
			}
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("Access-Control-Allow-Origin %q", got)
			}
			if !regexp.MustCompile(`^\{"code":1000,"msg":"处理成功","data":\{"expires":\d{13},"code":"[\w-]{22}","shortUrl":".*","url":".*","extra":".*"\},"success":true\}$`).MatchString(raw) {
				t.Errorf("answered %s", raw)
			}
		}
	})
}

func TestContract_CodesHaveBounds(t *testing.T) {
	w := newWire(t, storetest.SQLite(t))
	valid := func(seconds string) string {
		return refused("参数validTime应在1到2592000秒之间，现在是" + seconds + "秒")
	}
	code := func(name, fields, want string) call {
		return call{name, "POST", "/api/fun/create/qrcode", `{"appToken":"TOKEN",` + fields + `}`, want}
	}
	w.all(t, []call{
		code("no extra", `"x":1`, refused("参数extra应为1到64个字符，现在是0个")),
		code("65 characters", `"extra":"`+strings.Repeat("码", 65)+`"`, refused("参数extra应为1到64个字符，现在是65个")),
		code("0 given", `"extra":"a","validTime":0`, valid("0")),
		code("below", `"extra":"a","validTime":-1`, valid("-1")),
		code("a second too long", `"extra":"a","validTime":"2592001"`, valid("2592001")),
		code("more than a Duration holds", `"extra":"a","validTime":9223372036854775807`, valid("9223372036854775807")),
		{"a wrong token", "POST", "/api/fun/create/qrcode", `{"appToken":"AT_x","extra":"a"}`, refused("appToken不正确")},
		{"a scan of nobody", "GET", "/api/fun/scan-qrcode-uid?code=nobody", "", refused("暂无用户扫描二维码")},
		{"a scan of no code", "GET", "/api/fun/scan-qrcode-uid", "", refused("暂无用户扫描二维码")},
	})
	for _, fields := range []string{`"extra":"` + strings.Repeat("码", 64) + `","validTime":2592000`, `"extra":"a","validTime":""`, `"extra":"a","validTime":null`} {
		if _, raw := w.raw(t, "POST", "/api/fun/create/qrcode", `{"appToken":"TOKEN",`+fields+`}`); !strings.Contains(raw, `"code":1000`) {
			t.Errorf("%.40s answered %s", fields, raw)
		}
	}
}

// scanned makes a code and has a follower scan it.
func (w *wire) scanned(t *testing.T, openid push.OpenID) (code string) {
	t.Helper()
	_, raw := w.raw(t, "POST", "/api/fun/create/qrcode", `{"appToken":"TOKEN","extra":"a"}`)
	code = regexp.MustCompile(`"code":"([\w-]{22})"`).FindStringSubmatch(raw)[1]
	if openid != "" {
		w.scan(t, openid, code)
	}
	return code
}

func (w *world) scan(t *testing.T, openid push.OpenID, code string) {
	t.Helper()
	ev := push.Inbound{Key: "scan " + code + string(openid), OpenID: openid, At: w.db.Now(), Deadline: time.Now().Add(time.Minute)}
	if _, err := w.push.Once(t.Context(), ev, func(turn *push.Turn) error {
		_, err := w.push.Scanned(turn, code)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestContract_TheLastScannerIsAPlainString(t *testing.T) {
	w := newWire(t, storetest.SQLite(t))
	code := w.scanned(t, "")
	w.says(t, call{"not yet", "GET", "/api/fun/scan-qrcode-uid?code=" + code, "", refused("暂无用户扫描二维码")})
	w.scan(t, "o_ming", code)
	w.says(t, call{"one", "GET", "/api/fun/scan-qrcode-uid?code=" + code, "", ok(`"UID1"`)})
	w.scan(t, "o_hong", code)
	w.says(t, call{"the last", "GET", "/api/fun/scan-qrcode-uid/?code=" + code, "", ok(`"UID2"`)})
	resp, image := w.raw(t, "GET", "/api/qrcode/"+code+".jpg", "")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(image, "\xff\xd8") {
		t.Errorf("image: HTTP %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	if resp, _ := w.raw(t, "GET", "/api/qrcode/unknown.jpg", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no image: HTTP %d", resp.StatusCode)
	}
}

func TestContract_Followers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWire(t, db)
		w.exec(t, `UPDATE subscription SET paid_until = 1900000000000 WHERE kind = 1`)
		ofApp := func(uid string) string {
			return `{"uid":"` + uid + `","appOrTopicId":APP,"headImg":"","createTime":#,"nickName":"","reject":false,"id":#,"type":0,"target":"构建","payEndTime":0,"enable":true}`
		}
		ofTopic := func(uid string) string {
			return `{"uid":"` + uid + `","appOrTopicId":TOPIC,"headImg":"","createTime":#,"nickName":"","reject":false,"id":#,"type":1,"target":"发布","payEndTime":1900000000000,"enable":true}`
		}
		list := func(total, page, size int, records ...string) string {
			return ok(fmt.Sprintf(`{"total":%d,"page":%d,"pageSize":%d,"records":[%s]}`, total, page, size, strings.Join(records, ",")))
		}
		everybody := []string{ofApp("UID1"), ofApp("UID2"), ofTopic("UID1"), ofTopic("UID2")}
		for _, route := range []string{"/api/fun/wxuser", "/api/fun/wxuser/v2", "/api/fun/wxuser/v2/"} {
			w.all(t, []call{
				{"no page, no size", "GET", route + "?appToken=TOKEN", "", list(4, 1, 10, everybody...)},
				{"empty is not given", "GET", route + "?appToken=TOKEN&page=&pageSize=&uid=&isBlock=&type=", "", list(4, 1, 10, everybody...)},
				{"first page", "GET", route + "?appToken=TOKEN&page=1&pageSize=3", "", list(4, 1, 3, everybody[:3]...)},
				{"last page", "GET", route + "?appToken=TOKEN&page=2&pageSize=3", "", list(4, 2, 3, everybody[3:]...)},
				{"behind the last", "GET", route + "?appToken=TOKEN&page=9&pageSize=3", "", list(4, 9, 3)},
				{"page 0", "GET", route + "?appToken=TOKEN&page=0", "", list(4, 1, 10, everybody...)},
				{"a page of 101 is one of 100", "GET", route + "?appToken=TOKEN&pageSize=101", "", list(4, 1, 100, everybody...)},
				{"type 0, apps", "GET", route + "?appToken=TOKEN&type=0", "", list(2, 1, 10, everybody[:2]...)},
				{"type 1, topics", "GET", route + "?appToken=TOKEN&type=1", "", list(2, 1, 10, everybody[2:]...)},
				{"one user", "GET", route + "?appToken=TOKEN&uid=UID2&type=0", "", list(1, 1, 10, ofApp("UID2"))},
				{"blocked", "GET", route + "?appToken=TOKEN&isBlock=true", "", list(0, 1, 10)},
				{"not blocked", "GET", route + "?appToken=TOKEN&isBlock=false&type=0", "", list(2, 1, 10, everybody[:2]...)},
				{"no such type", "GET", route + "?appToken=TOKEN&type=2", "", refused("参数 type 只能是 0（应用）或 1（主题）")},
				{"a page of words", "GET", route + "?appToken=TOKEN&page=one", "", refused("参数 page 的类型不对，请对照文档修改")},
				{"a wrong token", "GET", route + "?appToken=AT_x", "", refused("appToken不正确")},
			})
		}
	})
}

func TestContract_RejectAndRemove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWire(t, db)
		_, raw := w.raw(t, "GET", "/api/fun/wxuser/v2?appToken=TOKEN&type=0&uid=UID1", "")
		id := regexp.MustCompile(`"id":(\d+)`).FindStringSubmatch(raw)[1]
		send := `{"appToken":"TOKEN","content":"好","uids":["UID1"]}`
		notOurs := refused("没有这条关注记录，或它不属于这个应用，请用用户列表里的 id")
		w.all(t, []call{
			{"reject", "PUT", "/api/fun/reject?appToken=TOKEN&id=" + id + "&reject=true", "", ok(`"拉黑成功"`)},
			{"gets nothing", "POST", "/api/send/message", send, ok(`[` + failed(`"UID1"`, `null`, "用户UID=[UID1]已被应用屏蔽") + `]`)},
			{"is listed as blocked", "GET", "/api/fun/wxuser/v2?appToken=TOKEN&isBlock=true", "",
				ok(`{"total":1,"page":1,"pageSize":10,"records":[{"uid":"UID1","appOrTopicId":APP,"headImg":"","createTime":#,"nickName":"","reject":true,"id":#,"type":0,"target":"构建","payEndTime":0,"enable":false}]}`)},
			{"lift it", "PUT", "/api/fun/reject/?appToken=TOKEN&id=" + id + "&reject=false", "", ok(`"取消拉黑成功"`)},
			{"gets messages again", "POST", "/api/send/message", send, ok(`[` + sent(`"UID1"`, `null`) + `]`)},
			{"remove", "DELETE", "/api/fun/remove?appToken=TOKEN&id=" + id, "", ok(`"删除成功"`)},
			{"follows no more", "POST", "/api/send/message", send, ok(`[` + failed(`"UID1"`, `null`, "用户UID=[UID1]未订阅应用") + `]`)},
			{"remove again", "DELETE", "/api/fun/remove?appToken=TOKEN&id=" + id, "", ok(`"删除成功"`)},
			{"remove nobody", "DELETE", "/api/fun/remove?appToken=TOKEN&id=424242", "", notOurs},
			{"remove without an id", "DELETE", "/api/fun/remove?appToken=TOKEN", "", notOurs},
			{"reject nobody", "PUT", "/api/fun/reject?appToken=TOKEN&id=424242&reject=true", "", notOurs},
			{"reject without saying so", "PUT", "/api/fun/reject?appToken=TOKEN&id=" + id, "", refused("参数 reject 应为 true 或 false")},
			{"a wrong token", "DELETE", "/api/fun/remove?appToken=AT_x&id=" + id, "", refused("appToken不正确")},
		})
	})
}

func TestContract_PayEndTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWire(t, db)
		w.exec(t, `UPDATE subscription SET paid_until = 1900000000000 WHERE kind = 1 AND user_id = (SELECT id FROM users WHERE uid = $1)`, string(w.uids[0]))
		w.exec(t, `INSERT INTO product_resource (product_id, kind, target) VALUES (12, 1, $1)`, int64(w.topic.ID))
		w.exec(t, `INSERT INTO product_resource (product_id, kind, target) VALUES (12, 0, $1)`, int64(w.app.ID))
		both := func(topic string) string {
			return ok(`[{"resourceType":1,"resourceID":APP,"payEndTime":0},{"resourceType":2,"resourceID":TOPIC,"payEndTime":` + topic + `}]`)
		}
		const route = "/api/product/query-pay-end-time"
		w.all(t, []call{
			{"one who paid", "GET", route + "?uid=UID1&prodId=12", "", both("1900000000000")},
			{"one who did not", "GET", route + "/?uid=UID2&prodId=12", "", both("0")},
			{"nobody looks the same", "GET", route + "?uid=UID_x&prodId=12", "", both("0")},
			{"no such product", "GET", route + "?uid=UID1&prodId=13", "", ok(`[]`)},
			{"no product", "GET", route + "?uid=UID1&prodId=", "", refused("参数 uid 和 prodId 都要填写")},
			{"a product of words", "GET", route + "?uid=UID1&prodId=x", "", refused("参数 prodId 的类型不对，请对照文档修改")},
		})
	})
}

// TestContract_EveryRouteUnderEverySpelling of its path, and nothing under
// another method.
func TestContract_EveryRouteUnderEverySpelling(t *testing.T) {
	w := newWire(t, storetest.SQLite(t))
	routes := map[string][]string{
		"send/message": {"GET", "POST", "DELETE"}, "send/message/simple-push": {"POST"},
		"send/query/status": {"GET"}, "send/query/123": {"GET"},
		"fun/create/qrcode": {"POST", "OPTIONS"}, "fun/scan-qrcode-uid": {"GET", "OPTIONS"},
		"fun/wxuser": {"GET"}, "fun/wxuser/v2": {"GET"}, "fun/remove": {"DELETE"}, "fun/reject": {"PUT"},
		"product/query-pay-end-time": {"GET"},
	}
	for path, methods := range routes {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			taken := strings.Contains(strings.Join(methods, " "), method)
			for _, target := range []string{"/api/" + path, "/api/" + path + "/", "//api//" + path + "//", "http://other.example/api/" + path, "/api/" + path + "?a=%&b;c="} {
				resp, raw := w.raw(t, method, target, "")
				if resp.Header.Get("Location") != "" || resp.StatusCode/100 != 2 {
					t.Errorf("%s %s: HTTP %d to %q", method, target, resp.StatusCode, resp.Header.Get("Location"))
				}
				switch {
				case method == "OPTIONS" && taken:
					if resp.StatusCode != http.StatusNoContent || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
						t.Errorf("preflight of %s: HTTP %d, %v", target, resp.StatusCode, resp.Header)
					}
				case taken == (raw == noRoute):
					t.Errorf("%s %s answered %s", method, target, raw)
				}
			}
		}
	}
	w.all(t, []call{
		{"an unknown path", "GET", "/api/send/nothing", "", noRoute},
		{"the root", "GET", "/api/", "", noRoute},
		{"dots do not climb", "GET", "/api/x/../send/query/status", "", noRoute},
	})
}
