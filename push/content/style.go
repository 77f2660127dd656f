package content

import (
	"regexp"
	"strings"
)

// styleProperties are the properties a style attribute may set. Nothing in
// the list takes an element out of the flow of the article (position, z-index,
// transform), fetches anything or moves.
var styleProperties = strings.Fields(`
	color background background-color opacity
	font font-family font-size font-style font-variant font-weight line-height letter-spacing word-spacing
	text-align text-align-last text-decoration text-decoration-color text-decoration-line
	text-decoration-style text-indent text-transform text-overflow text-shadow
	white-space word-break word-wrap overflow-wrap vertical-align direction
	margin margin-top margin-right margin-bottom margin-left
	padding padding-top padding-right padding-bottom padding-left
	border border-top border-right border-bottom border-left border-color border-style border-width
	border-top-color border-right-color border-bottom-color border-left-color
	border-top-style border-right-style border-bottom-style border-left-style
	border-top-width border-right-width border-bottom-width border-left-width
	border-radius border-top-left-radius border-top-right-radius
	border-bottom-left-radius border-bottom-right-radius
	border-collapse border-spacing box-shadow box-sizing caption-side empty-cells table-layout
	width min-width max-width height min-height max-height aspect-ratio object-fit
	display float clear overflow overflow-x overflow-y
	flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap order
	align-content align-items align-self justify-content justify-items justify-self
	gap row-gap column-gap grid-template-columns grid-column grid-row
	list-style list-style-type list-style-position`)

// styleFunctions are the functions a value may call.
var styleFunctions = map[string]bool{
	"": true, "rgb": true, "rgba": true, "hsl": true, "hsla": true, "calc": true, "min": true, "max": true,
	"clamp": true, "linear-gradient": true, "radial-gradient": true, "repeat": true, "minmax": true,
}

// styleValue is what a value may be written with: no escapes, no comments, no
// nested blocks.
var styleValue = regexp.MustCompile(`^[-+*/%#.,!'"() \t\n\p{L}\p{N}_]*$`)

// safeStyle reports whether a property may have this value, which comes in
// lower case. A negative length would pull content out of its place and over
// what is ours, so none is taken.
func safeStyle(value string) bool {
	if !styleValue.MatchString(value) || negativeLength(value) {
		return false
	}
	for rest := value; ; {
		at := strings.IndexByte(rest, '(')
		if at < 0 {
			return true
		}
		if !styleFunctions[wordBefore(rest[:at])] {
			return false
		}
		rest = rest[at+1:]
	}
}

// wordBefore returns the identifier that s ends with.
func wordBefore(s string) string {
	return s[1+strings.LastIndexAny(s, " \t\n,()+*/"):]
}

// negativeLength reports a minus sign before a number where a word does not
// precede it, as in "0 -20px".
func negativeLength(value string) bool {
	for i := 0; i+1 < len(value); i++ {
		if value[i] != '-' || i > 0 && !strings.ContainsRune(" \t\n,(+*/-", rune(value[i-1])) {
			continue
		}
		if next := value[i+1]; next == '.' || next == '(' || next >= '0' && next <= '9' {
			return true
		}
	}
	return false
}
