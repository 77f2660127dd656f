package commands

import (
	"fmt"
	"strings"
)

// maxReply is the most bytes that WeChat shows of a passive text.
const maxReply = 2048

// fit puts lines between head and tail. Where they do not all find room in
// one reply, the last ones give way to more, which says how many are missing.
func fit(head string, lines []string, more func(missing int) string, tail string) (list string, whole bool) {
	room := maxReply - len(head) - len(tail)
	shown, used := 0, 0
	for i, line := range lines {
		used += len("\n") + len(line)
		rest := 0
		if left := len(lines) - i - 1; left > 0 {
			rest = len("\n") + len(more(left))
		}
		if used+rest <= room {
			shown = i + 1
		}
	}
	parts := append([]string{head}, lines[:shown]...)
	if missing := len(lines) - shown; missing > 0 {
		parts = append(parts, more(missing))
	}
	return strings.Join(parts, "\n") + tail, shown == len(lines)
}

// tap is a link that sends text as if the follower had typed it. The id tells
// the links of one reply apart.
func tap(id, text, label string) string {
	return fmt.Sprintf(`<a href="weixin://bizmsgmenu?msgmenucontent=%s&msgmenuid=%s">%s</a>`, text, id, label)
}

// plainName makes a name chosen by somebody harmless inside a reply: it opens
// no link and breaks no line.
func plainName(name string) string {
	return strings.NewReplacer("<", "＜", ">", "＞", "\r", "", "\n", " ").Replace(name)
}
