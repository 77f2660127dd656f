package v1

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// MessageView is one send call. It is exported because it is embedded, and
// huma passes over what is not.
type MessageView struct {
	ID          int64      `json:"id" example:"4503599627370002" doc:"消息编号，即发送结果里的 messageId（兼容接口叫 messageContentId）；按编号查询时也接受 sendRecordId"`
	Summary     string     `json:"summary" example:"磁盘告警"`
	ContentType int        `json:"contentType" example:"3" doc:"1 文本，2 HTML，3 Markdown"`
	URL         string     `json:"url" example:"https://example.com/alert" doc:"原文链接，没有时为空"`
	At          *time.Time `json:"at" example:"2026-11-02T12:00:00+08:00" doc:"平台接收的时间，北京时间"`
	DeletedAt   *time.Time `json:"deletedAt,omitempty" example:"2026-11-02T12:30:00+08:00" doc:"消息页面被删除的时间"`
	CancelledAt *time.Time `json:"cancelledAt,omitempty" example:"2026-11-02T12:00:05+08:00" doc:"发送被取消的时间"`
	PausedAt    *time.Time `json:"pausedAt,omitempty" example:"2026-11-02T12:00:05+08:00" doc:"发送被暂停的时间，没有暂停时不出现"`
	TopicIDs    []int64    `json:"topicIds" nullable:"false" example:"[1]" doc:"发给哪些主题"`
	Counts      countsView `json:"counts"`
}

type countsView struct {
	Total      int64 `json:"total" example:"100" doc:"已生成的投递数，一人一条"`
	Confirmed  int64 `json:"confirmed" example:"96" doc:"微信确认送达"`
	Failed     int64 `json:"failed" example:"1" doc:"失败，不会再发"`
	Open       int64 `json:"open" example:"3" doc:"尚未确认也没有失败"`
	Skipped    int64 `json:"skipped" example:"2" doc:"主题订阅者中被略过的：关闭消息、被拦截、不在付费范围内或已从别处收到"`
	FanningOut bool  `json:"fanningOut" example:"false" doc:"主题还在展开，总数会继续增加"`
}

func viewMessage(m push.Message) MessageView {
	return MessageView{
		ID: m.ID, Summary: m.Summary, ContentType: int(m.Kind), URL: m.URL,
		At: at(m.At), DeletedAt: at(m.DeletedAt), CancelledAt: at(m.CancelledAt), PausedAt: at(m.PausedAt), TopicIDs: each(m.Topics, topicNumber),
		Counts: countsView{m.Counts.Total, m.Counts.Confirmed, m.Counts.Failed, m.Counts.Open(), m.Counts.Skipped, m.Counts.FanningOut},
	}
}

// reportView is a message with what became of it.
type reportView struct {
	MessageView
	Open    openView     `json:"open" doc:"counts.open 的去向"`
	Opened  int64        `json:"opened" example:"60" doc:"打开过消息页面的人数"`
	Clicked int64        `json:"clicked" example:"12" doc:"点开过原文链接的人数"`
	Reasons []reasonView `json:"reasons" nullable:"false" doc:"失败原因，最多的在前"`
	Sampled bool         `json:"sampled" example:"false" doc:"接收者超过 1 万时，open 和 reasons 只统计前 1 万人，其余数字仍是全部"`
}

type openView struct {
	Waiting     int64 `json:"waiting" example:"1" doc:"还没有交给微信"`
	Sent        int64 `json:"sent" example:"2" doc:"已交给微信，等待回执"`
	Unconfirmed int64 `json:"unconfirmed" example:"0" doc:"已交给微信，没有收到回执"`
}

type reasonView struct {
	Reason string `json:"reason" example:"用户已取消关注公众号"`
	Remedy string `json:"remedy" example:"请用户重新关注公众号" doc:"可以怎么做"`
	Count  int64  `json:"count" example:"1" doc:"这样失败的人数"`
}

func viewReport(r push.Report) reportView {
	return reportView{
		MessageView: viewMessage(r.Message), Open: openView{r.Waiting, r.Sent, r.Unconfirmed},
		Opened: r.Opened, Clicked: r.Clicked, Sampled: r.Sampled,
		Reasons: each(r.Reasons, func(one push.ReasonCount) reasonView { return reasonView(one) }),
	}
}

// recipientView is one person a message is for.
type recipientView struct {
	UID      string     `json:"uid" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
	RecordID int64      `json:"sendRecordId" example:"4503599627370001" doc:"发送记录的编号"`
	TopicID  *int64     `json:"topicId" example:"1" doc:"经由哪个主题；直接按 UID 发送时为 null"`
	State    string     `json:"state" enum:"waiting,sent,unconfirmed,confirmed,failed,skipped" example:"failed"`
	Attempts int        `json:"attempts" example:"1" doc:"交给微信的次数"`
	Timeline []stepView `json:"timeline" nullable:"false"`
}

type stepView struct {
	Step   string     `json:"step" enum:"accepted,queued,retrying,sending,sent,confirmed,unconfirmed,failed,skipped,opened,clicked" example:"failed"`
	At     *time.Time `json:"at,omitempty" example:"2026-11-02T12:00:00+08:00" doc:"发生的时间；queued 和 retrying 是下次尝试的时间"`
	Text   string     `json:"text" example:"发送失败" doc:"给人看的一句话"`
	Reason string     `json:"reason,omitempty" example:"用户已取消关注公众号" doc:"失败或重试的原因"`
	Remedy string     `json:"remedy,omitempty" example:"请用户重新关注公众号" doc:"可以怎么做"`
}

func viewRecipient(r push.Recipient) recipientView {
	v := recipientView{
		UID: string(r.UID), RecordID: r.Record, State: string(r.State), Attempts: r.Attempts, Timeline: each(r.Timeline, viewStep),
	}
	if topic := int64(r.Topic); topic != 0 {
		v.TopicID = &topic
	}
	return v
}

func viewStep(s push.Step) stepView {
	return stepView{string(s.Kind), at(s.At), s.Text, s.Reason, s.Remedy}
}

type listMessagesQuery struct {
	PageQuery
	Since  time.Time `query:"since" example:"2025-11-01T00:00:00+08:00" doc:"从这个时间起（RFC 3339）"`
	Until  time.Time `query:"until" example:"2035-11-01T00:00:00+08:00" doc:"到这个时间之前（RFC 3339）"`
	Topic  int64     `query:"topicId" minimum:"1" example:"1" doc:"发给这个主题的"`
	State  string    `query:"state" enum:"open,failed" example:"failed" doc:"open：还有未确认的；failed：有失败的"`
	Search string    `query:"search" maxLength:"100" example:"磁盘" doc:"摘要里包含的文字，英文字母不分大小写"`
}

// MessageID names a message by either of its ids.
type MessageID struct {
	ID int64 `path:"id" minimum:"1" maximum:"4503599627370495" example:"4503599627370002" doc:"messageId（兼容接口叫 messageContentId）或 sendRecordId"`
}

type listRecipientsQuery struct {
	MessageID
	PageQuery
	State string `query:"state" enum:"waiting,sent,unconfirmed,confirmed,failed,skipped" example:"failed" doc:"只看这个状态的"`
	UID   string `query:"uid" maxLength:"64" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV" doc:"只看这个用户"`
}

func (a *API) registerMessages() {
	huma.Register(a.huma, operation("list-messages", http.MethodGet, "/messages", tagMessages, "列出应用的消息，新的在前"),
		func(ctx context.Context, q *listMessagesQuery) (*answer[page[MessageView]], error) {
			all, next, err := a.o.Push.Messages(ctx, caller(ctx).ID, push.MessageFilter{
				Since: q.Since, Until: q.Until, Topic: push.TopicID(q.Topic), State: push.MessageState(q.State),
				Search: q.Search, After: q.After, Limit: q.Limit,
			})
			return newPage(all, viewMessage, next), a.problem(err)
		})
	huma.Register(a.huma, operation("get-message", http.MethodGet, "/messages/{id}", tagMessages, "查看一条消息的结果：计数、失败原因、打开和点击", http.StatusNotFound),
		func(ctx context.Context, q *MessageID) (*answer[reportView], error) {
			r, err := a.o.Push.Message(ctx, caller(ctx).ID, q.ID)
			return &answer[reportView]{viewReport(r)}, a.problem(err)
		})
	huma.Register(a.huma, operation("list-recipients", http.MethodGet, "/messages/{id}/recipients", tagMessages, "列出一条消息的接收者和每个人的投递过程", http.StatusNotFound),
		func(ctx context.Context, q *listRecipientsQuery) (*answer[page[recipientView]], error) {
			all, next, err := a.o.Push.Recipients(ctx, caller(ctx).ID, q.ID, push.RecipientFilter{
				State: push.DeliveryState(q.State), UID: push.UID(q.UID), After: q.After, Limit: q.Limit,
			})
			return newPage(all, viewRecipient, next), a.problem(err)
		})
}
