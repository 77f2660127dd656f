package page

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/server/browsertest"
)

// TestF35_WhereThePolicyLetsAPageBeLed tells what the policy alone does about
// navigation. A sandbox without allow-top-navigation keeps a frame from leading
// the page around it, and no page from leading itself: there is no directive
// for that. So a refresh that got past the sanitiser would work where scripts
// are allowed, which is where something can be copied; the sandbox without
// allow-scripts stops it. A link is a person's choice and works. Forms and
// addresses that are scripts do not.
func TestF35_WhereThePolicyLetsAPageBeLed(t *testing.T) {
	t.Parallel()
	p := browsertest.New(t, 375, 812, browsertest.Light)
	const click, clickAway = `document.querySelector("#lead").click(), null`, "{away}"
	plain, copies := rawPlain(t), rawMessage(t)
	for _, c := range []struct {
		name, body, script string
		copies, plain      bool // whether the page is led away
	}{
		{"refresh", `<meta http-equiv=refresh content="0;url={away}">`, "", true, false},
		{"refresh to a script", `<meta http-equiv=refresh content="0;url=javascript:location='{away}'">`, "", false, false},
		{"refresh to data", `<meta http-equiv=refresh content="0;url=data:text/html,<meta http-equiv=refresh content='0;url={away}'>">`, "", false, false},
		{"script", `<script>location="{away}"</script>`, "", false, false},
		{"handler", `<img src=x onerror="location='{away}'">`, "", false, false},
		{"link", `<a id=lead href="{away}">x</a>`, click, true, true},
		{"link to the top", `<a id=lead target=_top href="{away}">x</a>`, click, true, true},
		{"link that is a script", `<a id=lead href="javascript:location='{away}'">x</a>`, click, false, false},
		{"link to data", `<a id=lead href="data:text/html,<meta http-equiv=refresh content='0;url={away}'>">x</a>`, click, false, false},
		{"form", `<form action="{away}"><button id=lead>x</button></form>`, click, false, false},
		{"form by POST to the top", `<form action="{away}" method=post target=_top><button id=lead>x</button></form>`, click, false, false},
		{"button of a form", `<form><button id=lead formaction="{away}">x</button></form>`, click, false, false},
		{"frame that leads the top", `<iframe srcdoc="<script>top.location='{away}'</script>"></iframe>`, "", false, false},
	} {
		for page, want := range map[*rawPage]bool{&copies: c.copies, &plain: c.plain} {
			led := make(chan struct{}, 9)
			mux := http.NewServeMux()
			mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
				led <- struct{}{}
				w.Header().Set("Content-Type", "text/html")
				io.WriteString(w, `<!doctype html><link rel=icon href="data:,">`)
			})
			server := httptest.NewServer(mux)
			mux.HandleFunc(Prefix, func(w http.ResponseWriter, r *http.Request) {
				maps.Copy(w.Header(), page.header)
				io.WriteString(w, strings.Replace(page.body, rawBody, strings.ReplaceAll(c.body, clickAway, server.URL+"/away"), 1))
			})
			p.Open(server.URL + Prefix + handle)
			if c.script != "" {
				browsertest.Eval[any](p, c.script)
			}
			got := false
			wait := 200 * time.Millisecond
			if want {
				wait = 10 * time.Second
			}
			select {
			case <-led:
				got = true
			case <-time.After(wait):
			}
			if got != want {
				t.Errorf("%s, policy %q: led away %v, want %v", c.name, page.header.Get("Content-Security-Policy"), got, want)
			}
			if got { // a navigation under way would take the next one's place
				p.WaitUntil(`location.pathname === "/away" && document.readyState === "complete"`)
			}
			p.Open("about:blank")
			server.Close()
		}
	}
}
