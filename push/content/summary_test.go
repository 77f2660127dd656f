package content

import (
	"fmt"
	"strings"
	"testing"
)

func TestSummary_IsPlainText(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		body, want string
	}{
		{Text, "  磁盘告警\n\n\t主机：db-1 ", "磁盘告警 主机：db-1"},
		{Text, "<b>原样</b>", "<b>原样</b>"},
		{Text, "\u202e反\u200b向\x00", "反向"},
		{HTML, "<style>p{}</style><h1>标题</h1><p>第一&nbsp;段<br>换行&lt;b&gt;</p><script>x</script>", "标题 第一 段 换行<b>"},
		{HTML, "<table><tr><td>a<td>b</table>", "a b"},
		{HTML, `<copy data-clipboard-text="1">复制</copy><svg><text>x</text></svg>尾`, "复制尾"},
		{HTML, "<b", ""},
		{Markdown, "# 标题\n\n**注意：**请[看](https://a.cn) `码`\n- [x] 做\n", "标题 注意：请看 码 做"},
		{Markdown, "|a|b|\n|-|-|\n|1|2|\n\n![图](https://a.cn/b.png) <b>粗</b>", "a b 1 2 粗"},
		{Markdown, "", ""},
	} {
		if got := Summary(c.kind, c.body, 100); got != c.want {
			t.Errorf("summary of %q = %q, want %q", c.body, got, c.want)
		}
	}
}

func TestSummary_OfLongMarkdownReadsOnlyWhatItNeeds(t *testing.T) {
	long := strings.Repeat("**第一：**很长的一行文字\n\n", 3000)
	if got, want := Summary(Markdown, long, 10), "第一：很长的一行文…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	late := strings.Repeat("<!-- x -->\n\n", 3000) + "正文"
	if got, want := Summary(Markdown, late, 10), "正文"; got != want {
		t.Errorf("text after 36,000 characters of comments: got %q, want %q", got, want)
	}
}

func TestCut_CountsCodePoints(t *testing.T) {
	for _, c := range []struct {
		s    string
		max  int
		want string
	}{
		{"鸿雁传书", 4, "鸿雁传书"},
		{"鸿雁传书", 3, "鸿雁…"},
		{"鸿雁传书", 1, "…"},
		{"鸿雁", 0, ""},
		{"ab👨‍👩‍👧cd", 4, "ab…"}, // a family is five code points
		{"ab👨‍👩‍👧cd", 8, "ab👨‍👩‍👧…"},
		{"e\u0301e\u0301e\u0301", 4, "e\u0301…"},
		{"👍🏽👍🏽", 3, "👍🏽…"},
	} {
		if got := Cut(c.s, c.max); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.s, c.max, got, c.want)
		}
	}
}

func BenchmarkSummary(b *testing.B) {
	for kind, unit := range map[Kind]string{Text: "鸿雁传书 ", HTML: "<p>鸿雁<b>传书</b></p>", Markdown: "**鸿雁：**传书\n\n"} {
		body := strings.Repeat(unit, 40_000/len([]rune(unit)))
		b.Run(fmt.Sprintf("kind=%d", kind), func(b *testing.B) {
			for b.Loop() {
				Summary(kind, body, 100)
			}
		})
	}
}
