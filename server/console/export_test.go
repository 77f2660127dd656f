package console

import (
	"time"

	"hongyan/push"
)

// A RouteInfo is a line of the route table, for tests outside.
type RouteInfo struct {
	Pattern         string
	SignedIn, Admin bool
	Role            string
	Step            bool
}

// Routes are the lines of the route table.
func (c *Console) Routes() (all []RouteInfo) {
	for _, r := range c.routes() {
		all = append(all, RouteInfo{r.pattern, r.needs.signedIn, r.needs.admin, string(r.needs.role), r.step != nil})
	}
	return all
}

// ActionHasWords tells whether the audit log can say what was done.
func ActionHasWords(action string) bool { _, ok := wordsActions[action]; return ok }

// Attention is what needs the administrator, in Chinese.
func Attention(in push.Installation, s System, now time.Time) (all []string) {
	for _, a := range attention(in, s, now) {
		all = append(all, a.text.in(chinese))
	}
	return all
}
