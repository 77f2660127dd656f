package console

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hongyan/push"
)

// auditView is a page of the audit log.
type auditView struct {
	Lines   []auditLine
	Form    form
	Actions []option
	Ways    []option
	Next    string
	File    string // where the same lines are as a file
}

// An auditLine is one change in the reader's language.
type auditLine struct {
	push.Changed
	What string // the action in words
	How  string // the way in words
}

// auditFilter reads the filter of the page.
func auditFilter(r *request) (f push.AuditFilter, in form) {
	query := r.URL.Query()
	in = filled("who", query.Get("who"), "action", query.Get("action"), "app", query.Get("app"), "via", query.Get("via"))
	f = push.AuditFilter{UID: push.UID(strings.TrimSpace(query.Get("who"))), Action: query.Get("action"), Via: query.Get("via"), After: query.Get("after"), Limit: 50}
	if app := strings.TrimLeft(strings.TrimSpace(query.Get("app")), "#＃"); app != "" {
		n, err := strconv.ParseInt(app, 10, 64)
		if err != nil || n < 1 {
			in.Wrong["app"] = translate(r.lang, wordsAppNumber)
		}
		f.App = push.AppID(n)
	}
	return f, in
}

func (c *Console) adminLogPage(r *request) (reply, error) {
	f, in := auditFilter(r)
	v := auditView{Form: in, Actions: said(r, wordsActionGroups...), Ways: said(r, wordsWays...), File: Prefix + "admin/log.csv?" + r.URL.RawQuery}
	if len(in.Wrong) > 0 {
		return shown("admin_log", wordsAdminLog, v).wrong(), nil
	}
	lines, next, err := c.o.Push.Audit(r.Context(), f)
	if err != nil {
		return reply{}, err
	}
	for _, one := range lines {
		if one.Action == "member.role" || one.Action == "member.remove" {
			one.Before, one.After = roleText(r.lang, one.Before), roleText(r.lang, one.After)
		}
		v.Lines = append(v.Lines, auditLine{one, deed(r.lang, one.Action), way(r.lang, one.Via)})
	}
	v.Next = turned(r, next)
	return shown("admin_log", wordsAdminLog, v), nil
}

// logFile is what the filter means as a CSV file for a spreadsheet. It is
// written as it is read, however long it gets.
func (c *Console) logFile(r *request) (reply, error) {
	f, in := auditFilter(r)
	if len(in.Wrong) > 0 {
		return reply{}, push.ErrNoApp
	}
	heads := make([]string, len(wordsLogColumns))
	for i, column := range wordsLogColumns {
		heads[i] = translate(r.lang, column)
	}
	name := fmt.Sprintf("hongyan-log-%s.csv", c.o.Now().In(shanghai).Format("20060102-150405"))
	return spreadsheet(name, heads, func(ctx context.Context, row func(...string) error) error {
		return c.o.Push.EachAudit(ctx, f, func(one push.Changed) error {
			app := ""
			if one.App != 0 {
				app = fmt.Sprintf("#%d %s", one.App, one.AppName)
			}
			return row(one.At.In(shanghai).Format(time.DateTime), string(one.UID), one.Name, way(r.lang, one.Via), one.Address, app,
				one.Action, one.Subject, one.Before, one.After)
		})
	}), nil
}

// roleText is a role in words; what is none stays as it is.
func roleText(lang, role string) string {
	if text, ok := wordsRoles[push.Role(role)]; ok {
		return translate(lang, text)
	}
	return role
}

// deed is an action in words; one without words stays as it is.
func deed(lang, action string) string {
	if text, ok := wordsActions[action]; ok {
		return translate(lang, text)
	}
	return action
}

// way is the way by which something was done.
func way(lang, via string) string {
	if text, ok := wordsVia[via]; ok {
		return translate(lang, text)
	}
	return via
}

func wayOption(via string) option { return option{via, wordsVia[via]} }
