package console_test

import (
	"net/http"
	"strings"
	"testing"
)

// meant is who may call a route, said apart from the table of routes: pages of
// an app are for every member, what changes something there for developers,
// the administrator's part for administrators, all else for whoever is signed
// in. exceptions are what differs.
func meant(pattern string) string {
	if who, is := exceptions[pattern]; is {
		return who
	}
	method, path, _ := strings.Cut(pattern, " ")
	switch {
	case strings.HasPrefix(path, "/console/admin/"):
		return "admin"
	case !strings.HasPrefix(path, "/console/app/{app}/"):
		return "signed in"
	case method == http.MethodGet && !strings.HasSuffix(path, ".csv"):
		return "reader"
	}
	return "developer"
}

// exceptions from the rules of meant.
var exceptions = map[string]string{
	"GET /console/login":          "anybody",
	"GET /console/login/state":    "anybody",
	"POST /console/login":         "anybody",
	"GET /console/first/{secret}": "anybody",
	"POST /console/lang":          "anybody",

	"GET /console/app/{app}/topics/new":              "developer",
	"GET /console/app/{app}/send":                    "developer",
	"POST /console/app/{app}/members/leave":          "reader",
	"GET /console/app/{app}/products/new":            "developer",
	"GET /console/app/{app}/products/{product}/edit": "developer",

	"POST /console/app/{app}/settings/link":            "owner",
	"POST /console/app/{app}/settings/link-key":        "owner",
	"POST /console/app/{app}/settings/token":           "owner",
	"POST /console/app/{app}/settings/callback/test":   "owner",
	"POST /console/app/{app}/settings/callback":        "owner",
	"POST /console/app/{app}/settings/callback/secret": "owner",
	"POST /console/app/{app}/settings/callback/stop":   "owner",
	"GET /console/app/{app}/settings/delete":           "owner",
	"POST /console/app/{app}/settings/delete":          "owner",
	"POST /console/app/{app}/restore":                  "owner",
	"POST /console/app/{app}/members/invite":           "owner",
	"GET /console/app/{app}/members/invite/{handle}":   "owner",
	"POST /console/app/{app}/members/role":             "owner",
	"POST /console/app/{app}/members/remove":           "owner",

	"POST /console/app/{app}/products/{product}/submit":                "owner",
	"POST /console/app/{app}/products/{product}/withdraw":              "owner",
	"POST /console/app/{app}/products/{product}/delist":                "owner",
	"POST /console/app/{app}/products/{product}/relist":                "owner",
	"POST /console/app/{app}/products/{product}/gift":                  "owner",
	"POST /console/app/{app}/products/{product}/orders/{order}/refund": "owner",
	"POST /console/app/{app}/products/{product}/refunds/approve":       "owner",
	"POST /console/app/{app}/products/{product}/refunds/decline":       "owner",
	"POST /console/app/{app}/products/{product}/coupons":               "owner",
	"POST /console/app/{app}/products/{product}/coupons/end":           "owner",
}

// allowedByPhone are the routes that the phone has to allow.
var allowedByPhone = map[string]bool{
	"POST /console/app/{app}/settings/link-key":                        true,
	"POST /console/app/{app}/settings/token":                           true,
	"POST /console/app/{app}/settings/callback":                        true,
	"POST /console/app/{app}/settings/callback/secret":                 true,
	"POST /console/app/{app}/settings/callback/stop":                   true,
	"POST /console/app/{app}/settings/delete":                          true,
	"POST /console/app/{app}/members/role":                             true,
	"POST /console/app/{app}/members/remove":                           true,
	"POST /console/app/{app}/members/leave":                            true,
	"POST /console/admin/users/{uid}/admin":                            true,
	"POST /console/app/{app}/products/{product}/orders/{order}/refund": true,
	"POST /console/app/{app}/products/{product}/refunds/approve":       true,
	"POST /console/admin/backup/download":                              true,
	"POST /console/admin/apps/{id}/owner":                              true,
}

// TestF37_RoutesNeedWhatIsMeant: TestF37_RoutesByRole tries every route by what
// the table says; this holds the table to what was meant.
func TestF37_RoutesNeedWhatIsMeant(t *testing.T) {
	s := liveSite(t)
	known := map[string]bool{}
	for _, r := range s.console.Routes() {
		known[r.Pattern] = true
		got := r.Role
		switch {
		case r.Admin:
			got = "admin"
		case got == "" && r.SignedIn:
			got = "signed in"
		case got == "":
			got = "anybody"
		}
		if want := meant(r.Pattern); got != want {
			t.Errorf("%s is for %s, meant for %s", r.Pattern, got, want)
		}
		if want := allowedByPhone[r.Pattern]; r.Step != want {
			t.Errorf("%s is a step: %t, want %t", r.Pattern, r.Step, want)
		}
	}
	for pattern := range allowedByPhone {
		if !known[pattern] {
			t.Errorf("%s is no route", pattern)
		}
	}
	for pattern := range exceptions {
		if !known[pattern] {
			t.Errorf("%s is no route", pattern)
		}
	}
}
