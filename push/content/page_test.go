package content

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const link = ` rel="noopener noreferrer nofollow" target="_blank">`

func TestPage_Text(t *testing.T) {
	wantPages(t, Text, [][2]string{
		{"磁盘 <92%>\n\n  db-1\t& \"x\"", "磁盘 &lt;92%&gt;\n\n  db-1\t&amp; &#34;x&#34;"},
		{"见https://a.cn/b?c=d&e，请看", `见<a href="https://a.cn/b?c=d&amp;e"` + link + `https://a.cn/b?c=d&amp;e</a>，请看`},
		{"(http://a.cn/b_(c)).", `(<a href="http://a.cn/b_(c)"` + link + `http://a.cn/b_(c)</a>).`},
		{"HTTPS://A.CN!", `<a href="HTTPS://A.CN"` + link + `HTTPS://A.CN</a>!`},
		{"javascript://x ftp://a.cn https:// ://", "javascript://x ftp://a.cn https:// ://"},
		{"a\r\nb\rc\x00\x1b\xffd", "a\nb\ncd"},
	}, `<div class="text">`, `</div>`)
}

func TestPage_HTML(t *testing.T) {
	wantPages(t, HTML, [][2]string{
		{`<p style="color:red;position:fixed;background:url(x)">红</p>`, `<p style="color: red">红</p>`},
		{`<div style="margin:-9px;padding: 4px 8px">x</div>`, `<div style="padding: 4px 8px">x</div>`},
		{`<font color=red size=4>红</font>`, `<font color="red" size="4">红</font>`},
		{`<img src=https://a.cn/b.png width=90% onerror=x alt=图>`, `<img alt="图" loading="lazy" src="https://a.cn/b.png" width="90%"/>`},
		{`<img src=//a.cn/b.png><img src=data:image/png;base64,AA>`, ``},
		{`<a href=https://a.cn onclick=x>链接</a><a href=javascript:x>无</a>`, `<a href="https://a.cn"` + link + `链接</a>无`},
		{`<script>x</script><svg><text>x</text></svg><iframe>x</iframe>留`, `留`},
		{`<frame src=x><embed src=x>留下`, `留下`},
		{`<span class=copy id=x data-x=y>标</span>`, `<span>标</span>`},
		{`<details open><summary>头</summary>身</details>`, `<details open=""><summary>头</summary>身</details>`},
		{`<input type=text value=x><input type=checkbox checked>`, `<input type="checkbox" disabled="" checked=""/>`},
	}, "", "")
}

func TestPage_CopyBecomesAnElementOurScriptKnows(t *testing.T) {
	wantPages(t, HTML, [][2]string{
		{`<copy data-clipboard-text="8421">复制</copy>`, `<span class="copy" data-clipboard-text="8421">复制</span><code class="copy-text">8421</code>`},
		{`<copy data-clipboard-text="8421"> 8421 </copy>`, `<span class="copy" data-clipboard-text="8421"> 8421 </span>`},
		{`<copy data-clipboard-text='"><b onclick=x>'>x</copy>`, `<span class="copy" data-clipboard-text="&#34;&gt;&lt;b onclick=x&gt;">x</span><code class="copy-text">&#34;&gt;&lt;b onclick=x&gt;</code>`},
		{`<copy>x</copy><copy data-clipboard-text="">y</copy>`, `xy`},
		{`<copy data-clipboard-text=a>1<copy data-clipboard-text=b>2`, `<span class="copy" data-clipboard-text="a">1</span><code class="copy-text">a</code><span class="copy" data-clipboard-text="b">2</span><code class="copy-text">b</code>`},
	}, "", "")
	for body, want := range map[string]bool{`<copy data-clipboard-text=a>b</copy>`: true, `<copy>b</copy>`: false, `&lt;span class="copy" data-clipboard-text="`: false} {
		page, _ := Page(Markdown, body)
		if got := HasCopy(page); got != want {
			t.Errorf("HasCopy(%s) = %v, want %v", page, got, want)
		}
	}
}

func TestPage_NestsTagsAsBrowsersDo(t *testing.T) {
	wantPages(t, HTML, [][2]string{
		{`<p>a<p>b<div>c`, `<p>a</p><p>b</p><div>c</div>`},
		{`<ul><li>a<li>b<ul><li>c</ul><li>d</ul>`, `<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>`},
		{`</main></div></body>x</p>`, `x`},
		{`<b><i>x</b>y</i>`, `<b><i>x</i></b>y`},
		{`<span><div>a</span>b</div>`, `<span><div>ab</div></span>`},
		{`<h1>a<h2>b`, `<h1>a</h1><h2>b</h2>`},
		{`<td>x</td>`, `x`},
		{`<table>x<tr>y<td>z</table>`, `<div class="scroll"><table><tbody><tr><td>x</td></tr><tr><td>y</td><td>z</td></tr></tbody></table></div>`},
		{`<table><tr><td></div>a<table><td>b</table>c`, `<div class="scroll"><table><tbody><tr><td>a<div class="scroll"><table><tbody><tr><td>b</td></tr></tbody></table></div>c</td></tr></tbody></table></div>`},
		{"<pre>\na</pre><pre>\n\nb</pre>", "<pre>a</pre><pre>\n\nb</pre>"},
		{strings.Repeat("<b>", 200) + "x", strings.Repeat("<b>", maxDepth) + "x" + strings.Repeat("</b>", maxDepth)},
	}, "", "")
}

func TestPage_Markdown(t *testing.T) {
	wantPages(t, Markdown, [][2]string{
		{"# 题\n一\n二", "<h1>题</h1>\n<p>一<br/>\n二</p>\n"},
		{"**注意：**请*看，*这~~删。~~里", "<p><strong>注意：</strong>请<em>看，</em>这<del>删。</del>里</p>\n"},
		{"a**b**c 2*3*4 snake_case_x", "<p>a<strong>b</strong>c 2<em>3</em>4 snake_case_x</p>\n"},
		{"- [x] 做\n- [ ] 没", "<ul>\n<li><input type=\"checkbox\" disabled=\"\" checked=\"\"/> 做</li>\n<li><input type=\"checkbox\" disabled=\"\"/> 没</li>\n</ul>\n"},
		{"|a|b|\n|:-|-|\n|1|", `<div class="scroll"><table><thead><tr><th align="left">a</th><th>b</th></tr></thead><tbody><tr><td align="left">1</td><td></td></tr></tbody></table></div>` + "\n"},
		{"https://a.cn/b <https://c.cn>", `<p><a href="https://a.cn/b"` + link + `https://a.cn/b</a> <a href="https://c.cn"` + link + "https://c.cn</a></p>\n"},
		{"[x](javascript:y) ![z](data:a) <b onclick=x>粗</b>", "<p>x  <b>粗</b></p>\n"},
		{"`<b>`\n```go\n<i>\n```", "<p><code>&lt;b&gt;</code></p>\n<pre><code>&lt;i&gt;\n</code></pre>\n"},
		{`验证码 <copy data-clipboard-text="1">1</copy>`, `<p>验证码 <span class="copy" data-clipboard-text="1">1</span></p>` + "\n"},
	}, "", "")
}

func wantPages(t *testing.T, kind Kind, cases [][2]string, before, after string) {
	t.Helper()
	for _, c := range cases {
		page, err := Page(kind, c[0])
		if got, want := string(page), before+c[1]+after; err != nil || got != want {
			t.Errorf("page of %q:\ngot  %q, %v\nwant %q", c[0], got, err, want)
		}
		wantSafe(t, string(page))
	}
}

func TestPage_RefusesWhatItCannotShow(t *testing.T) {
	if _, err := Page(0, "x"); !errors.Is(err, ErrKind) {
		t.Errorf("page of kind 0: %v, want ErrKind", err)
	}
	if _, err := Page(Text, strings.Repeat("x", MaxBytes+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("page of %d bytes: %v, want ErrTooLong", MaxBytes+1, err)
	}
}

// TestF44_CapsOnAttributes holds the caps themselves: one character more, and
// the attribute is gone.
func TestF44_CapsOnAttributes(t *testing.T) {
	style := func(n int) string { return `<p style="` + pad("color:red;", n) + `">x</p>` }
	wantPages(t, HTML, [][2]string{
		{style(maxAttribute), `<p style="` + strings.TrimSuffix(strings.Repeat("color: red; ", maxAttribute/10), "; ") + `">x</p>`},
		{style(maxAttribute + 1), `<p>x</p>`},
		{`<p title="` + strings.Repeat("中", maxAttribute+1) + `">x</p>`, `<p>x</p>`},
		{`<p style="color:red}b{">x</p>`, `<p>x</p>`},
	}, "", "")
	page, _ := Page(HTML, strings.Repeat(`<b style="color:red">x</b>`, maxStyles+5))
	if got := strings.Count(string(page), "style="); got != maxStyles {
		t.Errorf("%d style attributes, want %d", got, maxStyles)
	}
}

func pad(unit string, n int) string {
	s := strings.Repeat(unit, n/len(unit))
	return s + strings.Repeat(" ", n-len(s))
}

func BenchmarkPage(b *testing.B) {
	for _, c := range []struct {
		kind Kind
		unit string
	}{
		{Text, "磁盘告警：主机 db-1 用量 92%，详情 https://example.com/a?id=1，请处理。\n"},
		{HTML, `<p style="color:#333;font-size:14px">订单 <b>20261121</b> <a href="https://example.com">已发货</a></p>`},
		{Markdown, "## 发布\n\n**结论：**完成，见 [大盘](https://example.com)\n\n- [x] 迁移\n- [ ] 通知\n\n"},
	} {
		for _, n := range []int{500, 40_000} {
			body := strings.Repeat(c.unit, n/len([]rune(c.unit)))
			b.Run(fmt.Sprintf("kind=%d/characters=%d", c.kind, n), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				for b.Loop() {
					if _, err := Page(c.kind, body); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
