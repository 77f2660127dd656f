package wechat

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hongyan/push"
)

func card() *push.Card {
	return &push.Card{
		User: 7, OpenID: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", AppName: "监控", TopicName: "机房", Summary: "三号机房温度 42 度\n请处理",
		ClientMsgID: "d7-1", Short: "K7Q2", PageURL: "https://push.example/api/message/abc",
		At: time.Date(2024, 12, 31, 16, 30, 15, 0, time.UTC),
	}
}

func TestMapping_FillsEveryPlaceholder(t *testing.T) {
	m, err := parseMapping(map[string]string{
		"thing1": "{source}", "thing2": "{summary}", "time3": "{time}", "character_string4": "{id}", "thing5": "{app}/{topic}",
		"const6": "已完成", "date7": "{time}", "character_string8": "{time}", "phrase9": "{app}通知", "thing10": "{time}",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"thing1": "监控·机房", "thing2": "三号机房温度 42 度 请处理", "time3": "2025年1月1日 00:30", "character_string4": "K7Q2", "thing5": "监控/机房",
		"const6": "已完成", "date7": "2025年1月1日 00:30", "character_string8": "2025-01-01-00:30:15", "phrase9": "监控通知", "thing10": "2025-01-01 00:30:15",
	}
	if diff := cmp.Diff(want, m.values(card())); diff != "" {
		t.Error(diff)
	}
	plain := card()
	plain.TopicName = ""
	if got := m.values(plain); got["thing1"] != "监控" || got["thing5"] != "监控/" {
		t.Errorf("without a topic: %q", got)
	}
}

// A developer's text is no mapping: what looks like a placeholder in it stays.
func TestMapping_DoesNotExpandTwice(t *testing.T) {
	m, _ := parseMapping(map[string]string{"thing1": "{summary}"})
	c := card()
	c.Summary = "{app}{id}{oops}"
	if got := m.values(c)["thing1"]; got != c.Summary {
		t.Errorf("got %q, want %q", got, c.Summary)
	}
}

func TestNew_NamesTheNearestRightName(t *testing.T) {
	tests := []struct {
		o    Options
		want string
	}{
		{Options{}, "template id is missing"},
		{Options{TemplateID: "T", Route: "costumer-then-template"}, `did you mean "customer-then-template"`},
		{Options{TemplateID: "T", Route: TemplateThenCustomer}, "budgets"},
		{Options{TemplateID: "T", Fields: map[string]string{"thing1": "{sumary}"}}, "did you mean {summary}"},
		{Options{TemplateID: "T", Fields: map[string]string{"thing1": "{Topic}"}}, "did you mean {topic}"},
		{Options{TemplateID: "T", Fields: map[string]string{"thing1": "{summary"}}, "did you mean {summary}"},
		{Options{TemplateID: "T", Fields: map[string]string{"thing1": "a}"}}, "unknown placeholder }"},
		{Options{TemplateID: "T", Fields: map[string]string{"think1": "{app}"}}, `did you mean "thing1"`},
		{Options{TemplateID: "T", Fields: map[string]string{"charactor_string4": "{id}"}}, `did you mean "character_string4"`},
		{Options{TemplateID: "T", Fields: map[string]string{"thing": "{app}"}}, `did you mean "thing1"`},
		{Options{TemplateID: "T", Fields: map[string]string{"first": "{app}"}}, `"first": unknown kind`},
		{Options{TemplateID: "T", Fields: map[string]string{"time3": "时间 {time}"}}, `shows "{time}"`},
		{Options{TemplateID: "T", Fields: map[string]string{"date3": "{summary}"}}, `shows "{time}"`},
		{Options{TemplateID: "T", Fields: map[string]string{"const3": "{app}"}}, "approved with the template"},
		{Options{TemplateID: "T", Fields: map[string]string{"thing3": "这一段固定的文字比二十个字还要长所以不行"}}, ""},
		{Options{TemplateID: "T", Fields: map[string]string{"thing3": "这一段固定的文字比二十个字还要长所以就不行了"}}, "does not fit"},
		{Options{TemplateID: "T", Fields: map[string]string{"phrase3": "OK"}}, "does not fit"},
		{Options{TemplateID: "T", Fields: map[string]string{"time3": "2019年10月1日 15:01"}}, ""},
		{Options{TemplateID: "T", Fields: map[string]string{"const3": ""}}, ""},
		{Options{TemplateID: "T"}, ""},
	}
	for _, tt := range tests {
		_, err := New(tt.o)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("New(%+v): got %v, want %q", tt.o.Fields, err, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for wrong, want := range map[string]string{"thin": "thing", "charstring": "character_string", "phone": "phrase", "datetime": "name", "number": "number"} {
		if got := nearest(wrong, Kinds()); got != want && distance([]rune(wrong), []rune(got)) > distance([]rune(wrong), []rune(want)) {
			t.Errorf("nearest(%q) = %q, want %q or as near", wrong, got, want)
		}
	}
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "重启", 2}, {"重启", "重装", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}} {
		if got := distance([]rune(tt.a), []rune(tt.b)); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
