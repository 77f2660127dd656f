package console

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/ui"
)

// reportsView is a page of what followers reported.
type reportsView struct {
	Reports []push.Complaint
	Counts  []push.ComplainedOf
	Handled bool
	App     string
	Next    string
}

func (c *Console) reportsPage(r *request) (reply, error) {
	query := r.URL.Query()
	v := reportsView{Handled: query.Get("state") == "handled", App: query.Get("app")}
	f := push.ComplaintFilter{Handled: v.Handled, After: query.Get("after"), Limit: 20}
	if n, err := strconv.ParseInt(v.App, 10, 64); err == nil && n >= 0 {
		f.App = new(push.AppID(n))
	}
	var next string
	var err error
	if v.Reports, next, err = c.o.Push.Complaints(r.Context(), f); err != nil {
		return reply{}, err
	}
	if v.Counts, err = c.o.Push.ComplaintCounts(r.Context()); err != nil {
		return reply{}, err
	}
	v.Next = turned(r, next)
	return shown("admin_reports", wordsReports, v), nil
}

// reportView is one of them.
type reportView struct {
	push.Complaint
	Form form
}

func (c *Console) reportPage(r *request) (reply, error) { return c.report(r, filled()) }

func (c *Console) report(r *request, f form) (reply, error) {
	id, err := reportID(r)
	if err != nil {
		return reply{}, err
	}
	v := reportView{Form: f}
	if v.Complaint, err = c.o.Push.ComplaintByID(r.Context(), id); err != nil {
		return reply{}, err
	}
	return shown("admin_report", wordsReport, v), nil
}

func reportID(r *request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, push.ErrNoComplaint
	}
	return id, nil
}

// reportedPage is the message itself, for a frame in which it can do nothing.
func (c *Console) reportedPage(r *request) (reply, error) {
	id, err := reportID(r)
	if err != nil {
		return reply{}, err
	}
	kind, body, err := c.o.Push.Complained(r.Context(), id)
	if err != nil {
		return reply{}, err
	}
	safe, err := content.Page(kind, body)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, kind: "text/html; charset=utf-8", file: strangers(safe), framed: true}, nil
}

// strangers is a page of what a sender wrote and nothing else.
func strangers(body template.HTML) []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html><html><head><meta charset="utf-8"><title>–</title><style>`)
	b.WriteString(string(ui.Style()))
	b.WriteString(`body{padding:16px;background:var(--card)}</style></head><body><div class="article-content">`)
	b.WriteString(string(body))
	b.WriteString(`</div></body></html>`)
	return []byte(b.String())
}

// handleReport closes a report with what was done, and takes the page away if
// that is wished.
func (c *Console) handleReport(r *request) (reply, error) {
	id, err := reportID(r)
	if err == nil {
		err = c.o.Push.HandleComplaint(r.Context(), id, r.value("note"), r.value("remove") == "1")
	}
	if f := typed(r); f.refuse(err) {
		a, err := c.report(r, f)
		return a.wrong(), err
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(Prefix + "admin/reports").saying("举报已处理"), nil
}
