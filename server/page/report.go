package page

import (
	"net/http"
	"slices"
	"strings"

	"hongyan/push"
)

// reportView asks what is wrong with a message.
type reportView struct {
	Sender, Summary string
	Reasons         []string
	Chosen, Typed   string
	Wrong           string // what has to be put right first
	Most            int
	Words           reportWords
}

// maxReport is the longest text beside a reason, in characters.
const maxReport = 200

func (h *handler) reportPage(r *http.Request) (reply, error) {
	from, err := h.sender(r)
	if err != nil {
		return reply{}, err
	}
	v := reportViewOf(from)
	return shown("report", v.Words.Title, v), nil
}

func reportViewOf(from push.Sender) reportView {
	v := reportView{Sender: from.AppName, Summary: from.Summary, Reasons: wordsReasons, Most: maxReport, Words: wordsReport}
	if v.Sender == "" {
		v.Sender = wordsSimplePush
	}
	return v
}

// report keeps the complaint; the first about a message counts.
func (h *handler) report(r *http.Request) (reply, error) {
	from, err := h.sender(r)
	if err != nil {
		return reply{}, err
	}
	v := reportViewOf(from)
	v.Chosen, v.Typed = r.PostFormValue("reason"), strings.TrimSpace(r.PostFormValue("words"))
	switch {
	case !slices.Contains(wordsReasons, v.Chosen):
		v.Chosen, v.Wrong = "", wordsChooseReason
	case len([]rune(v.Typed)) > maxReport:
		v.Wrong = wordsTooLong(len([]rune(v.Typed)))
	}
	if v.Wrong != "" {
		a := shown("report", v.Words.Title, v)
		a.status = http.StatusBadRequest
		return a, nil
	}
	reason := v.Chosen
	if v.Typed != "" {
		reason += "：" + v.Typed
	}
	fresh, err := h.Push.Report(r.Context(), r.PathValue("handle"), reason)
	if err != nil {
		return reply{}, err
	}
	if !fresh {
		return refused(http.StatusOK, wordsReportedBefore), nil
	}
	return refused(http.StatusOK, wordsReported), nil
}
