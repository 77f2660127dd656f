package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Early runs JavaScript in every document opened later, those of frames too,
// before anything of its own and whatever its policy says.
func (p *Page) Early(script string) {
	p.t.Helper()
	p.do("add script", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// Open loads a page and waits until it is loaded.
func (p *Page) Open(url string) {
	p.t.Helper()
	p.do("open "+url, chromedp.Navigate(url))
}

// Click clicks the first element that matches a CSS selector.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Type writes text into the first element that matches.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Press presses keys where the focus is; see package chromedp/kb for names.
func (p *Page) Press(keys string) {
	p.t.Helper()
	p.do("press", chromedp.KeyEvent(keys))
}

// Wait waits until an element that matches is visible.
func (p *Page) Wait(selector string) {
	p.t.Helper()
	p.do("wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Eval runs JavaScript in the page and returns its value.
func Eval[T any](p *Page, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		p.t.Fatalf("browser: evaluate %.80s: %v", script, err)
	}
	return v
}

// Await runs JavaScript that makes a promise and returns what it resolves to.
func Await[T any](p *Page, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("browser: await %.80s: %v", script, err)
	}
	return v
}

// Text returns what a person reads in the first element that matches.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Eval[string](p, `document.querySelector(`+quote(selector)+`)?.innerText ?? ""`)
}

const loadPictures = `Promise.all([...document.images].map((i) => {
	i.loading = "eager";
	return i.decode().catch(() => {});
})).then(() => true)`

// Screenshot keeps a picture of the whole page as name.png in the folder
// HONGYAN_TEST_SCREENSHOTS, if that is set. Pictures that load late are waited
// for.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv("HONGYAN_TEST_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	p.do("load pictures", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](loadPictures, chromedp.EvalAwaitPromise)(ctx, t)
		return err
	}))
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Fatalf("browser: keep screenshot %s: %v", name, err)
	}
}

// SetCookie gives the browser a cookie of the address.
func (p *Page) SetCookie(address, name, value string) {
	p.t.Helper()
	p.do("set cookie "+name, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: address})
		return err
	}))
}

// WaitText waits until the first element that matches has the text.
func (p *Page) WaitText(selector, text string) {
	p.t.Helper()
	p.WaitUntil(`(document.querySelector(` + quote(selector) + `)?.innerText ?? "").includes(` + quote(text) + `)`)
}

// WaitUntil waits until a JavaScript expression is true, also across loads.
func (p *Page) WaitUntil(condition string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			p.t.Fatalf("browser: never: %s\nthe page says: %.600s", condition, Eval[string](p, `document.body?.innerText ?? ""`))
		case <-tick.C:
		}
	}
}
