package page

import (
	_ "embed"
	"net/http"
)

// payScript pays an order in WeChat and watches it.
//
//go:embed pay.js
var payScript string

func payPath() string { return "/my/pay." + nameOf(payScript) + ".js" }

func servePay(w http.ResponseWriter, _ *http.Request) { serveScript(w, payScript) }
