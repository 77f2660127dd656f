package console

import (
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/ui"
)

//go:embed console.css
var css []byte

//go:embed console.js
var script []byte

var (
	styleAsset  = ui.NewAsset("console.css", append([]byte(ui.Style()), css...))
	scriptAsset = ui.NewAsset("console.js", script)
)

// Assets are the files that pages link to, for ui.Handler.
func Assets() []*ui.Asset { return []*ui.Asset{styleAsset, scriptAsset} }

// scripts of every page, in their order. uPlot is fetched by pages with charts
// only; console.js asks for it.
func scripts() []string {
	return []string{ui.AssetPath("htmx.js"), ui.AssetPath("sse.js"), ui.AssetPath("copy.js"), scriptAsset.Path()}
}

// head makes htmx keep to the policy of the pages, and tells console.js where
// the drawing library is.
var head = template.HTML(`<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,"responseHandling":[{"code":"204","swap":false},{"code":"[234]..","swap":true},{"code":"5..","swap":true}]}'>` +
	`<meta name="uplot" content="` + ui.AssetPath("uplot.js") + ` ` + ui.AssetPath("uplot.css") + `">`)

// parsePages reads the pages once for each language.
func parsePages(c *Console) (map[string]*ui.Templates, error) {
	parsed := make(map[string]*ui.Templates)
	for _, lang := range []string{chinese, english} {
		t, err := ui.ParseWith(ui.Extra{Funcs: c.functions(lang), Parts: "parts/*.html"}, pages, "pages/*.html")
		if err != nil {
			return nil, fmt.Errorf("open the console's pages: %w", err)
		}
		parsed[lang] = t
	}
	return parsed, nil
}

// functions are what templates can call beyond the components.
func (c *Console) functions(lang string) template.FuncMap {
	return template.FuncMap{
		"t":      func(text string, args ...any) string { return translate(lang, text, args...) },
		"when":   func(at time.Time) template.HTML { return when(lang, c.o.Now(), at) },
		"clock":  func(at time.Time) string { return clock(at) },
		"num":    num,
		"money":  money,
		"millis": func(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) },
		"action": func(name string) string {
			if text, ok := wordsCallbackActions[name]; ok {
				return translate(lang, text)
			}
			return name
		},
		"about": func(c push.Callback) string { return about(lang, c) },
		"role":  func(r push.Role) string { return translate(lang, wordsRoles[r]) },
		"field": func(f form, name, label string) field { return field{Form: f, Name: name, Label: label, Kind: "text"} },
		"area": func(f form, name, label string, rows int) field {
			return field{Form: f, Name: name, Label: label, Kind: "textarea", Rows: rows}
		},
		"choice": func(f form, name, label string, options []option) field {
			return field{Form: f, Name: name, Label: label, Kind: "select", Options: options}
		},
		"help":     func(text string, f field) field { f.Help = text; return f },
		"required": func(f field) field { f.Required = true; return f },
		"most":     func(n int, f field) field { f.Most = n; return f },
		"kind":     func(kind string, f field) field { f.Kind = kind; return f },
		"pair":     func(a, b any) [2]any { return [2]any{a, b} },
		"short":    shortUID,
		"standing": func(st billing.ProductState) ui.Chip {
			return ui.Chip{Text: translate(lang, wordsStandings[st][0]), Tone: wordsStandings[st][1]}
		},
	}
}

// shanghai is the zone of every time that people read.
var shanghai = time.FixedZone("CST", 8*3600)

func clock(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return at.In(shanghai).Format("2006-01-02 15:04:05")
}

// when is a time as people say it, with the exact one on hover.
func when(lang string, now, at time.Time) template.HTML {
	if at.IsZero() {
		return "–"
	}
	exact := clock(at)
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`,
		at.UTC().Format(time.RFC3339), exact, template.HTMLEscapeString(ago(lang, now, at))))
}

// ago words how long ago, or in how long.
func ago(lang string, now, at time.Time) string {
	d := now.Sub(at)
	past := d >= 0
	d = d.Abs()
	pick := func(before, after string, n int) string {
		if past {
			return translate(lang, before, n)
		}
		return translate(lang, after, n)
	}
	switch {
	case d < 10*time.Second && past:
		return translate(lang, wordsNow)
	case d < time.Minute:
		return pick(wordsSecondsAgo, wordsInSeconds, int(d/time.Second))
	case d < time.Hour:
		return pick(wordsMinutesAgo, wordsInMinutes, int(d/time.Minute))
	case d < 24*time.Hour:
		return pick(wordsHoursAgo, wordsInHours, int(d/time.Hour))
	case d < 30*24*time.Hour:
		return pick(wordsDaysAgo, wordsInDays, int(d/(24*time.Hour)))
	}
	return at.In(shanghai).Format("2006-01-02")
}

// num writes a count with a mark every three digits.
func num(n any) string {
	var v int64
	switch n := n.(type) {
	case int:
		v = int64(n)
	case int64:
		v = n
	default:
		return fmt.Sprint(n)
	}
	text := strconv.FormatInt(max(v, -v), 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if v < 0 {
		text = "-" + text
	}
	return text
}
