package oa

import "strings"

// TemplateFinished reports what became of a template message. It may arrive
// before the answer to the send.
type TemplateFinished struct {
	head
	TemplateMsgID int64
	// Status is success, failed:user block, failed:system failed or
	// failed:freq limit; blanks after the colon are removed.
	Status string
}

// OK reports whether the card was delivered.
func (e *TemplateFinished) OK() bool { return e.Status == "success" }

// finishStatus writes a status the one way, whatever blanks WeChat put in.
func finishStatus(raw string) string {
	status := strings.Join(strings.Fields(raw), " ")
	if before, after, found := strings.Cut(status, ":"); found {
		status = strings.TrimSpace(before) + ":" + strings.TrimSpace(after)
	}
	return status
}

// MassFinished reports on a mass message. Its numbers are approximate.
type MassFinished struct {
	head
	JobID                        int64 // MsgID
	Status                       string
	Total, Filtered, Sent, Error int64
	CheckState                   string // CopyrightCheckResult
	Copyright                    []CopyrightResult
	Articles                     []ArticleURL
}

// CopyrightResult is the originality check of one article.
type CopyrightResult struct {
	Index                 int64
	DeclareState          string
	AuditState            string
	OriginalURL           string
	OriginalType          string
	CanReprint            bool
	NeedReplaceContent    bool
	NeedShowReprintSource bool
}

// ArticleURL is where one article of a mass message can be read.
type ArticleURL struct {
	Index int64
	URL   string
}
