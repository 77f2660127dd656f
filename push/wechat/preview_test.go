package wechat

import (
	"testing"
	"time"

	"hongyan/oa/sandbox"
)

// A preview holds the very values that are sent, in the template's order and
// under its labels, and marks what the card has no room for.
func TestNamed_IsWhatIsSent(t *testing.T) {
	w := newWorld(t, Options{}, nil)
	j := w.job()
	j.Card.Summary = "三号机房的磁盘使用率到了百分之九十一，请在今天下班前清理"
	title, fields := w.channel.Named(t.Context(), j.Card)
	if title == "" || len(fields) != 4 {
		t.Fatalf("%q %+v", title, fields)
	}
	w.deliver(j)
	chat := w.follower.Chat()
	sent := chat[len(chat)-1].Fields
	for _, f := range fields {
		if got := sent.Value(f.Key); got != f.Value || f.Label == "" {
			t.Errorf("%+v, sent was %q", f, got)
		}
		if f.Cut != (f.Key == "thing2") {
			t.Errorf("%s is cut: %v", f.Key, f.Cut)
		}
	}
	if fields[0].Key != "thing1" {
		t.Errorf("the first field is %s", fields[0].Key)
	}
}

// While WeChat gives no templates the fields come without labels, and it is
// asked again a minute later and not before.
func TestNamed_WithoutWeChat(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, Options{Now: func() time.Time { return now }}, nil)
	w.fault(sandbox.Fault{Path: "/cgi-bin/template/get_all_private_template", ErrCode: 48001, Times: 1})
	for _, c := range []struct {
		after   time.Duration
		labels  bool
		because string
	}{{0, false, "it refuses"}, {30 * time.Second, false, "it is not asked yet"}, {31 * time.Second, true, "it answers"}} {
		now = now.Add(c.after)
		title, fields := w.channel.Named(t.Context(), card())
		if (title != "") != c.labels || (fields[0].Label != "") != c.labels || fields[0].Value == "" {
			t.Errorf("%s: %q %+v", c.because, title, fields)
		}
	}
}

// Times and figures are written another way, which cuts nothing.
func TestPreview_CutsOnlyText(t *testing.T) {
	m, err := parseMapping(map[string]string{"time1": "{time}", "date2": "{time}", "thing3": "{app}", "short_thing4": "{summary}", "phrase5": "{app}", "character_string6": "{summary}"})
	if err != nil {
		t.Fatal(err)
	}
	c := &Channel{mapping: m}
	for _, f := range c.Preview(card()) {
		if want := f.Key == "short_thing4" || f.Key == "character_string6"; f.Cut != want {
			t.Errorf("%s %q is cut: %v, want %v", f.Key, f.Value, f.Cut, want)
		}
	}
}
