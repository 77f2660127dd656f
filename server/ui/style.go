package ui

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
)

//go:embed style.css
var style string

//go:embed copy.js
var script string

// Style is the stylesheet, for a head that holds it.
func Style() template.CSS { return template.CSS(style) }

// StylePath is where a page with a link to the stylesheet expects it: below
// /ui/, with a name that changes with its content.
func StylePath() string { return assets["style.css"].path }

// Script is the one script of this package: it makes buttons of what carries
// text to copy, and pages work without it.
func Script() template.JS { return template.JS(script) }

// ScriptHash is the source expression that allows the inline script in a
// Content-Security-Policy.
func ScriptHash() string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
