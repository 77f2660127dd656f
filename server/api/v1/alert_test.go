package v1

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"hongyan/push/content"
)

const alertmanagerBody = `{"receiver":"wechat","status":"firing","alerts":[
	{"status":"firing","labels":{"alertname":"磁盘将满","instance":"web-1:9100","severity":"critical"},
	 "annotations":{"summary":"web-1 磁盘使用率 91%","description":"挂载点 /data\n还剩 12 GB","runbook_url":"https://wiki.example/disk?a=1&b=(2)"},
	 "startsAt":"2026-11-02T04:00:00.123Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prom:9090/graph?g0.expr=up","fingerprint":"a1"},
	{"status":"resolved","labels":{"alertname":"磁盘将满","instance":"web-2"},"annotations":{},
	 "startsAt":"2026-11-02T04:00:00Z","endsAt":"2026-11-02T05:00:00Z","generatorURL":"","fingerprint":"a2"}],
	"groupLabels":{"alertname":"磁盘将满"},"commonLabels":{"alertname":"磁盘将满"},"commonAnnotations":{},
	"externalURL":"http://alertmanager:9093","version":"4","groupKey":"{}:{alertname=\"磁盘将满\"}","truncatedAlerts":3}`

const grafanaBody = `{"receiver":"","status":"resolved","state":"ok","orgId":1,"title":"[RESOLVED] CPU","message":"**Resolved**",
	"alerts":[{"status":"resolved","labels":{"alertname":"CPU","__alert_rule_uid__":"x"},"annotations":{"load":4.5},
	"startsAt":"2026-11-02T04:00:00+08:00","endsAt":"2026-11-02T04:10:00+08:00","dashboardURL":"https://g.example/d/1","values":{"A":1},
	"silenceURL":"javascript:alert(1)"}],"version":"1","externalURL":"https://g.example/"}`

func TestAlert_IsReadable(t *testing.T) {
	for name, c := range map[string]struct {
		body, title string
		shows, not  []string
	}{
		"Alertmanager": {alertmanagerBody, "【告警】磁盘将满（1 条触发，1 条恢复）",
			[]string{"web-1 磁盘使用率 91%", "挂载点 /data<br/>", "还剩 12 GB", "instance：web-1:9100", "开始：2026-11-02 12:00:00",
				"结束：2026-11-02 13:00:00", `href="https://wiki.example/disk?a=1&amp;b=%282%29"`, `href="http://prom:9090/graph?g0.expr=up"`, "另有 3 条没有显示"},
			[]string{"0001", "\\"}},
		"Grafana": {grafanaBody, "【恢复】CPU（1 条恢复）",
			[]string{"load：4.5", "仪表盘", "结束：2026-11-02 04:10:00"}, []string{"__alert_rule_uid__", "javascript", "静默"}},
		"Grafana without alerts": {`{"title":"测试通知","message":"第一行\n第二行","status":"firing"}`, "【告警】测试通知", []string{"第一行", "第二行"}, nil},
		"hardly anything":        {`{"alerts":[{}],"extra":null}`, "【告警】未命名告警（1 条触发）", nil, nil},
		"null everywhere":        {`{"alerts":[{"labels":null,"annotations":null,"status":null}],"commonLabels":null,"title":null}`, "【告警】未命名告警（1 条触发）", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var n alertNotice
			if err := json.Unmarshal([]byte(c.body), &n); err != nil || n.empty() {
				t.Fatalf("empty %v, %v", n.empty(), err)
			}
			if got := n.title(); got != c.title {
				t.Errorf("title %q, want %q", got, c.title)
			}
			page := pageOf(t, &n)
			for _, want := range c.shows {
				if !strings.Contains(page, want) {
					t.Errorf("the page does not show %q:\n%s", want, page)
				}
			}
			for _, not := range c.not {
				if strings.Contains(page, not) {
					t.Errorf("the page shows %q:\n%s", not, page)
				}
			}
		})
	}
}

func pageOf(t testing.TB, n *alertNotice) string {
	t.Helper()
	page, err := content.Page(content.Markdown, n.markdown())
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

var tagName = regexp.MustCompile(`<([a-z0-9]+)`)

// ours are the only elements of an alert's page; a link appears only where an
// address was given.
func wantOnlyOurTags(t testing.TB, page string) {
	t.Helper()
	for _, tag := range tagName.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(" p strong ul li br ", " "+tag[1]+" ") {
			t.Errorf("element %s in the page:\n%s", tag[1], page)
		}
	}
}

// Nothing that a label says can become anything but that text.
func TestAlert_HostileTextStaysText(t *testing.T) {
	for _, s := range []string{
		"<script>alert(1)</script>", "</li></ul><h1>x", "[点我](https://evil.example)", "![x](https://evil.example/x.png)",
		"https://evil.example", "www.evil.example", "a@evil.example", "<https://evil.example>", "`code`", "# 标题", "> 引用", "| a | b |\n|---|---|\n| 1 | 2 |",
		"```\nx\n```", "    code", "1. 一\n2. 二", "- [ ] 任务", "---", "***", "a\n===", "**粗** _斜_ ~~删~~", "&lt;b&gt; &#60;", "\\", "\\*", "\u202eabc", "\x00\x1b[31m", "[x]: https://evil.example", "\u2028# x", "x  \n# y", "<!-- x",
	} {
		n := alertNotice{Title: s, CommonLabels: alertWords{s: s}, Alerts: []alert{{
			Labels: alertWords{"alertname": s, s: s, "label": s}, Annotations: alertWords{"summary": s, "description": "前\n" + s + "\n后", s: s}, StartsAt: s,
		}}}
		if link(s) != "" { // an address of its own may be a link
			n.Alerts[0].Labels, n.Alerts[0].Annotations = alertWords{"alertname": s}, alertWords{"summary": s}
		}
		wantOnlyOurTags(t, pageOf(t, &n))
	}
}

func TestAlert_ManyAndLongOnesStayWithinAMessage(t *testing.T) {
	var n alertNotice
	for i := range 500 {
		labels := alertWords{}
		for j := range 100 {
			labels[fmt.Sprintf("标签%d%s", j, strings.Repeat("*", 300))] = strings.Repeat("<", 5000)
		}
		n.Alerts = append(n.Alerts, alert{Labels: labels, Annotations: labels, Status: []string{"firing", "resolved"}[i%2]})
	}
	text := n.markdown()
	if got := utf8.RuneCountInString(text); got > longestText || !strings.Contains(text, "条没有显示") {
		t.Errorf("%d characters", got)
	}
}

func FuzzAlert(f *testing.F) {
	for _, body := range []string{alertmanagerBody, grafanaBody, `{"title":"# x\n[a](b)"}`, `{"alerts":[{"labels":{"a":[1]}}]}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var n alertNotice
		if len(body) > maxBody || json.Unmarshal(body, &n) != nil || n.empty() {
			return
		}
		title, text := n.title(), n.markdown()
		if got := utf8.RuneCountInString(title); got == 0 || got > 100 || !utf8.ValidString(title) || strings.ContainsAny(title, "\x00\n") {
			t.Errorf("title %q", title)
		}
		if got := utf8.RuneCountInString(text); got > longestText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Errorf("%d characters: %q", got, text)
		}
		for _, a := range n.Alerts {
			if a.GeneratorURL+a.DashboardURL+a.PanelURL+a.SilenceURL != "" {
				return
			}
		}
		if strings.Contains(text, "](<") {
			return
		}
		wantOnlyOurTags(t, pageOf(t, &n))
	})
}

func TestCodeBlock_ShowsJSONAsItIs(t *testing.T) {
	for _, c := range []struct {
		body, contentType, want string
	}{
		{`{"a":[1,2.50],"b":"中"}`, "", "{\n  \"a\": [\n    1,\n    2.50\n  ],\n  \"b\": \"中\"\n}"},
		{`{"z":"\u4e2d\u6587 \"x\" \\ <b> \ud83d\ude00","a":1}`, "application/json", "{\n  \"z\": \"中文 \\\"x\\\" \\\\ <b> 😀\",\n  \"a\": 1\n}"},
		{`42`, "application/json", "42"},
		{`42`, "text/plain", ""},
		{`{"a":`, "application/json", ""},
		{`[磁盘] 将满`, "", ""},
		{``, "application/json", ""},
		{"\xff", "", ""},
	} {
		got, ok := codeBlock([]byte(c.body), c.contentType)
		if want := "```json\n" + c.want + "\n```"; ok != (c.want != "") || ok && got != want {
			t.Errorf("%s: %q %v, want %q", c.body, got, ok, want)
		}
	}
}
