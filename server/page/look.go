package page

import (
	_ "embed"
	"html/template"
)

//go:embed own.css
var ownCSS string

// ownStyle is the part of the stylesheet that only these pages need.
func ownStyle() template.HTML { return template.HTML("<style>" + ownCSS + "</style>") }
