package ui

import "html/template"

// A Chip is a state at a glance. Its tone is one of "", "good", "bad" and
// "wait".
type Chip struct{ Text, Tone string }

// A CopyField shows a value with a button that copies it.
type CopyField struct{ Label, Value string }

// A CodeBlock is a piece of code that scrolls within itself and can be copied.
type CodeBlock struct{ Title, Code string }

// A Link is an address with its words.
type Link struct{ Text, URL string }

// A Face is whom something comes from: their picture, or the first letter of
// the name in its place.
type Face struct{ Name, Picture string }

// A Notice fills a place that has nothing else to show: an empty list, which
// says what belongs there and offers the first step, or an error, which says
// what happened and what to do next.
type Notice struct {
	Mark   string // one character or emoji above the title; may be empty
	Title  string
	Text   string
	Action *Link
}

// components are the functions that make a component in a template:
// {{template "chip" (chip "已送达" "good")}}.
func components() template.FuncMap {
	return template.FuncMap{
		"style":      Style,
		"stylePath":  StylePath,
		"script":     Script,
		"initial":    initial,
		"chip":       func(text, tone string) Chip { return Chip{text, tone} },
		"copyField":  func(label, value string) CopyField { return CopyField{label, value} },
		"codeBlock":  func(title, code string) CodeBlock { return CodeBlock{title, code} },
		"face":       func(name, picture string) Face { return Face{name, picture} },
		"link":       func(text, url string) Link { return Link{text, url} },
		"copyWord":   func() string { return copyWord },
		"copyFailed": func() string { return copyFailed },
		"copied":     func() string { return copiedWord },
	}
}

// initial is the first letter of a name, which stands in for its logo.
func initial(name string) string {
	for _, r := range name {
		return string(r)
	}
	return ""
}
