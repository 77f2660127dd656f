package push_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/push"
)

// picture is a PNG of one colour.
func picture(shade uint8) []byte {
	p := image.NewNRGBA(image.Rect(0, 0, 40, 30))
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	p.SetNRGBA(20, 15, color.NRGBA{shade, 0, 0, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// logo gives the app one.
func (w *world) logo(app push.AppID) {
	w.Helper()
	if err := w.SetLogo(w.Context(), app, picture(7)); err != nil {
		w.Fatal(err)
	}
}

// lines are the audit log of an app, oldest first: action: before → after.
func (w *world) lines(app push.AppID) (all []string) {
	w.Helper()
	changes, _, err := w.Audit(w.Context(), push.AuditFilter{App: app, Limit: 100})
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range changes {
		all = append([]string{c.Action + ": " + c.Before + " → " + c.After}, all...)
	}
	return all
}

// TestEditApp_WritesDownWhatChanged, and nothing when nothing did.
func TestEditApp_WritesDownWhatChanged(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, _ := w.app(push.NewApp{Name: "构建"})
		text := func(s string) *string { return &s }
		off := false
		edit := push.AppEdit{Name: text("构建通知"), Greeting: text("你好"), Description: text("主干的结果"), Contact: text("wx: 老板"),
			SettingURL: text("https://dev.example/me?token=geheim"), SettingKey: text("0123456789abcdef"), QuerySend: &off}
		for range 2 {
			edit.SettingKey = nil
			a, err := w.EditApp(w.Context(), app, edit)
			if err != nil || a.Description != "主干的结果" || a.Contact != "wx: 老板" || a.QuerySend {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		if _, err := w.EditApp(w.Context(), app, push.AppEdit{SettingKey: text("0123456789abcdef")}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.EditApp(w.Context(), app, push.AppEdit{SettingKey: text("")}); err != nil {
			t.Fatal(err)
		}
		want := []string{"app.create:  → ", "app.name: 构建 → 构建通知", "app.greeting:  → 你好", "app.description:  → 主干的结果", "app.contact:  → wx: 老板",
			"app.setting_url:  → https://dev.example/me?token=***", "app.query_send: 开 → 关", "app.setting_key: 关 → 开", "app.setting_key: 开 → 关"}
		if diff := cmp.Diff(want, w.lines(app)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for field, bad := range map[string]push.AppEdit{"description": {Description: text(strings.Repeat("长", 501))}, "contact": {Contact: text(strings.Repeat("长", 101))}, "name": {Name: text("")}} {
			var invalid *push.Invalid
			if _, err := w.EditApp(w.Context(), app, bad); !errors.As(err, &invalid) || invalid.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, err := w.EditApp(w.Context(), 9999, push.AppEdit{Name: text("x")}); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
	})
}

// TestLogo_AddressChangesWithThePicture, and the old one is nobody's.
func TestLogo_AddressChangesWithThePicture(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		app, _ := w.app(push.NewApp{})
		found := func() push.App {
			t.Helper()
			a, err := w.EditApp(ctx, app, push.AppEdit{})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		name := func(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
		if got := found().Logo; got != "" {
			t.Errorf("a new app has the logo %q", got)
		}
		for range 2 {
			w.logo(app)
		}
		first := found().Logo
		if !strings.HasPrefix(first, "/app-logo/1/") || !strings.HasSuffix(first, ".png") {
			t.Fatalf("path %q", first)
		}
		if p, err := w.Logo(ctx, app, name(first)); err != nil || p.Kind != "image/png" || len(p.Body) == 0 {
			t.Errorf("%s of %d bytes, %v", p.Kind, len(p.Body), err)
		}
		if err := w.SetLogo(ctx, app, picture(200)); err != nil {
			t.Fatal(err)
		}
		second := found().Logo
		if second == first {
			t.Error("another picture has the same address")
		}
		for _, path := range []string{name(first), "", "x.png", name(second) + "x"} {
			if _, err := w.Logo(ctx, app, path); !errors.Is(err, push.ErrNoLogo) {
				t.Errorf("%q: %v", path, err)
			}
		}
		var invalid *push.Invalid
		if err := w.SetLogo(ctx, app, []byte("<svg/>")); !errors.As(err, &invalid) || invalid.Field != "logo" {
			t.Errorf("svg: %v", err)
		}
		for range 2 {
			if err := w.RemoveLogo(ctx, app); err != nil {
				t.Fatal(err)
			}
		}
		if got := found().Logo; got != "" {
			t.Errorf("after its removal %q", got)
		}
		if n := w.count(`SELECT COUNT(*) FROM audit WHERE action LIKE 'app.logo%'`); n != 3 {
			t.Errorf("%d lines in the log, want 3", n)
		}
		if err := w.SetLogo(ctx, 9999, picture(1)); !errors.Is(err, push.ErrNoApp) {
			t.Errorf("no app: %v", err)
		}
		w.logo(app)
		path := found().Logo
		if err := w.DeleteApp(ctx, app); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Logo(ctx, app, name(path)); !errors.Is(err, push.ErrNoLogo) {
			t.Errorf("of a deleted app: %v", err)
		}
	})
}

// TestRotateSecret_TheOldOneSignsForADay: the standard verifier takes either
// during the day, only the new one after it.
func TestRotateSecret_TheOldOneSignsForADay(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		app, _ := w.app(push.NewApp{})
		if _, err := w.Secrets(ctx, app); !errors.Is(err, push.ErrNoSecret) {
			t.Errorf("before the first: %v", err)
		}
		first, err := w.RotateSecret(ctx, app)
		if err != nil {
			t.Fatal(err)
		}
		w.follower("o早", app) // a secret alone is no address
		if n := w.count(`SELECT COUNT(*) FROM callback`); n != 0 {
			t.Errorf("%d callbacks without an address", n)
		}
		if _, err := w.Endpoint(ctx, app); !errors.Is(err, push.ErrNoEndpoint) {
			t.Errorf("a secret makes an endpoint: %v", err)
		}
		if again, err := w.SetEndpoint(ctx, app, listening); err != nil || again != first {
			t.Fatalf("the address has another secret, %v", err)
		}
		second, err := w.RotateSecret(ctx, app)
		if err != nil || second == first {
			t.Fatal("no new secret", err)
		}
		// verifies tells which of the secrets the next call is signed with.
		verifies := func(who push.OpenID) (old, fresh bool) {
			t.Helper()
			d := answers(push.Outcome{Verdict: push.Delivered})
			w.follower(who, app)
			w.CallDue(ctx, d)
			if len(d.calls) != 1 {
				t.Fatalf("%d calls", len(d.calls))
			}
			call, header := d.calls[0].Call, http.Header{}
			var signatures []string
			for _, secret := range call.Secrets {
				hook, err := standardwebhooks.NewWebhook(secret)
				if err != nil {
					t.Fatal(err)
				}
				one, err := hook.Sign(call.ID, w.clock.Now(), call.Body)
				if err != nil {
					t.Fatal(err)
				}
				signatures = append(signatures, one)
			}
			header.Set(standardwebhooks.HeaderWebhookID, call.ID)
			header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(w.clock.Now().Unix(), 10))
			header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
			by := func(secret string) bool {
				hook, err := standardwebhooks.NewWebhook(secret)
				return err == nil && hook.VerifyIgnoringTimestamp(call.Body, header) == nil
			}
			return by(first), by(second)
		}
		state, err := w.SecretState(ctx, app)
		if want := w.clock.Now().Add(24 * time.Hour); err != nil || !state.Made || !state.OldUntil.Equal(want) {
			t.Errorf("state %+v, %v, want until %v", state, err, want)
		}
		if old, fresh := verifies("o一"); !old || !fresh {
			t.Errorf("at once: old %v, new %v, want both", old, fresh)
		}
		w.clock.Advance(24*time.Hour - time.Second)
		if old, fresh := verifies("o二"); !old || !fresh {
			t.Errorf("a second before: old %v, new %v, want both", old, fresh)
		}
		w.clock.Advance(time.Second)
		if old, fresh := verifies("o三"); old || !fresh {
			t.Errorf("a day after: old %v, new %v, want the new one", old, fresh)
		}
		if state, err := w.SecretState(ctx, app); err != nil || !state.OldUntil.IsZero() {
			t.Errorf("state %+v, %v", state, err)
		}
		for range 2 { // the second of two rotations ends the first one's old secret
			if _, err := w.RotateSecret(ctx, app); err != nil {
				t.Fatal(err)
			}
		}
		if old, fresh := verifies("o四"); old || fresh {
			t.Error("a secret signs after two rotations")
		}
		for _, line := range w.lines(app) {
			if strings.Contains(line, "whsec_") {
				t.Errorf("a secret in the audit log: %s", line)
			}
		}
	})
}

// TestEndpoint_ChangesAreWrittenDown, without the values of its query.
func TestEndpoint_ChangesAreWrittenDown(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		app, _ := w.app(push.NewApp{})
		set := func(address string, how func() (string, error)) {
			t.Helper()
			if _, err := how(); err != nil {
				t.Fatal(address, err)
			}
		}
		address := "https://dev.example/hook?key=geheim"
		for range 2 {
			set(address, func() (string, error) { return w.SetEndpoint(ctx, app, address) })
		}
		set("unverified", func() (string, error) { return w.SetUnverifiedEndpoint(ctx, app, "https://open.example/") })
		w.exec(`UPDATE endpoint SET disabled_until = $1, disabled_reason = '坏了', failures = 9`, w.clock.Now().Add(time.Hour).UnixMilli())
		for range 2 {
			if err := w.EnableEndpoint(ctx, app); err != nil {
				t.Fatal(err)
			}
		}
		if e, err := w.Endpoint(ctx, app); err != nil || e.Disabled || e.Failures != 0 {
			t.Errorf("%+v, %v", e, err)
		}
		set("none", func() (string, error) { return w.SetEndpoint(ctx, app, "") })
		want := []string{"app.create:  → ", "callback.url:  → https://dev.example/hook?key=***",
			"callback.url: https://dev.example/hook?key=*** → https://open.example/（没有验证签名，所有者坚持保存）",
			"callback.enable: 坏了 → ", "callback.url: https://open.example/ → "}
		if diff := cmp.Diff(want, w.lines(app)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := w.EnableEndpoint(ctx, app); !errors.Is(err, push.ErrNoEndpoint) {
			t.Errorf("none to enable: %v", err)
		}
	})
}

// TestSearchApps_PageByPage, by name and by number; others' and deleted ones
// are not found.
func TestSearchApps_PageByPage(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		owner, other := w.user("o老板").ID, w.user("o别人").ID
		for _, name := range []string{"构建通知", "机房告警", "100%可用", "Build Bot", "已删的构建"} {
			if _, _, err := w.CreateApp(ctx, push.NewApp{Name: name, Owner: owner}); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := w.CreateApp(ctx, push.NewApp{Name: "别人的构建", Owner: other}); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteApp(ctx, 5); err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			q    push.AppSearch
			want []push.AppID
			more bool
		}{
			"all":        {push.AppSearch{}, []push.AppID{1, 2, 3, 4}, false},
			"first page": {push.AppSearch{Limit: 3}, []push.AppID{1, 2, 3}, true},
			"next page":  {push.AppSearch{Limit: 3, After: 3}, []push.AppID{4}, false},
			"by name":    {push.AppSearch{Text: "构建"}, []push.AppID{1}, false},
			"by number":  {push.AppSearch{Text: "#2"}, []push.AppID{2}, false},
			"by case":    {push.AppSearch{Text: "build b"}, []push.AppID{4}, false},
			"by sign":    {push.AppSearch{Text: "%"}, []push.AppID{3}, false},
			"of others":  {push.AppSearch{Text: "别人"}, nil, false},
		} {
			apps, more, err := w.SearchApps(ctx, owner, c.q)
			var got []push.AppID
			for _, a := range apps {
				got = append(got, a.ID)
			}
			if err != nil || more != c.more || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, more %v, %v; want %v, %v", what, got, more, err, c.want, c.more)
			}
		}
	})
}
