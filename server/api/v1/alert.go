package v1

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hongyan/push/content"
)

// What of a notification is shown, in characters and numbers. The whole stays
// far below the 40,000 characters of a message.
const (
	maxAlerts     = 20
	maxLabels     = 20
	maxLabel      = 200
	maxAnnotation = 1_000
	maxAlertLink  = 1_000
	maxAlertText  = 15_000 // no further alert is begun behind it
)

// alertNotice is the default webhook of Alertmanager, version 4, which Grafana
// sends too, with more fields. None of them is counted on.
type alertNotice struct {
	Status            string     `json:"status"`
	GroupKey          string     `json:"groupKey"`
	Truncated         float64    `json:"truncatedAlerts"`
	GroupLabels       alertWords `json:"groupLabels"`
	CommonLabels      alertWords `json:"commonLabels"`
	CommonAnnotations alertWords `json:"commonAnnotations"`
	ExternalURL       string     `json:"externalURL"`
	Alerts            []alert    `json:"alerts"`
	Title             string     `json:"title"`   // Grafana
	Message           string     `json:"message"` // Grafana
}

type alert struct {
	Status       string     `json:"status"`
	Labels       alertWords `json:"labels"`
	Annotations  alertWords `json:"annotations"`
	StartsAt     string     `json:"startsAt"`
	EndsAt       string     `json:"endsAt"`
	GeneratorURL string     `json:"generatorURL"`
	DashboardURL string     `json:"dashboardURL"` // Grafana, as the next two
	PanelURL     string     `json:"panelURL"`
	SilenceURL   string     `json:"silenceURL"`
}

// alertWords are labels or annotations. A value that is no string is taken as
// its JSON.
type alertWords map[string]string

// UnmarshalJSON takes an object of anything.
func (w *alertWords) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*w = make(alertWords, len(raw))
	for name, value := range raw {
		var s string
		if json.Unmarshal(value, &s) != nil {
			s = string(value)
		}
		(*w)[name] = s
	}
	return nil
}

// empty reports whether the JSON was some other object.
func (n *alertNotice) empty() bool {
	return len(n.Alerts) == 0 && n.Title == "" && n.Message == "" && len(n.CommonLabels) == 0 && len(n.GroupLabels) == 0
}

func (n *alertNotice) counts() (firing, resolved int) {
	for _, a := range n.Alerts {
		if a.Status == "resolved" {
			resolved++
		} else {
			firing++
		}
	}
	return firing, resolved
}

// name is what the alerts are about.
func (n *alertNotice) name() string {
	names := []string{n.CommonLabels["alertname"], n.GroupLabels["alertname"]}
	for _, a := range n.Alerts {
		names = append(names, a.Labels["alertname"])
	}
	for _, s := range append(names, n.Title) {
		if s = line(s); s != "" {
			return content.Cut(s, maxLabel)
		}
	}
	return wordsUnnamed
}

// title is what the card shows.
func (n *alertNotice) title() string {
	firing, resolved := n.counts()
	mark := wordsFiring
	if firing == 0 && (resolved > 0 || n.Status == "resolved") {
		mark = wordsResolved
	}
	return content.Cut(mark+content.Cut(n.name(), 70)+countWords(firing, resolved), 100)
}

func countWords(firing, resolved int) string {
	switch {
	case firing > 0 && resolved > 0:
		return fmt.Sprintf(wordsBoth, firing, resolved)
	case firing > 0:
		return fmt.Sprintf(wordsSomeFiring, firing)
	case resolved > 0:
		return fmt.Sprintf(wordsSomeResolved, resolved)
	}
	return ""
}

// markdown is the page behind the card. Everything that came from outside is
// escaped; only addresses become links.
func (n *alertNotice) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n", escape(n.title()))
	if len(n.Alerts) == 0 {
		paragraph(&b, n.Message)
		paragraph(&b, n.CommonAnnotations["summary"])
		list(&b, n.CommonLabels, nil)
	}
	shown := 0
	for _, a := range n.Alerts[:min(maxAlerts, len(n.Alerts))] {
		if utf8.RuneCountInString(b.String()) > maxAlertText {
			break
		}
		a.write(&b)
		shown++
	}
	if left := len(n.Alerts) - shown + int(min(max(n.Truncated, 0), 1e6)); left > 0 {
		fmt.Fprintf(&b, "\n"+wordsMoreAlerts+"\n", left)
	}
	return b.String()
}

func (a *alert) write(b *strings.Builder) {
	mark := wordsFiring
	if a.Status == "resolved" {
		mark = wordsResolved
	}
	name := line(a.Labels["alertname"])
	if name == "" {
		name = wordsUnnamed
	}
	fmt.Fprintf(b, "\n**%s%s**\n\n", mark, escape(content.Cut(name, maxLabel)))
	paragraph(b, a.Annotations["summary"])
	paragraph(b, a.Annotations["description"])
	list(b, a.Labels, []string{"alertname"})
	list(b, a.Annotations, []string{"summary", "description"})
	when(b, wordsStarted, a.StartsAt)
	if a.Status == "resolved" {
		when(b, wordsEnded, a.EndsAt)
	}
	for _, l := range []struct{ words, address string }{
		{wordsSource, a.GeneratorURL}, {wordsDashboard, a.DashboardURL}, {wordsPanel, a.PanelURL}, {wordsSilence, a.SilenceURL},
	} {
		if address := link(l.address); address != "" {
			fmt.Fprintf(b, "- [%s](<%s>)\n", l.words, address)
		}
	}
}

func paragraph(b *strings.Builder, s string) {
	if s = lines(content.Cut(s, maxAnnotation), ""); s != "" {
		b.WriteString(s + "\n\n")
	}
}

// list writes names and values by name. What the tools keep for themselves,
// "__…", is left out.
func list(b *strings.Builder, words alertWords, but []string) {
	shown := 0
	for _, name := range slices.Sorted(maps.Keys(words)) {
		value := words[name]
		if slices.Contains(but, name) || strings.HasPrefix(name, "__") || strings.TrimSpace(value) == "" || shown == maxLabels {
			continue
		}
		shown++
		label := escape(content.Cut(line(name), maxLabel))
		if address := link(value); address != "" {
			fmt.Fprintf(b, "- [%s](<%s>)\n", label, address)
			continue
		}
		fmt.Fprintf(b, "- %s：%s\n", label, lines(content.Cut(value, maxLabel), "  "))
	}
}

// when writes a time as people here read it; a zero or unreadable one is left
// out.
func when(b *strings.Builder, words, at string) {
	t, err := time.Parse(time.RFC3339, at)
	if err == nil && t.Year() > 1 {
		fmt.Fprintf(b, "- %s：%s\n", words, t.In(time.FixedZone("CST", 8*3600)).Format(time.DateTime))
	}
}

// link is an address as it may stand between < and >, or empty.
func link(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(address) > maxAlertLink {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(address) {
		if c > ' ' && c < 0x7f && !strings.ContainsRune("()<>\\\"`", rune(c)) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lines escapes a text of several lines, each indented to stay where it is.
func lines(s, indent string) string {
	var kept []string
	for l := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		if l = line(l); l != "" {
			kept = append(kept, escape(l))
		}
	}
	return strings.Join(kept, "\n"+indent)
}

// line is s on one line, without what cannot be seen and what turns the
// direction of writing.
func line(s string) string {
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return strings.Join(strings.Fields(visible), " ")
}

// escape keeps every character from meaning anything in Markdown: in
// CommonMark all ASCII punctuation may stand behind a backslash.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
