package api_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hongyan/store/storetest"
)

// askKeyed is ask with an Idempotency-Key.
func (w *world) askKeyed(t testing.TB, key, method, target, body string) answer {
	t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.RequestURI = target
	r.Header.Set("Idempotency-Key", key)
	return w.serve(t, r)
}

// Every form of sending knows the key: the same call is answered alike, in
// whatever spelling it comes, and another one is refused.
func TestKey_OnEveryFormOfSending(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	path := func(content string) string {
		return "/api/send/message/" + string(w.spt) + "/" + url.PathEscape(content)
	}
	query := func(order string) string {
		return "/api/send/message?" + fmt.Sprintf(order, "appToken="+w.token, "uid="+string(w.uids[0]), "content="+url.QueryEscape("磁盘将满"))
	}
	for _, c := range []struct {
		name, method, first, firstBody, again, againBody, other, otherBody string
	}{
		{
			"send", "POST",
			"/api/send/message", `{"appToken":"` + w.token + `","content":"磁盘将满","uids":["` + string(w.uids[0]) + `"]}`,
			"/api//send/message/", `{"uids":"` + string(w.uids[0]) + `","contentType":"1","content":"磁盘将满","appToken":"` + w.token + `","url":null}`,
			"/api/send/message", `{"appToken":"` + w.token + `","content":"内存将满","uids":["` + string(w.uids[0]) + `"]}`,
		},
		{
			"send by query", "GET", query("%s&%s&%s"), "", query("%[3]s&%[2]s&%[1]s"), "",
			query("%s&%s&%s") + "&summary=x", "",
		},
		{
			"simple push", "POST",
			"/api/send/message/simple-push", `{"content":"磁盘将满","spt":"` + string(w.spt) + `"}`,
			"/api/send/message/simple-push", `{"sptList":["` + string(w.spt) + `"],"content":"磁盘将满"}`,
			"/api/send/message/simple-push", `{"content":"磁盘将满","contentType":2,"spt":"` + string(w.spt) + `"}`,
		},
		{"by path", "GET", path("磁盘将满 1"), "", path("磁盘将满 1") + "", "", path("磁盘将满 2"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := w.rows(t, "message")
			key := "键 " + c.name
			first := w.askKeyed(t, key, c.method, c.first, c.firstBody)
			again := w.askKeyed(t, key, c.method, c.again, c.againBody)
			if first.Code != 1000 || string(first.Data) != string(again.Data) {
				t.Errorf("first %+v %s, again %+v %s", first, first.Data, again, again.Data)
			}
			other := w.askKeyed(t, key, c.method, c.other, c.otherBody)
			if other.Code != 1001 || !strings.Contains(other.Msg, "已经用于另一条内容不同的消息") {
				t.Errorf("another call under the key: %+v", other)
			}
			if n := w.rows(t, "message") - before; n != 1 {
				t.Errorf("%d messages, want 1", n)
			}
			for _, bad := range []string{"", strings.Repeat("k", 256), "a\tb"} {
				if got := w.askKeyed(t, bad, c.method, c.first, c.firstBody); got.Code != 1001 || !strings.Contains(got.Msg, "Idempotency-Key") {
					t.Errorf("key %.10q: %+v", bad, got)
				}
			}
		})
	}
}
