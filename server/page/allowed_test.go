package page

import (
	"testing"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
)

// TestBrowser_ShowsWhatIsAllowed: a sanitiser that takes everything away is
// safe too. What a sender may write looks and reads as meant.
func TestBrowser_ShowsWhatIsAllowed(t *testing.T) {
	p := browsertest.New(t, 375, 812, browsertest.Light)
	style := func(selector, property, want string) {
		t.Helper()
		got := browsertest.Eval[string](p, `(() => { const e = document.querySelector("main `+selector+`"); return e ? getComputedStyle(e)["`+property+`"] : "nothing there" })()`)
		if got != want {
			t.Errorf("%s of %s: %s, want %s", property, selector, got, want)
		}
	}
	value := func(script, want string) {
		t.Helper()
		if got := browsertest.Eval[string](p, `String(`+script+`)`); got != want {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}
	text := func(selector, want string) {
		t.Helper()
		if got := p.Text("main " + selector); got != want {
			t.Errorf("text of %s: %q, want %q", selector, got, want)
		}
	}
	const picture = `document.querySelector("main img").decode().then(() => document.querySelector("main img").naturalWidth)`

	p.Open(serve(t, push.Page{Kind: content.HTML, Content: goodHTML}) + Prefix + handle)
	style("h2", "color", "rgb(176, 0, 32)")
	style("h2", "textAlign", "center")
	style("p", "fontSize", "14px")
	style("font", "color", "rgb(198, 40, 40)")
	style("s", "textDecorationLine", "line-through")
	style("b", "fontWeight", "700")
	style("tr", "backgroundColor", "rgb(240, 240, 240)")
	style("td[align]", "textAlign", "-webkit-right")
	style("div[style]", "backgroundColor", "rgb(255, 248, 225)")
	style("div[style]", "borderTopColor", "rgb(255, 224, 130)")
	style("div[style]", "borderTopLeftRadius", "6px")
	style("div[style]", "paddingLeft", "12px")
	style("ul", "listStyleType", "disc")
	text("h2", "【缺货提醒】您关注的商品已到货")
	text("table", "规格\t库存\t价格\n红轴\t120\t¥299\n茶轴\t36\t¥309")
	text("ul", "满 300 包邮\n支持七天无理由退货")
	text(".copy", "复制优惠码")
	value(`document.querySelector("main .copy").dataset.clipboardText`, "KEY-2026-87")
	value(`document.querySelector("main .copy").getAttribute("role")`, "button")
	value(`document.querySelector("main a").href`, "https://example.com/item/87")
	value(`document.querySelector("main img").alt`, "商品图")
	if got := browsertest.Await[int](p, picture); got != 1200 {
		t.Errorf("picture is %d wide, want 1200", got)
	}

	p.Open(serve(t, push.Page{Kind: content.Markdown, Content: goodMarkdown}) + Prefix + handle)
	text("h1", "生产发布 v2.8.1 完成")
	text("strong", "结论：")
	text("tbody tr:last-child", "report\tv2.7.9\t2\t840 ms\t小刚\t本次不升级 周五升级")
	style("tbody td:nth-child(3)", "textAlign", "-webkit-right")
	style("del", "textDecorationLine", "line-through")
	text("tbody code", "idx_order_user")
	text("blockquote", "回滚命令在下面。回滚前请先在群里说一声，\n并确认没有正在执行的任务。")
	text("pre code", `hongyan deploy rollback --service order --to v2.8.0 --reason "p99 超过 200 ms，持续 5 分钟以上" --notify oncall`+"\n")
	style("pre code", "whiteSpace", "pre")
	style("ol", "listStyleType", "decimal")
	text("kbd", "Ctrl")
	value(`[...document.querySelectorAll("main input")].map((e) => e.type + e.checked + e.disabled)`, "checkboxtruetrue,checkboxtruetrue,checkboxfalsetrue,checkboxfalsetrue")
	value(`[...document.querySelectorAll("main .copy")].map((e) => e.dataset.clipboardText)`, "842 913,https://example.com/join?code=842913")
	text("details", "变更清单")
	p.Click("main summary")
	text("details", "变更清单\n修复：关注后重复推送\n新增：按主题群发")
	if got := browsertest.Await[int](p, picture); got != 1200 {
		t.Errorf("picture is %d wide, want 1200", got)
	}
	p.WantQuiet()
}
