package content

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FuzzPage holds every page to what its readers rely on (F35): nothing in it
// runs or fetches but pictures, a browser builds exactly the tree that is
// written, and it is in proportion to the body.
func FuzzPage(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind int, body string) {
		k := Kind(1 + uint(kind+2)%3)
		page, err := Page(k, body)
		if err != nil {
			if len(body) <= MaxBytes {
				t.Fatal(err)
			}
			return
		}
		got := string(page)
		if again, _ := Page(k, body); again != page {
			t.Errorf("the same body gave another page:\n%q\n%q", got, again)
		}
		if !utf8.ValidString(got) || strings.ContainsFunc(got, isControl) {
			t.Errorf("control characters or invalid UTF-8 in %q", got)
		}
		if most := 40*len(body) + 200; len(got) > most {
			t.Errorf("page of %d bytes from %d, want at most %d", len(got), len(body), most)
		}
		wantSafe(t, got)
	})
}

// wantSafe parses a page as a browser does and looks at every node of it.
func wantSafe(t *testing.T, page string) {
	t.Helper()
	var b strings.Builder
	for _, n := range parse(t, page) {
		wantSafeNode(t, n)
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.String(); got != page {
		t.Errorf("a browser builds another tree:\nwrote  %q\nparsed %q", page, got)
	}
}

func parse(t *testing.T, page string) []*html.Node {
	t.Helper()
	main := &html.Node{Type: html.ElementNode, Data: "main", DataAtom: atom.Main}
	nodes, err := html.ParseFragment(strings.NewReader(page), main)
	if err != nil {
		t.Fatalf("parse page: %v", err)
	}
	return nodes
}

func wantSafeNode(t *testing.T, n *html.Node) {
	t.Helper()
	switch n.Type {
	case html.TextNode:
	case html.ElementNode:
		if _, ok := elements[n.Data]; !ok || n.Data == "copy" || n.Namespace != "" {
			t.Errorf("element <%s> in the page", n.Data)
		}
		for _, a := range n.Attr {
			if reason := unsafeAttr(n.Data, a); reason != "" {
				t.Errorf("<%s %s=%q>: %s", n.Data, a.Key, a.Val, reason)
			}
		}
	default:
		t.Errorf("node of type %d in the page: %q", n.Type, n.Data)
	}
	for c := range n.ChildNodes() {
		wantSafeNode(t, c)
	}
}

// ours are the attributes that Page writes itself.
var ours = []string{"class", "target", "rel", "loading", "type", "disabled", "checked", copyAttr}

func unsafeAttr(name string, a html.Attribute) (reason string) {
	value := strings.ToLower(a.Val)
	allowed := slices.Concat(elements[name].attrs, commonAttrs, ours)
	switch {
	case !slices.Contains(allowed, a.Key):
		return "not in the allow list"
	case a.Key == "href" && !hasPrefix(value, "http://", "https://", "mailto:", "tel:"):
		return "scheme"
	case a.Key == "src" && !hasPrefix(value, "http://", "https://"):
		return "scheme"
	case a.Key == "class" && !slices.Contains([]string{"text", "scroll", "copy", "copy-text"}, value):
		return "class of the sender"
	case a.Key == "style" && unsafeStyle(value):
		return "style"
	}
	return ""
}

func hasPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func unsafeStyle(value string) bool {
	for _, bad := range []string{"url", "expression", "javascript", "position:", "behavior", "binding", "import", `\`, "@", "{", "}", "<", "/*"} {
		if strings.Contains(value, bad) {
			return true
		}
	}
	return utf8.RuneCountInString(value) > 2*maxAttribute
}

// FuzzSummary holds every summary to one line of at most max code points.
func FuzzSummary(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind int, body string, max int) {
		k := Kind(1 + uint(kind+2)%3)
		max %= 1000
		got := Summary(k, body, max)
		if n := utf8.RuneCountInString(got); n > 0 && n > max {
			t.Errorf("summary of %d code points, want at most %d: %q", n, max, got)
		}
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\t\r") || strings.ContainsFunc(got, isControl) {
			t.Errorf("not one line of text: %q", got)
		}
		if strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Errorf("white-space is not folded: %q", got)
		}
		if again := Summary(k, body, max); again != got {
			t.Errorf("the same body gave another summary: %q, %q", got, again)
		}
		if k == Text && fmt.Sprint(Summary(Text, got, max)) != got {
			t.Errorf("summary of a summary differs: %q", got)
		}
	})
}
