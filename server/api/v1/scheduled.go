package v1

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// instant is a point in time, written as Unix milliseconds and read from those
// or from RFC 3339.
type instant struct{ time.Time }

// UnmarshalJSON takes 1893456000000, "1893456000000" and
// "2030-01-01T08:00:00+08:00".
func (i *instant) UnmarshalJSON(b []byte) (err error) {
	s := strings.Trim(string(b), `"`)
	if ms, bad := strconv.ParseInt(s, 10, 64); bad == nil {
		i.Time = time.UnixMilli(ms)
		return nil
	}
	if i.Time, err = time.Parse(time.RFC3339, s); err != nil {
		return &push.Invalid{Field: "sendAt", Text: textSendAt}
	}
	return nil
}

// MarshalJSON writes null for no time.
func (i instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, i.UnixMilli(), 10), nil
}

// Schema describes what UnmarshalJSON takes.
func (instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		OneOf:       []*huma.Schema{{Type: huma.TypeInteger}, {Type: huma.TypeString}},
		Description: "毫秒级 Unix 时间，或 RFC 3339 时间",
		Examples:    []any{"2030-01-01T08:00:00+08:00"},
	}
}

type scheduledBody struct {
	DraftBody
	SendAt instant `json:"sendAt" doc:"发送时间，最多一年以后；已经过去则立即发送"`
}

type scheduledView struct {
	Key      string        `json:"key"`
	State    string        `json:"state" enum:"waiting,sent,cancelled,failed"`
	SendAt   int64         `json:"sendAt" doc:"毫秒级 Unix 时间"`
	Draft    DraftBody     `json:"draft"`
	Message  int64         `json:"messageId" doc:"发出后的消息编号，之前为 0"`
	Receipts []receiptView `json:"receipts" doc:"发出后每个接收者一项"`
	Reason   string        `json:"reason,omitempty" doc:"失败的原因"`
	Created  int64         `json:"createdAt"`
	Done     int64         `json:"doneAt" doc:"发出、取消或失败的时间，之前为 0"`
}

func viewScheduled(r *push.Scheduled) scheduledView {
	v := scheduledView{
		Key: r.Key, State: [...]string{"waiting", "sent", "cancelled", "failed"}[r.State],
		SendAt: r.SendAt.UnixMilli(), Draft: draftView(&r.Draft), Message: r.Message,
		Receipts: receiptViews(r.Receipts), Reason: r.Reason, Created: r.CreatedAt.UnixMilli(),
	}
	if !r.DoneAt.IsZero() {
		v.Done = r.DoneAt.UnixMilli()
	}
	return v
}

// ScheduledKey names a scheduled send in the path.
type ScheduledKey struct {
	Key string `path:"key" example:"会议提醒-42" doc:"调用方自定的编号，1–64 个可见字符"`
}

type putScheduled struct {
	ScheduledKey
	Body scheduledBody
}

type oneScheduled struct {
	Status int
	Body   scheduledView
}

type listScheduled struct {
	After string `query:"after" doc:"从这个编号之后继续"`
	Limit int    `query:"limit" default:"50" minimum:"1" maximum:"100"`
}

type scheduledPage struct {
	Body struct {
		Items []scheduledView `json:"items"`
		Next  string          `json:"next" doc:"下一页的 after，没有下一页时为空"`
	}
}

func (a *API) registerScheduled() {
	put := operation("put-scheduled", http.MethodPut, "/scheduled/{key}", tagScheduled, "创建或修改定时消息")
	put.Description = wordsScheduled
	put.Errors = append(put.Errors, http.StatusConflict)
	huma.Register(a.huma, put, a.putScheduled)
	huma.Register(a.huma, operation("list-scheduled", http.MethodGet, "/scheduled", tagScheduled, "列出定时消息"), a.listScheduled)
	get := operation("get-scheduled", http.MethodGet, "/scheduled/{key}", tagScheduled, "查看定时消息")
	get.Errors = append(get.Errors, http.StatusNotFound)
	huma.Register(a.huma, get, func(ctx context.Context, in *ScheduledKey) (*oneScheduled, error) {
		return a.answerScheduled(a.o.Push.ScheduledOf(ctx, caller(ctx).ID, in.Key))
	})
	cancel := operation("cancel-scheduled", http.MethodDelete, "/scheduled/{key}", tagScheduled, "取消定时消息")
	cancel.Errors = append(cancel.Errors, http.StatusNotFound, http.StatusConflict)
	huma.Register(a.huma, cancel, func(ctx context.Context, in *ScheduledKey) (*oneScheduled, error) {
		return a.answerScheduled(a.o.Push.CancelScheduled(ctx, caller(ctx).ID, in.Key))
	})
}

func (a *API) putScheduled(ctx context.Context, in *putScheduled) (*oneScheduled, error) {
	r, created, err := a.o.Push.Schedule(ctx, caller(ctx).ID, in.Key, in.Body.SendAt.Time, in.Body.draft())
	out, err := a.answerScheduled(r, err)
	if err == nil && created {
		out.Status = http.StatusCreated
	}
	return out, err
}

func (a *API) listScheduled(ctx context.Context, in *listScheduled) (*scheduledPage, error) {
	all, err := a.o.Push.ListScheduled(ctx, caller(ctx).ID, in.After, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	page := new(scheduledPage)
	page.Body.Items = make([]scheduledView, len(all))
	for i := range all {
		page.Body.Items[i] = viewScheduled(&all[i])
	}
	if len(all) == in.Limit {
		page.Body.Next = all[len(all)-1].Key
	}
	return page, nil
}

func (a *API) answerScheduled(r push.Scheduled, err error) (*oneScheduled, error) {
	if err != nil {
		return nil, a.problem(err)
	}
	return &oneScheduled{Status: http.StatusOK, Body: viewScheduled(&r)}, nil
}
