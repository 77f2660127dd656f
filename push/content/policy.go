package content

import (
	"net/url"
	"regexp"
	"slices"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// policy is built once: it compiles its expressions, and is safe to use from
// many goroutines afterwards.
var policy = sync.OnceValue(newPolicy)

// attrValues are the values an attribute may have; nil means any.
var attrValues = map[string]*regexp.Regexp{
	copyAttr: nil, "alt": nil, "title": nil, "checked": nil, "open": nil, "reversed": nil,
	"href": regexp.MustCompile(`(?i)^\s*(https?://|mailto:|tel:)`),
	"src":  regexp.MustCompile(`(?i)^\s*https?://`),

	"align":       regexp.MustCompile(`(?i)^(left|right|center|justify)$`),
	"bgcolor":     regexp.MustCompile(`^#?[0-9A-Za-z]{1,32}$`),
	"border":      regexp.MustCompile(`^\d{1,2}$`),
	"cellpadding": regexp.MustCompile(`^\d{1,2}$`),
	"cellspacing": regexp.MustCompile(`^\d{1,2}$`),
	"color":       regexp.MustCompile(`^#?[0-9A-Za-z]{1,32}$`),
	"colspan":     regexp.MustCompile(`^\d{1,2}$`),
	"dir":         regexp.MustCompile(`(?i)^(ltr|rtl|auto)$`),
	"face":        regexp.MustCompile(`^[\p{L}\p{N} ,'"_-]{1,200}$`),
	"height":      regexp.MustCompile(`^\d{1,4}(px|%)?$`),
	"lang":        regexp.MustCompile(`^[0-9A-Za-z-]{1,35}$`),
	"rowspan":     regexp.MustCompile(`^\d{1,2}$`),
	"size":        regexp.MustCompile(`^[+-]?\d$`),
	"start":       regexp.MustCompile(`^-?\d{1,9}$`),
	"type":        regexp.MustCompile(`(?i)^checkbox$`),
	"valign":      regexp.MustCompile(`(?i)^(top|middle|bottom|baseline)$`),
	"value":       regexp.MustCompile(`^-?\d{1,9}$`),
	"width":       regexp.MustCompile(`^\d{1,4}(px|%)?$`),
}

// newPolicy writes the allow list down for bluemonday.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.SkipElementsContent(silenced...)
	p.AllowElementsContent("frame") // has no end tag that would end the silence
	p.RequireParseableURLs(true)
	p.AllowURLSchemeWithCustomPolicy("http", hasHost)
	p.AllowURLSchemeWithCustomPolicy("https", hasHost)
	p.AllowURLSchemes("mailto", "tel")
	for name, e := range elements {
		p.AllowNoAttrs().OnElements(name)
		for _, attr := range slices.Concat(e.attrs, commonAttrs) {
			if attr != "style" {
				allowAttr(p, name, attr)
			}
		}
	}
	p.AllowStyles(styleProperties...).MatchingHandler(safeStyle).Globally()
	return p
}

func allowAttr(p *bluemonday.Policy, name, attr string) {
	rule := p.AllowAttrs(attr)
	if values := attrValues[attr]; values != nil {
		rule = rule.Matching(values)
	}
	rule.OnElements(name)
}

func hasHost(u *url.URL) bool { return u.Host != "" && u.User == nil }
