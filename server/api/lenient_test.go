package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyan/store"
	"hongyan/store/storetest"
)

// The odd bodies that clients in the wild send, and that must work. %[1]s is
// the token, %[2]s a UID, %[3]d the topic, %[4]s a second UID.
var lenientBodies = []struct {
	name, contentType, body string
	receivers               int
}{
	{"plain", "application/json", `{"appToken":"%[1]s","content":"你好","uids":["%[2]s"]}`, 1},
	{"contentType as string", "application/json", `{"appToken":"%[1]s","content":"<b>好</b>","contentType":"2","uids":["%[2]s"]}`, 1},
	{"contentType as float", "application/json", `{"appToken":"%[1]s","content":"好","contentType":3.0,"uids":["%[2]s"]}`, 1},
	{"contentType null", "application/json", `{"appToken":"%[1]s","content":"好","contentType":null,"uids":["%[2]s"]}`, 1},
	{"contentType empty", "application/json", `{"appToken":"%[1]s","content":"好","contentType":"","uids":["%[2]s"]}`, 1},
	{"topic ids as strings", "application/json", `{"appToken":"%[1]s","content":"好","topicIds":["%[3]d"]}`, 1},
	{"one topic id, no array", "application/json", `{"appToken":"%[1]s","content":"好","topicIds":%[3]d}`, 1},
	{"one uid, no array", "application/json", `{"appToken":"%[1]s","content":"好","uids":"%[2]s"}`, 1},
	{"every optional field null", "application/json", `{"appToken":"%[1]s","content":"好","summary":null,"topicIds":null,"url":null,"verifyPay":null,"verifyPayType":null,"uids":["%[2]s"]}`, 1},
	{"every optional field empty", "application/json", `{"appToken":"%[1]s","content":"好","summary":"","topicIds":[],"url":"","verifyPay":"","verifyPayType":"","uids":["%[2]s"]}`, 1},
	{"unknown fields", "application/json", `{"appToken":"%[1]s","content":"好","uids":["%[2]s"],"sound":{"a":[1,{"b":null}]},"x":1}`, 1},
	{"duplicate uids", "application/json", `{"appToken":"%[1]s","content":"好","uids":["%[2]s","%[2]s","%[4]s","%[2]s"]}`, 2},
	{"text/plain", "text/plain", `{"appToken":"%[1]s","content":"好","uids":["%[2]s"]}`, 1},
	{"odd charset spelling", "application/json; Charset=\"UTF8\"", `{"appToken":"%[1]s","content":"好","uids":["%[2]s"]}`, 1},
	{"no content type", "", `{"appToken":"%[1]s","content":"好","uids":["%[2]s"]}`, 1},
	{"byte order mark and space", "application/json", "\xef\xbb\xbf" + ` {"appToken":"%[1]s","content":"好","uids":["%[2]s"]} `, 1},
	{"verifyPay as string", "application/json", `{"appToken":"%[1]s","content":"好","verifyPay":"true","uids":["%[2]s"]}`, 1},
	{"uids then topics", "application/json", `{"appToken":"%[1]s","content":"好","topicIds":[%[3]d],"uids":["%[4]s","%[2]s"]}`, 3},
	{"duplicate keys, the last counts", "application/json", `{"appToken":"AT_wrong","appToken":"%[1]s","content":"好","uids":["%[2]s"]}`, 1},
	{"content as number", "application/json", `{"appToken":"%[1]s","content":12345,"uids":["%[2]s"]}`, 1},
}

func TestContract_LenientBodiesWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, c := range lenientBodies {
			t.Run(c.name, func(t *testing.T) {
				body := fmt.Sprintf(c.body+"%.0[5]s", w.token, w.uids[0], w.topic.ID, w.uids[1], "")
				a := w.ask(t, "POST", "/api/send/message", c.contentType, trimExtra(body))
				if a.Code != 1000 || a.Msg != "处理成功" || !a.Success {
					t.Fatalf("answered %d %s", a.Code, a.Msg)
				}
				items := a.items(t)
				if len(items) != c.receivers {
					t.Fatalf("%d items, want %d", len(items), c.receivers)
				}
				for _, it := range items {
					if it.Code != 1000 || it.Status != "创建发送任务成功" || it.RecordID == 0 || it.MessageID != it.RecordID || it.ContentID == 0 {
						t.Errorf("item %+v", it)
					}
					if it.RecordID >= 1<<52 || it.ContentID >= 1<<52 {
						t.Errorf("ids beyond 52 bits: %+v", it)
					}
				}
			})
		}
	})
}

// trimExtra drops what fmt appends for arguments a body does not use.
func trimExtra(s string) string {
	if i := strings.Index(s, "%!(EXTRA"); i >= 0 {
		return s[:i]
	}
	return s
}

// Bad bodies, each with a sentence that says what is wrong. F28.
var badBodies = []struct {
	name, contentType, body, says string
}{
	{"empty", "application/json", "", "请求体为空"},
	{"form", "application/x-www-form-urlencoded", "appToken=%[1]s&content=hi&uids=%[2]s", "不要用表单"},
	{"array", "application/json", `[1,2]`, "不是 JSON 对象"},
	{"broken", "application/json", `{"appToken":"%[1]s",`, "JSON"},
	{"trailing document", "application/json", `{"appToken":"%[1]s","content":"好","uids":["%[2]s"]} {}`, "JSON"},
	{"not UTF-8", "application/json", "{\"content\":\"\xc4\xe3\"}", "UTF-8"},
	{"a million deep", "application/json", `{"x":` + strings.Repeat("[", 400_000), "JSON"},
	{"huge number", "application/json", `{"appToken":"%[1]s","content":"好","contentType":1e400,"uids":["%[2]s"]}`, "整数"},
	{"number for an object", "application/json", `{"appToken":"%[1]s","content":{"a":1},"uids":["%[2]s"]}`, "字符串"},
	{"topic id as word", "application/json", `{"appToken":"%[1]s","content":"好","topicIds":["发布"]}`, "整数"},
	{"NUL in content", "application/json", `{"appToken":"%[1]s","content":"a\u0000b","uids":["%[2]s"]}`, "content"},
	{"no content", "application/json", `{"appToken":"%[1]s","uids":["%[2]s"]}`, "content"},
	{"no receiver", "application/json", `{"appToken":"%[1]s","content":"好"}`, "uids"},
	{"40,001 characters", "application/json", `{"appToken":"%[1]s","content":"` + strings.Repeat("鸿", 40_001) + `","uids":["%[2]s"]}`, "40000"},
	{"2,001 uids", "application/json", `{"appToken":"%[1]s","content":"好","uids":["UID_0"` + distinct(2_000) + `]}`, "2000"},
	{"6 topics", "application/json", `{"appToken":"%[1]s","content":"好","topicIds":[1,2,3,4,5,6]}`, "5"},
	{"script url", "application/json", `{"appToken":"%[1]s","content":"好","url":"javascript:alert(1)","uids":["%[2]s"]}`, "url"},
	{"long url", "application/json", `{"appToken":"%[1]s","content":"好","url":"https://e.com/` + strings.Repeat("a", 1000) + `","uids":["%[2]s"]}`, "url"},
	{"unknown contentType", "application/json", `{"appToken":"%[1]s","content":"好","contentType":9,"uids":["%[2]s"]}`, "contentType"},
	{"no token", "application/json", `{"content":"好","uids":["%[2]s"]}`, "appToken不正确"},
	{"wrong token", "application/json", `{"appToken":"AT_00000000000000000000000000000000","content":"好","uids":["%[2]s"]}`, "appToken不正确"},
	{"over 1 MiB", "application/json", `{"appToken":"%[1]s","content":"` + strings.Repeat("a", 1<<20) + `","uids":["%[2]s"]}`, "1 MiB"},
}

func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"UID_%d"`, i+1)
	}
	return b.String()
}

func TestF28_BadBodiesAreRefusedAndNothingIsStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, c := range badBodies {
			t.Run(c.name, func(t *testing.T) {
				body := strings.NewReplacer("%[1]s", w.token, "%[2]s", string(w.uids[0])).Replace(c.body)
				a := w.ask(t, "POST", "/api/send/message", c.contentType, body)
				if a.Code != 1001 || !strings.Contains(a.Msg, c.says) {
					t.Errorf("answered %d %q, want 1001 with %q", a.Code, a.Msg, c.says)
				}
				if strings.Contains(a.Msg, w.token) {
					t.Error("the answer repeats the token")
				}
			})
		}
		if n := w.rows(t, "message") + w.rows(t, "record") + w.rows(t, "delivery"); n != 0 {
			t.Errorf("%d rows were stored", n)
		}
	})
}

func TestF28_FortyThousandCharactersAndAnEmojiAtTheCut(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	body := fmt.Sprintf(`{"appToken":%q,"content":"%s","summary":"%s😀😀","uids":[%q]}`,
		w.token, strings.Repeat("鸿", 39_999)+"😀", strings.Repeat("雁", 99), w.uids[0])
	if a := w.ask(t, "POST", "/api/send/message", "application/json", body); a.Code != 1000 {
		t.Errorf("answered %d %s", a.Code, a.Msg)
	}
}

// Paths that http.ServeMux would redirect or that net/url would spoil.
func TestContract_OddRequestLinesAreServedWithoutRedirect(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for _, c := range []struct {
		name, method, target, body string
		code                       int
		msg                        string
	}{
		{"trailing slash", "POST", "/api/send/message/", `{"appToken":"%[1]s","content":"好","uids":["%[2]s"]}`, 1000, "处理成功"},
		{"double slash", "POST", "//api//send//message", `{"appToken":"%[1]s","content":"好","uids":["%[2]s"]}`, 1000, "处理成功"},
		{"absolute form", "GET", "http://wxpusher.example/api/send/message?appToken=%[1]s&content=hi&uid=%[2]s", "", 1000, "处理成功"},
		{"query with bare percent", "GET", "/api/send/message?appToken=%[1]s&content=100%&uid=%[2]s", "", 1000, "处理成功"},
		{"query with semicolon", "GET", "/api/send/message?appToken=%[1]s&content=a;b&uid=%[2]s", "", 1000, "处理成功"},
		{"raw UTF-8 in the query", "GET", "/api/send/message?appToken=%[1]s&content=构建完成&uid=%[2]s", "", 1000, "处理成功"},
		{"empty optional query fields", "GET", "/api/send/message?appToken=%[1]s&content=hi&uid=%[2]s&topicId=&verifyPay=&verifyPayType=&url=&summary=", "", 1000, "处理成功"},
		{"content with slashes and dots", "GET", "/api/send/message/%[3]s/a//b/../c", "", 1000, "处理成功"},
		{"content with %2F", "GET", "/api/send/message/%[3]s/a%2Fb%E9%B8%BF", "", 1000, "处理成功"},
		{"content in raw UTF-8", "GET", "/api/send/message/%[3]s/构建 完成", "", 1000, "处理成功"},
		{"unknown path", "GET", "/api/nothing/here", "", 1004, ""},
		{"wrong method", "PUT", "/api/send/message", "{}", 1004, ""},
		{"the root", "GET", "/api", "", 1004, ""},
		{"unknown status", "GET", "/api/send/query/status?sendRecordId=123", "", 1001, "消息不存在"},
		{"status of a word", "GET", "/api/send/query/status?sendRecordId=abc", "", 1001, "消息不存在"},
		{"deprecated status", "GET", "/api/send/query/4503599627370495", "", 1001, "消息不存在"},
		{"unknown code", "GET", "/api/fun/scan-qrcode-uid?code=nobody", "", 1001, "暂无用户扫描二维码"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fill := strings.NewReplacer("%[1]s", w.token, "%[2]s", string(w.uids[0]), "%[3]s", string(w.spt))
			a := w.ask(t, c.method, fill.Replace(c.target), "application/json", fill.Replace(c.body))
			if a.Code != c.code || (c.msg != "" && a.Msg != c.msg) {
				t.Errorf("answered %d %q, want %d %q", a.Code, a.Msg, c.code, c.msg)
			}
		})
	}
}

func TestContract_ItemsKeepOrderAndABadReceiverIsNoFailedCall(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	body := fmt.Sprintf(`{"appToken":%q,"content":"好","topicIds":[%d,4242],"uids":["UID_x",%q]}`, w.token, w.topic.ID, w.uids[1])
	a := w.ask(t, "POST", "/api/send/message", "application/json", body)
	items := a.items(t)
	if a.Code != 1000 || len(items) != 4 {
		t.Fatalf("answered %d with %d items", a.Code, len(items))
	}
	if it := items[0]; it.Code != 1001 || it.Status != "用户UID=[UID_x]不存在" || it.RecordID != 0 || it.ContentID != 0 || it.TopicID != nil {
		t.Errorf("unknown uid: %+v", it)
	}
	if it := items[1]; it.Code != 1000 || *it.UID != string(w.uids[1]) {
		t.Errorf("good uid: %+v", it)
	}
	if it := items[2]; it.Code != 1000 || it.UID != nil || *it.TopicID != int64(w.topic.ID) {
		t.Errorf("good topic: %+v", it)
	}
	if it := items[3]; it.Code != 1001 || *it.TopicID != 4242 || it.RecordID != 0 {
		t.Errorf("foreign topic: %+v", it)
	}
}

func TestContract_StatusAnswersAnIntegerAndItsText(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	body := fmt.Sprintf(`{"appToken":%q,"content":"好","uids":[%q]}`, w.token, w.uids[0])
	record := w.ask(t, "POST", "/api/send/message", "application/json", body).items(t)[0].RecordID
	r := httptest.NewRequest("GET", fmt.Sprintf("/api/send/query/status?sendRecordId=%d", record), nil)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if got, want := rec.Body.String(), `{"code":1000,"msg":"等待发送","data":1,"success":true}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestContract_CodesAnswerEveryOriginAndDrawAJPEG(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	r := httptest.NewRequest("OPTIONS", "/api/fun/create/qrcode", nil)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	if rec.Code != 204 || rec.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("preflight answered %d %v", rec.Code, rec.Header())
	}
	a := w.ask(t, "POST", "/api/fun/create/qrcode", "application/json",
		fmt.Sprintf(`{"appToken":%q,"extra":12345,"validTime":"600"}`, w.token))
	if a.Code != 1000 || !strings.Contains(string(a.Data), `"extra":"12345"`) || !strings.Contains(string(a.Data), `.jpg"`) {
		t.Fatalf("create/qrcode answered %d %s %s", a.Code, a.Msg, a.Data)
	}
	for _, bad := range []string{`"extra":""`, `"extra":"` + strings.Repeat("码", 65) + `"`, `"extra":"a","validTime":2592001`, `"extra":"a","validTime":-1`} {
		a := w.ask(t, "POST", "/api/fun/create/qrcode", "application/json", fmt.Sprintf(`{"appToken":%q,%s}`, w.token, bad))
		if a.Code != 1001 {
			t.Errorf("%.30s answered %d %s", bad, a.Code, a.Msg)
		}
	}
}
