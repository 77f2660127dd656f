// Package browsertest opens pages in a real Chromium, for tests only.
//
//	p := browsertest.New(t, 375, 812, browsertest.Dark)
//	p.Open(server.URL + "/…")
//	p.Click("#save")
//	p.WantQuiet()
//
// A test without a browser is skipped and says so; with
// HONGYAN_TEST_STRICT=1 it fails instead.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Scheme is the colour scheme that the person wishes.
type Scheme bool

// The two schemes.
const (
	Light Scheme = false
	Dark  Scheme = true
)

// String names the scheme as CSS does.
func (s Scheme) String() string {
	if s == Dark {
		return "dark"
	}
	return "light"
}

// patience is how long one step in the browser may take.
const patience = time.Minute

// A Page is a tab of a browser of its own, of a given size and scheme. It
// watches what the page writes to the console, asks and fetches.
type Page struct {
	t   testing.TB
	ctx context.Context
	log *log
}

// New starts a browser that ends with the test.
func New(t testing.TB, width, height int, scheme Scheme) *Page {
	t.Helper()
	program := find(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("hide-scrollbars", true),
		// Frames in a CSP sandbox stay in the process of their page, where Early
		// reaches them; what they may do is the same.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,IsolateSandboxedIframes"),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(func() { cancel(); stop() })
	p := &Page{t: t, ctx: ctx, log: new(log)}
	if err := chromedp.Listen(ctx, p.log.add); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	p.do("prepare", p.prepare(width, height, scheme))
	return p
}

// In is the same tab in a subtest, which its failures are then told to. What
// the tab has said and fetched before stays with it.
func (p *Page) In(t testing.TB) *Page { return &Page{t: t, ctx: p.ctx, log: p.log} }

// find returns the browser's program, or ends the test.
func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("HONGYAN_TEST_STRICT") == "1" {
		t.Fatal("no Chromium found, and HONGYAN_TEST_STRICT=1 asks for one")
	}
	t.Skip("no Chromium found: install the package chromium to run the browser tests")
	return ""
}

// prepare sets size and scheme and turns the events on that a Page watches.
func (p *Page) prepare(width, height int, scheme Scheme) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		look(width, height, scheme),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			if _, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{}); err != nil {
				return err
			}
			_, err := cdp.Call(ctx, t, page.Enable, page.EnableParams{})
			return err
		}),
	)
}

// Look changes size and scheme of a page that may be open.
func (p *Page) Look(width, height int, scheme Scheme) {
	p.t.Helper()
	p.do("look", look(width, height, scheme))
}

func look(width, height int, scheme Scheme) chromedp.Action[chromedp.Void] {
	phone := chromedp.EmulateScale(1)
	if width < 600 {
		phone = chromedp.EmulateScale(2)
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme.String()},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // what changes is looked at when it has changed
	}}
	return chromedp.Steps(
		chromedp.EmulateViewport(int64(width), int64(height), phone),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
			return err
		}),
	)
}

// do runs one step and ends the test if it fails.
func (p *Page) do(what string, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, step); err != nil {
		p.t.Fatalf("browser: %s: %v", what, err)
	}
}
