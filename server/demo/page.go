package demo

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"hongyan/server/ui"
)

// shown is a callback as the page shows it.
type shown struct {
	Action, At, ID, Body string
}

// page shows what was received, newest first.
func (d *Demo) page(w http.ResponseWriter, _ *http.Request) {
	shanghai := time.FixedZone("CST", 8*3600)
	var list []shown
	for _, got := range slices.Backward(d.all()) {
		var call struct {
			Action string `json:"action"`
		}
		var indented bytes.Buffer
		if json.Unmarshal(got.Body, &call) != nil || json.Indent(&indented, got.Body, "", "  ") != nil {
			continue
		}
		list = append(list, shown{call.Action, got.At.In(shanghai).Format("15:04:05"), got.ID, indented.String()})
	}
	_ = d.pages.Render(w, http.StatusOK, "demo", ui.View{
		Title: wordsTitle,
		Class: "article",
		Head:  `<meta http-equiv="refresh" content="3">`,
		Data: map[string]any{
			"Name":     wordsName,
			"About":    wordsAbout,
			"Received": list,
			"Empty":    ui.Notice{Mark: "📭", Title: wordsEmpty, Text: wordsFirstStep, Action: &ui.Link{Text: wordsPhone, URL: d.o.Phone}},
		},
	})
}
