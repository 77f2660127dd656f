package callback

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/push"
)

func TestF25_VerdictOfEveryAnswer(t *testing.T) {
	hour := func(now time.Time) string { return now.Add(time.Hour).UTC().Format(http.TimeFormat) }
	tests := []struct {
		status  int
		retry   func(now time.Time) string
		verdict push.Verdict
		wait    time.Duration
		reason  string
	}{
		{200, nil, push.Delivered, 0, ""},
		{201, nil, push.Delivered, 0, ""},
		{204, nil, push.Delivered, 0, ""},
		{299, nil, push.Delivered, 0, ""},
		{300, nil, push.Temporary, 0, "300 跳转"},
		{301, nil, push.Temporary, 0, "301 跳转"},
		{302, nil, push.Temporary, 0, "不跟随跳转"},
		{304, nil, push.Temporary, 0, "304 跳转"},
		{307, nil, push.Temporary, 0, "307 跳转"},
		{308, nil, push.Temporary, 0, "308 跳转"},
		{400, nil, push.Temporary, 0, "400"},
		{401, nil, push.Temporary, 0, "签名验证"},
		{403, nil, push.Temporary, 0, "签名验证"},
		{404, nil, push.Temporary, 0, "路径"},
		{405, nil, push.Temporary, 0, "POST"},
		{410, nil, push.Gone, 0, "已停用"},
		{410, hour, push.Gone, 0, "已停用"},
		{418, nil, push.Temporary, 0, "应当返回 2xx"},
		{429, nil, push.Temporary, 0, "请求太多"},
		{429, fixed("120"), push.RetryAfter, 2 * time.Minute, "请求太多"},
		{429, fixed(" 7 "), push.RetryAfter, 7 * time.Second, "请求太多"},
		{429, hour, push.RetryAfter, time.Hour, "请求太多"},
		{429, fixed("0"), push.Temporary, 0, "请求太多"},
		{429, fixed("-5"), push.Temporary, 0, "请求太多"},
		{429, fixed("马上"), push.Temporary, 0, "请求太多"},
		{429, fixed("1.5"), push.Temporary, 0, "请求太多"},
		{429, fixed("604800"), push.RetryAfter, 24 * time.Hour, "请求太多"},
		{429, fixed("99999999999999999999999"), push.RetryAfter, 24 * time.Hour, "请求太多"},
		{429, fixed("9223372036854775807"), push.RetryAfter, 24 * time.Hour, "请求太多"},
		{429, fixed("Fri, 31 Dec 2999 23:59:59 GMT"), push.RetryAfter, 24 * time.Hour, "请求太多"},
		{429, fixed("Fri, 31 Dec 1999 23:59:59 GMT"), push.Temporary, 0, "请求太多"},
		{500, hour, push.Temporary, 0, "500"},
		{502, nil, push.Temporary, 0, "服务日志"},
		{503, nil, push.Temporary, 0, "503"},
		{503, fixed("30"), push.RetryAfter, 30 * time.Second, "503"},
		{503, hour, push.RetryAfter, time.Hour, "503"},
		{599, nil, push.Temporary, 0, "599"},
		{999, nil, push.Temporary, 0, "999"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				c := developer(t, func(w http.ResponseWriter, r *http.Request) {
					calls++
					if tt.retry != nil {
						w.Header().Set("Retry-After", tt.retry(time.Now()))
					}
					w.Header().Set("Location", "http://elsewhere.example/")
					w.WriteHeader(tt.status)
				})
				out := c.Deliver(t.Context(), job("http://dev.example/hook"))
				if out.Verdict != tt.verdict || !strings.Contains(out.Reason, tt.reason) || (out.Reason == "") != (tt.reason == "") {
					t.Errorf("got %d %q, want %d %q", out.Verdict, out.Reason, tt.verdict, tt.reason)
				}
				if wait := time.Until(out.RetryAt); tt.wait != 0 && wait != tt.wait || tt.wait == 0 && !out.RetryAt.IsZero() {
					t.Errorf("retry at %v (in %v), want in %v", out.RetryAt, wait, tt.wait)
				}
				if out.Attempt.Status != tt.status || out.Attempt.Failure != out.Reason || calls != 1 {
					t.Errorf("attempt %+v after %d calls", out.Attempt, calls)
				}
			})
		})
	}
}

func fixed(s string) func(time.Time) string { return func(time.Time) string { return s } }

func TestF25_SuccessWithBadJSONIsNoReplyAndANote(t *testing.T) {
	long := strings.Repeat("长", 1000)
	tests := []struct{ name, body, reply, note string }{
		{"empty", "", "", ""},
		{"white space", " \r\n", "", ""},
		{"no field", `{"code":1000}`, "", ""},
		{"reply", `{"reply":"服务器已重启 ✅"}`, "服务器已重启 ✅", ""},
		{"escapes", `{"reply":"\u91cd\u542f\n\ud83d\ude80"}`, "重启\n🚀", ""},
		{"byte order mark", "\uFEFF" + `{"reply":"好"}`, "好", ""},
		{"null", `{"reply":null}`, "", ""},
		{"empty reply", `{"reply":""}`, "", ""},
		{"blank reply", `{"reply":" \n\t　"}`, "", ""},
		{"another case", `{"Reply":"好","REPLY":"好"}`, "", ""},
		{"nested", `{"data":{"reply":"好"}}`, "", ""},
		{"number", `{"reply":42}`, "", wordReplyType},
		{"list", `{"reply":["好"]}`, "", wordReplyType},
		{"controls", `{"reply":"\u0000a\u0007\r\nb\u007f\u0085"}`, "a\nb", ""},
		{"half a surrogate", `{"reply":"a\ud800"}`, "a\uFFFD", ""},
		{"plain text", "success", "", wordBodyNotJSON},
		{"JSON text", `"好"`, "", wordBodyNotJSON},
		{"JSON list", `[{"reply":"好"}]`, "", wordBodyNotJSON},
		{"JSON null", `null`, "", wordBodyNotJSON},
		{"page", "<html><body>ok</body></html>", "", wordBodyNotJSON},
		{"cut off", `{"reply":"好`, "", wordBodyNotJSON},
		{"two objects", `{"reply":"一"}{"reply":"二"}`, "", wordBodyNotJSON},
		{"GBK", "{\"reply\":\"\xd6\xd8\xc6\xf4\"}", "", wordBodyCharset},
		{"1 M deep", strings.Repeat("[", 60000), "", wordBodyNotJSON},
		{"long Chinese", `{"reply":"` + long + `"}`, strings.Repeat("长", 599) + "…", ""},
		{"long emoji", `{"reply":"` + strings.Repeat("🚀", 600) + `"}`, strings.Repeat("🚀", 511) + "…", ""},
		{"600 characters", `{"reply":"` + strings.Repeat("长", 600) + `"}`, strings.Repeat("长", 600), ""},
		{"601 characters", `{"reply":"` + strings.Repeat("长", 601) + `"}`, strings.Repeat("长", 599) + "…", ""},
		{"over 64 KiB", `{"reply":"好","pad":"` + strings.Repeat("x", maxAnswer) + `"}`, "", wordBodyLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := developer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, tt.body) })
			out := c.Deliver(t.Context(), job("http://dev.example/"))
			if out.Verdict != push.Delivered || out.Reply != tt.reply || out.Attempt.Failure != tt.note {
				t.Errorf("got %d %q note %q, want reply %q note %q", out.Verdict, out.Reply, out.Attempt.Failure, tt.reply, tt.note)
			}
		})
	}
}

func TestF25_RefusalsCarryNoReply(t *testing.T) {
	c := developer(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(500)
		io.WriteString(w, `{"reply":"不该说的话"}`)
	})
	if out := c.Deliver(t.Context(), job("http://dev.example/")); out.Reply != "" || !strings.Contains(out.Attempt.Answer, "不该说的话") {
		t.Errorf("got reply %q, answer %q", out.Reply, out.Attempt.Answer)
	}
}

func TestClean_FitsAnyDatabase(t *testing.T) {
	tests := []struct{ in, want string }{
		{"重启", "重启"},
		{"a\x00b", "a\uFFFDb"},
		{"a\xff\xfeb", "a\uFFFDb"},
		{strings.Repeat("a\xff", maxAnswer/2), strings.Repeat("a\uFFFD", maxAnswer/4)},
		{"x" + strings.Repeat("重", maxAnswer/3+1), "x" + strings.Repeat("重", maxAnswer/3)},
	}
	for _, tt := range tests {
		if got := clean([]byte(tt.in)); got != tt.want {
			t.Errorf("clean(%.20q): got %d bytes %.20q, want %d bytes %.20q", tt.in, len(got), got, len(tt.want), tt.want)
		}
	}
}
