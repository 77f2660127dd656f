package page

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"hongyan/server/browsertest"
)

// focusCopy puts the focus on the last button of the page, and pressedCopy
// tells what pressing it copied and said, and what can be read beside it.
// Methods are taken from where they are made, as elements named like one stand
// before it.
const (
	focusCopy = `(() => {
		const all = Document.prototype.querySelectorAll.call(document, ".copy-text");
		window.code = all[all.length - 1];
		window.copied = "";
		EventTarget.prototype.addEventListener.call(document, "copy", (e) => { window.copied = e.target.value ?? String(getSelection()); }, true);
		code.previousElementSibling.focus();
	})()`
	pressedCopy = `({
		copied, said: code.previousElementSibling.getAttribute("data-said") ?? "",
		shown: getComputedStyle(code).display !== "none" ? code.textContent : "",
	})`
)

// TestF35_CopyingSurvivesClobbering puts elements named like what our script
// uses before it, under the policy alone. The button copies its text; or it
// does not say that it did, and the text can be read and marked by hand.
func TestF35_CopyingSurvivesClobbering(t *testing.T) {
	t.Parallel()
	p := browsertest.New(t, 375, 812, browsertest.Light)
	raw := rawMessage(t)
	all := clobbering(newOutside(t))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), raw.header)
		i, _ := strconv.Atoi(r.URL.RawQuery)
		io.WriteString(w, strings.Replace(raw.body, rawBody, all[i].text, 1))
	}))
	t.Cleanup(server.Close)
	type pressed struct {
		Copied, Said, Shown string
	}
	copies := 0
	for i, a := range all {
		p.Open(server.URL + Prefix + handle + "?" + strconv.Itoa(i))
		browsertest.Eval[any](p, focusCopy)
		p.Press(kb.Enter)
		got := browsertest.Eval[pressed](p, pressedCopy)
		switch {
		case got == pressed{"8421", "已复制", ""}:
			copies++
		case got.Said == "已复制" || got.Shown != "8421":
			t.Errorf("%s: %+v", a.line, got)
		default:
			t.Logf("%s: shows the text instead", a.line)
		}
	}
	if least := len(all) / 2; copies < least {
		t.Errorf("copies under %d of %d attacks, want at least %d", copies, len(all), least)
	}
}

// clobbering are the attacks on what the script of the page looks for.
func clobbering(o *outside) (all []attack) {
	const class = "# what the script of the page looks for\n"
	_, text, _ := strings.Cut(hostile, class)
	text, _, _ = strings.Cut(text, "\n# ")
	for _, a := range attacks(o) {
		if strings.Contains("\n"+text+"\n", "\n"+a.line+"\n") {
			all = append(all, a)
		}
	}
	return all
}
