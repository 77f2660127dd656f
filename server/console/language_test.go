package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// TestLanguage_EveryTextHasAnEnglishOne: of templates each Chinese text goes
// through t, and of words*.go each text is in the other language too.
func TestLanguage_EveryTextHasAnEnglishOne(t *testing.T) {
	missing := func(where, text string) {
		if _, ok := inEnglish[text]; !ok {
			t.Errorf("%s: no English for %q", where, text)
		}
	}
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	literal := regexp.MustCompile(`(\bt )?"((?:[^"\\]|\\.)*)"`)
	for _, dir := range []string{"pages", "parts"} {
		files, err := fs.Glob(pages, dir+"/*.html")
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			raw, _ := fs.ReadFile(pages, file)
			if rest := action.ReplaceAllString(string(raw), ""); han(rest) {
				t.Errorf("%s: Chinese text outside of {{t \"…\"}}: %.60q", file, rest[strings.IndexFunc(rest, func(r rune) bool { return unicode.Is(unicode.Han, r) }):])
			}
			for _, a := range action.FindAllString(string(raw), -1) {
				for _, m := range literal.FindAllStringSubmatch(a, -1) {
					text, err := strconv.Unquote(`"` + m[2] + `"`)
					switch {
					case err != nil:
						t.Errorf("%s: %s: %v", file, m[0], err)
					case !han(text):
					case m[1] == "":
						t.Errorf("%s: %q does not go through t", file, text)
					default:
						missing(file, text)
					}
				}
			}
		}
	}
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "english") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, raw, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && han(text) && text != "参数" {
				missing(file, text)
			}
			return true
		})
	}
}

// TestLanguage_PlacesAgree: a translation takes what the text takes.
func TestLanguage_PlacesAgree(t *testing.T) {
	verb := regexp.MustCompile(`%(?:\[\d\])?[sdvq]`)
	for text, there := range inEnglish {
		got, want := verb.FindAllString(there, -1), verb.FindAllString(text, -1)
		if slices.Contains(got, "%[1]s") { // in another order
			slices.Sort(got)
			got = strings.Split(strings.NewReplacer("[1]", "", "[2]", "").Replace(strings.Join(got, " ")), " ")
		}
		if strings.Join(got, "") != strings.Join(want, "") {
			t.Errorf("%q takes %v, its English %v", text, want, got)
		}
		if han(there) && !strings.Contains(there, "允许") {
			t.Errorf("%q: its English is Chinese", text)
		}
	}
}
