package v1

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// instant is a point in time, read from Unix milliseconds or from RFC 3339.
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

// Schema describes what UnmarshalJSON takes. A send lies at most a year ahead,
// so the example, which is to work as it stands, is tomorrow at nine.
func (instant) Schema(huma.Registry) *huma.Schema {
	year, month, day := time.Now().In(china).Date()
	return &huma.Schema{
		OneOf:    []*huma.Schema{{Type: huma.TypeInteger}, {Type: huma.TypeString}},
		Examples: []any{time.Date(year, month, day+1, 9, 0, 0, 0, china).Format(time.RFC3339)},
	}
}

type scheduledBody struct {
	DraftBody
	SendAt instant `json:"sendAt" doc:"发送时间，毫秒级 Unix 时间或 RFC 3339，最多一年以后；已经过去则立即发送"`
}

type scheduledView struct {
	Key       string        `json:"key" example:"会议提醒-42"`
	State     string        `json:"state" enum:"waiting,sent,cancelled,failed" example:"sent"`
	SendAt    *time.Time    `json:"sendAt" example:"2026-11-03T09:00:00+08:00"`
	Draft     DraftBody     `json:"draft"`
	Message   int64         `json:"messageId" example:"4503599627370002" doc:"发出后的消息编号，之前为 0"`
	Receipts  []receiptView `json:"receipts" nullable:"false" doc:"发出后每个接收者一项"`
	Reason    string        `json:"reason,omitempty" example:"" doc:"失败的原因"`
	CreatedAt *time.Time    `json:"createdAt" example:"2026-11-02T12:00:00+08:00" doc:"这个编号第一次提交的时间"`
	DoneAt    *time.Time    `json:"doneAt" example:"2026-11-03T09:00:01+08:00" doc:"发出、取消或失败的时间，之前为 null"`
}

func viewScheduled(r push.Scheduled) scheduledView {
	return scheduledView{
		Key: r.Key, State: [...]string{"waiting", "sent", "cancelled", "failed"}[r.State],
		SendAt: at(r.SendAt), Draft: draftView(&r.Draft), Message: r.Message,
		Receipts: each(r.Receipts, viewReceipt), Reason: r.Reason, CreatedAt: at(r.CreatedAt), DoneAt: at(r.DoneAt),
	}
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

func (a *API) registerScheduled() {
	put := operation("put-scheduled", http.MethodPut, "/scheduled/{key}", tagScheduled, "创建或修改定时消息", http.StatusForbidden, http.StatusConflict)
	put.Description = wordsScheduled
	huma.Register(a.huma, put, a.putScheduled)
	made := a.huma.OpenAPI().Paths[put.Path].Put
	created := *made.Responses["200"]
	made.Responses["201"] = &created
	huma.Register(a.huma, operation("list-scheduled", http.MethodGet, "/scheduled", tagScheduled, "列出定时消息"), a.listScheduled)
	get := operation("get-scheduled", http.MethodGet, "/scheduled/{key}", tagScheduled, "查看定时消息", http.StatusNotFound)
	huma.Register(a.huma, get, func(ctx context.Context, in *ScheduledKey) (*oneScheduled, error) {
		return a.answerScheduled(a.o.Push.ScheduledOf(ctx, caller(ctx).ID, in.Key))
	})
	cancel := operation("cancel-scheduled", http.MethodDelete, "/scheduled/{key}", tagScheduled, "取消定时消息", http.StatusNotFound, http.StatusConflict)
	huma.Register(a.huma, cancel, func(ctx context.Context, in *ScheduledKey) (*oneScheduled, error) {
		return a.answerScheduled(a.o.Push.CancelScheduled(ctx, caller(ctx).ID, in.Key))
	})
}

func (a *API) putScheduled(ctx context.Context, in *putScheduled) (*oneScheduled, error) {
	if err := a.maySend(ctx); err != nil { // it may be due at once
		return nil, err
	}
	r, created, err := a.o.Push.Schedule(ctx, caller(ctx).ID, in.Key, in.Body.SendAt.Time, in.Body.draft())
	out, err := a.answerScheduled(r, err)
	if err == nil && created {
		out.Status = http.StatusCreated
	}
	return out, err
}

func (a *API) listScheduled(ctx context.Context, in *PageQuery) (*answer[page[scheduledView]], error) {
	all, err := a.o.Push.ListScheduled(ctx, caller(ctx).ID, in.After, in.Limit)
	if errors.Is(err, push.ErrNoScheduled) {
		return nil, huma.Error422UnprocessableEntity(textAfter)
	}
	if err != nil {
		return nil, a.problem(err)
	}
	next := ""
	if len(all) == in.Limit {
		next = all[len(all)-1].Key
	}
	return newPage(all, viewScheduled, next), nil
}

func (a *API) answerScheduled(r push.Scheduled, err error) (*oneScheduled, error) {
	if err != nil {
		return nil, a.problem(err)
	}
	return &oneScheduled{Status: http.StatusOK, Body: viewScheduled(r)}, nil
}
