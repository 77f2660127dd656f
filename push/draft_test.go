package push_test

import (
	"errors"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
)

func TestF28_Draft_CountsCodePoints(t *testing.T) {
	tests := map[string]struct {
		change func(*push.Draft)
		field  string // refused; empty: accepted
		says   string
	}{
		"longest content":     {func(d *push.Draft) { d.Content = strings.Repeat("鸿", 40_000) }, "", ""},
		"emoji are one each":  {func(d *push.Draft) { d.Content = strings.Repeat("😀", 40_000) }, "", ""},
		"content too long":    {func(d *push.Draft) { d.Content = strings.Repeat("雁", 40_001) }, "content", "40001"},
		"no content":          {func(d *push.Draft) { d.Content = "" }, "content", ""},
		"NUL":                 {func(d *push.Draft) { d.Content = "a\x00b" }, "content", "NUL"},
		"half a letter":       {func(d *push.Draft) { d.Content = "鸿"[:2] }, "content", "UTF-8"},
		"NUL in summary":      {func(d *push.Draft) { d.Summary = "\x00" }, "summary", "NUL"},
		"long summary is cut": {func(d *push.Draft) { d.Summary = strings.Repeat("长", 500) }, "", ""},
		"half a letter there": {func(d *push.Draft) { d.Summary = "\xff" }, "summary", "UTF-8"},
		"address":             {func(d *push.Draft) { d.URL = "HTTPS://例子.中国/路径?a=1#b" }, "", ""},
		"longest address":     {func(d *push.Draft) { d.URL = "http://a/" + strings.Repeat("b", 991) }, "", ""},
		"address too long":    {func(d *push.Draft) { d.URL = "http://a/" + strings.Repeat("b", 992) }, "url", "1001"},
		"script":              {func(d *push.Draft) { d.URL = "javascript:alert(1)" }, "url", "http"},
		"data":                {func(d *push.Draft) { d.URL = "data:text/html,x" }, "url", "http"},
		"weixin":              {func(d *push.Draft) { d.URL = "weixin://dl/x" }, "url", "http"},
		"relative":            {func(d *push.Draft) { d.URL = "//evil.example/x" }, "url", "http"},
		"no host":             {func(d *push.Draft) { d.URL = "http:///x" }, "url", "http"},
		"NUL in address":      {func(d *push.Draft) { d.URL = "http://a/\x00" }, "url", "NUL"},
		"kind 0":              {func(d *push.Draft) { d.Kind = 0 }, "contentType", "0"},
		"kind 4":              {func(d *push.Draft) { d.Kind = 4 }, "contentType", "4"},
		"audience":            {func(d *push.Draft) { d.Audience = 3 }, "verifyPayType", "3"},
		"2000 uids":           {func(d *push.Draft) { d.UIDs = make([]push.UID, 2000) }, "", ""},
		"2001 uids":           {func(d *push.Draft) { d.UIDs = make([]push.UID, 2001) }, "uids", "2001"},
		"a broken uid":        {func(d *push.Draft) { d.UIDs = []push.UID{"UID_\x00"} }, "uids", "NUL"},
		"6 topics":            {func(d *push.Draft) { d.Topics = make([]push.TopicID, 6) }, "topicIds", "6"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := push.Draft{Content: "磁盘将满", Kind: content.Text}
			tt.change(&d)
			err := d.Validate()
			var invalid *push.Invalid
			if errors.As(err, &invalid) != (tt.field != "") {
				t.Fatalf("got %v, want field %q refused", err, tt.field)
			}
			if invalid != nil && (invalid.Field != tt.field || !strings.Contains(invalid.Text, tt.says)) {
				t.Errorf("got %q: %q, want %q with %q", invalid.Field, invalid.Text, tt.field, tt.says)
			}
		})
	}
}

func TestSend_CutsALongSummary(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		uid := w.follower("小明", app)
		w.send(token, push.Draft{Summary: strings.Repeat("长", 101), UIDs: []push.UID{uid}})
		if got, want := w.word(`SELECT summary FROM message`), strings.Repeat("长", 99)+"…"; got != want {
			t.Errorf("got %q", got)
		}
	})
}
