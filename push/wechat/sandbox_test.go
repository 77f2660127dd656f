package wechat

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hongyan/oa/sandbox"
	"hongyan/push"
)

// everyKind maps a field of each kind that takes free text.
func everyKind() map[string]string {
	fields := map[string]string{"time20": "{time}", "date21": "{time}", "const22": "通知", "enum23": "成功"}
	for i, kind := range Kinds() {
		switch kind {
		case "time", "date", "const", "enum":
		default:
			fields[fmt.Sprint(kind, i+1)] = "{summary}"
		}
	}
	return fields
}

func TestRender_NeverEarns47003AtWeChat(t *testing.T) {
	w := newWorld(t, Options{Fields: everyKind(), TemplateID: "every"}, nil)
	if err := w.UseProfile("bench"); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for key := range everyKind() {
		lines = append(lines, key+"：{{"+key+".DATA}}")
	}
	w.AddTemplate(sandbox.Template{ID: "every", Title: "全部", Content: strings.Join(lines, "\n")})
	n := 0
	send := func(t interface{ Fatalf(string, ...any) }, summary string) {
		n++
		j := w.job()
		j.Card.Summary, j.Card.ClientMsgID = summary, fmt.Sprint("msg-", n)
		if out := w.deliver(j); out.Verdict != push.Accepted {
			t.Fatalf("%q: got %d %s", summary, out.Verdict, out.Reason)
		}
	}
	for _, summary := range []string{"", " ", "重启", "🔥🔥🔥", "\x00\n\xff", strings.Repeat("长", 100), "¥1,234,567,890,123.45元", "粤A8Z888挂", "Bob 小明 42", strings.Repeat("9", 80)} {
		send(t, summary)
	}
	rapid.Check(t, func(r *rapid.T) { send(r, rapid.String().Draw(r, "summary")) })
}

// The sandbox must be able to refuse, else the test above proves nothing.
func TestRender_SandboxDoesCheckFields(t *testing.T) {
	w := newWorld(t, Options{}, nil)
	w.channel.mapping = mapping{{key: "thing1", kind: "const", text: ""}}
	if out := w.deliver(w.job()); out.Verdict != push.Permanent || !strings.Contains(out.Reason, "47003") {
		t.Errorf("got %d %q", out.Verdict, out.Reason)
	}
}

func BenchmarkDeliver(b *testing.B) {
	w := newWorld(b, Options{}, nil)
	if err := w.UseProfile("bench"); err != nil {
		b.Fatal(err)
	}
	j := w.job()
	for b.Loop() {
		if out := w.deliver(j); out.Verdict != push.Accepted {
			b.Fatal(out.Reason)
		}
	}
}
