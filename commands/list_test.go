package commands

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"hongyan/push"
)

func TestFit_CutsAListSensibly(t *testing.T) {
	more := func(n int) string { return fmt.Sprintf("还有 %d 个", n) }
	for _, n := range []int{0, 1, 20, 200} {
		lines := make([]string, n)
		for i := range lines {
			lines[i] = strings.Repeat("名", 20)
		}
		list, whole := fit("头", lines, more, "尾")
		shown := strings.Count(list, lines0(lines))
		if len(list) > maxReply || !strings.HasPrefix(list, "头") || !strings.HasSuffix(list, "尾") {
			t.Errorf("%d lines: %d bytes, %.20q", n, len(list), list)
		}
		if whole != (shown == n) || whole == strings.Contains(list, "还有") {
			t.Errorf("%d lines: whole %v with %d shown in %q", n, whole, shown, list)
		}
		if !whole && !strings.Contains(list, more(n-shown)) {
			t.Errorf("%d lines, %d shown: %q", n, shown, list)
		}
	}
}

// lines0 is the text of a line, something absent when there are none.
func lines0(lines []string) string {
	if len(lines) == 0 {
		return "\x00"
	}
	return lines[0]
}

func TestPlainName_OpensNoLink(t *testing.T) {
	hostile := "<a href=\"http://x\">点我</a>\n#97"
	for _, text := range []string{
		appName(hostile, 1), notFollowing(hostile, 1), followed(hostile, 1, ""), followedTopic(hostile, 1),
		unfollowed(hostile, 1), notListening(hostile), appLine(hostile, 1), topicLine(hostile, 1),
	} {
		if strings.Contains(text, "<a href=\"http") || strings.Contains(text, "\n#97") {
			t.Errorf("a name breaks out of %q", text)
		}
	}
}

func TestFitsTap(t *testing.T) {
	for content, want := range map[string]bool{
		"重启服务器": true, "a b": true, "#98 内容": true, "↩": true, "🚀": true, "1+1=2?": true,
		strings.Repeat("长", 100): true, strings.Repeat("长", 101): false, strings.Repeat("🚀", 100): true,
		"a\"b": false, "<": false, ">": false, "&": false, "a\nb": false, "a\rb": false, "100%": false,
		"↩3": false, "↩️３": false,
	} {
		if got := fitsTap(content); got != want {
			t.Errorf("fitsTap(%q) = %v", content, got)
		}
	}
}

// TestWords_ArePlain holds every fixed text to the manners: no exclamation
// marks, second person, short enough for one reply, and every word that is
// offered is understood.
func TestWords_ArePlain(t *testing.T) {
	for _, text := range []string{
		welcome(), helpText(), noApps(), noApp(0), noApp(97), textOnly, tooFast, keptTextGone, rejected, noTopic,
		unknownCode, expiredCode, notFollowing("小助手", 97), followed("小助手", 97, ""), followedTopic("优惠", 1),
		unfollowed("小助手", 97), unfollowedTopic(1), yourUID("UID_x"), yourSPT("SPT_x"), nowMuted(), nowUnmuted(),
		stillMuted(), chooseHead, chooseMore(3), subscriptionsHead, noSubscriptions, subscriptionsMore(3),
		switchState(true), switchState(false), notListening("小助手"),
	} {
		if strings.ContainsAny(text, "!！您") || len(text) > maxReply || !utf8.ValidString(text) {
			t.Errorf("%d bytes: %q", len(text), text)
		}
		for _, part := range strings.Split(text, "msgmenucontent=")[1:] {
			sent, _, _ := strings.Cut(part, "&")
			if verb := Parse(sent).Verb; verb == Plain || verb == Nothing {
				t.Errorf("%q offers %q, which is not understood", text, sent)
			}
		}
	}
}

func TestNotFollowing_SaysTheContractsWords(t *testing.T) {
	if got := notFollowing("小助手", 97); !strings.HasPrefix(got, "未订阅") || !strings.HasSuffix(got, "，回复 #97 关注") {
		t.Errorf("got %q", got)
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if p := Parse("＃９７　重启服务器"); p.App != push.AppID(97) {
			b.Fatal(p)
		}
	}
}
