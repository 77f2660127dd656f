package commands

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"hongyan/push"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("重启服务器", 120)
	uplink := func(app push.AppID, content string) Phrase {
		return Phrase{Verb: Uplink, App: app, Content: content}
	}
	plain := func(content string) Phrase { return Phrase{Verb: Plain, Content: content} }
	for _, c := range []struct {
		text string
		want Phrase
	}{
		{"", Phrase{}},
		{" \u3000\n\u200b", Phrase{}},
		{"\x00", Phrase{}},

		{"#97 重启服务器", uplink(97, "重启服务器")},
		{"＃97 重启服务器", uplink(97, "重启服务器")},
		{"＃９７　重启服务器", uplink(97, "重启服务器")},
		{"#9７ 重启服务器", uplink(97, "重启服务器")},
		{"#97    重启服务器", uplink(97, "重启服务器")},
		{"#97 \u3000\t 重启服务器 \u3000", uplink(97, "重启服务器")},
		{"  #97 重启服务器\n", uplink(97, "重启服务器")},
		{"# 97 重启服务器", uplink(97, "重启服务器")},
		{"#97\n重启服务器", uplink(97, "重启服务器")},
		{"#97 第一行\n第二行\r\n\n第四行", uplink(97, "第一行\n第二行\r\n\n第四行")},
		{"#97 两个  空格", uplink(97, "两个  空格")},
		{"#97重启", uplink(97, "重启")},
		{"#97：重启", uplink(97, "：重启")},
		{"#097 重启", uplink(97, "重启")},
		{"#97 98", uplink(97, "98")},
		{"#97 #98 重启", uplink(97, "#98 重启")},
		{"#97 🚀👨‍👩‍👧", uplink(97, "🚀👨‍👩‍👧")},
		{"#97🚀", uplink(97, "🚀")},
		{"#97 帮助", uplink(97, "帮助")},
		{"#97 " + long, uplink(97, long)},
		{"#97 <a href=\"x\">&", uplink(97, "<a href=\"x\">&")},
		{"#97 a\xffb\x00c", uplink(97, "abc")},

		{"#97", Phrase{Verb: Follow, App: 97}},
		{"＃９７", Phrase{Verb: Follow, App: 97}},
		{" #97 \u3000", Phrase{Verb: Follow, App: 97}},
		{"#0", Phrase{Verb: Follow}},
		{"#000", Phrase{Verb: Follow}},
		{"#999999999999999999", Phrase{Verb: Follow, App: 999999999999999999}},
		{"#9999999999999999999", Phrase{Verb: Follow}},
		{"#18446744073709551713 重启", uplink(0, "重启")},
		{"#" + strings.Repeat("9", 600), Phrase{Verb: Follow}},
		{"#0000000000000000000000097", Phrase{Verb: Follow, App: 97}},

		{"#97 ↩3", Phrase{Verb: Recall, App: 97, Kept: 3}},
		{"#97 ↩\uFE0F３", Phrase{Verb: Recall, App: 97, Kept: 3}},
		{"#97↩12", Phrase{Verb: Recall, App: 97, Kept: 12}},
		{"#97 ↩", uplink(97, "↩")},
		{"#97 ↩0", uplink(97, "↩0")},
		{"#97 ↩3 重启", uplink(97, "↩3 重启")},
		{"#97 ↩99999999999", uplink(97, "↩99999999999")},
		{"↩3", plain("↩3")},

		{"#", Phrase{Verb: Help}},
		{"＃ ", Phrase{Verb: Help}},
		{"#abc", plain("#abc")},
		{"#重启", plain("#重启")},
		{"##97 重启", plain("##97 重启")},
		{"#-97", plain("#-97")},
		{"#٩٧ 重启", plain("#٩٧ 重启")},
		{"97 重启", plain("97 重启")},
		{"重启服务器", plain("重启服务器")},
		{"第一行\n第二行", plain("第一行\n第二行")},
		{long, plain(long)},
		{"🚀", plain("🚀")},

		{"我的UID", Phrase{Verb: MyUID}},
		{"我的 uid", Phrase{Verb: MyUID}},
		{"我的ＵＩＤ。", Phrase{Verb: MyUID}},
		{"我的SPT", Phrase{Verb: MySPT}},
		{"我的订阅", Phrase{Verb: MySubscriptions}},
		{"我的订阅！", Phrase{Verb: MySubscriptions}},
		{"消息市场", Phrase{Verb: Market}},
		{"帮助", Phrase{Verb: Help}},
		{"HELP", Phrase{Verb: Help}},
		{"？", Phrase{Verb: Help}},
		{"帮助我", plain("帮助我")},
		{"关闭消息", Phrase{Verb: Mute}},
		{"暂停消息", Phrase{Verb: Mute}},
		{"打开消息", Phrase{Verb: Unmute}},
		{"恢复消息", Phrase{Verb: Unmute}},
		{"。", plain("。")},

		{"退订 #97", Phrase{Verb: Unfollow, App: 97}},
		{"退订＃９７", Phrase{Verb: Unfollow, App: 97}},
		{"退订97", Phrase{Verb: Unfollow, App: 97}},
		{"取消关注　#97", Phrase{Verb: Unfollow, App: 97}},
		{"退订 #0", Phrase{Verb: Unfollow}},
		{"退订主题 #12", Phrase{Verb: UnfollowTopic, Topic: 12}},
		{"退订 主题12", Phrase{Verb: UnfollowTopic, Topic: 12}},
		{"退订", Phrase{Verb: MySubscriptions}},
		{"退订 #97 吧", plain("退订 #97 吧")},
		{"退订主题", plain("退订主题")},
	} {
		if got := Parse(c.text); got != c.want {
			t.Errorf("Parse(%.40q): got %+v, want %+v", c.text, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("#97 重启服务器")
	f.Fuzz(func(t *testing.T, text string) {
		p := Parse(text)
		if !utf8.ValidString(p.Content) || strings.ContainsRune(p.Content, 0) {
			t.Errorf("content %q cannot be stored", p.Content)
		}
		if p.Content != trim(p.Content) {
			t.Errorf("content %q has blanks around it", p.Content)
		}
		if len(p.Content) > len(text) {
			t.Errorf("content %q is longer than the text %q", p.Content, text)
		}
		if p.App < 0 || p.Topic < 0 || p.Kept < 0 {
			t.Errorf("negative number in %+v", p)
		}
		if (p.Content != "") != (p.Verb == Plain || p.Verb == Uplink) {
			t.Errorf("content of %+v", p)
		}
		if back := Parse(canonical(p)); back != p {
			t.Errorf("%+v written as %q is read as %+v", p, canonical(p), back)
		}
		if p.Verb == Plain && fitsTap(p.Content) {
			checkTap(t, p.Content)
		}
	})
}

// canonical writes p the plainest way.
func canonical(p Phrase) string {
	switch p.Verb {
	case Uplink:
		return address(p.App, p.Content)
	case Follow:
		return fmt.Sprintf("#%d", p.App)
	case Recall:
		return address(p.App, keptName(p.Kept))
	case Unfollow:
		return fmt.Sprintf("退订 #%d", p.App)
	case UnfollowTopic:
		return fmt.Sprintf("退订主题 #%d", p.Topic)
	case Plain:
		return p.Content
	}
	for word, verb := range words {
		if verb == p.Verb {
			return word
		}
	}
	return ""
}

// checkTap wants a content that a link may carry to come back whole.
func checkTap(t *testing.T, content string) {
	t.Helper()
	link := tap("97", address(97, content), "x")
	_, rest, _ := strings.Cut(link, "msgmenucontent=")
	sent, _, _ := strings.Cut(rest, "&msgmenuid")
	if got := Parse(sent); got.Verb != Uplink || got.App != 97 || got.Content != content {
		t.Errorf("tapping %q sends %+v", link, got)
	}
}
