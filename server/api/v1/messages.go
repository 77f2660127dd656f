package v1

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// messageView is one send call.
type messageView struct {
	ID          int64      `json:"id" doc:"即发送结果里的 messageContentId；接口也接受 sendRecordId"`
	Summary     string     `json:"summary"`
	ContentType int        `json:"contentType" doc:"1 文本，2 HTML，3 Markdown"`
	URL         string     `json:"url"`
	At          *time.Time `json:"at" doc:"平台接收的时间，北京时间"`
	DeletedAt   *time.Time `json:"deletedAt,omitempty" doc:"消息页面被删除的时间"`
	CancelledAt *time.Time `json:"cancelledAt,omitempty" doc:"发送被取消的时间"`
	TopicIDs    []int64    `json:"topicIds" nullable:"false"`
	Counts      countsView `json:"counts"`
}

type countsView struct {
	Total      int64 `json:"total" doc:"已生成的投递数，一人一条"`
	Confirmed  int64 `json:"confirmed" doc:"微信确认送达"`
	Failed     int64 `json:"failed"`
	Open       int64 `json:"open" doc:"尚未确认也没有失败"`
	Skipped    int64 `json:"skipped" doc:"主题订阅者中被略过的：关闭消息、被拦截、不在付费范围内或已从别处收到"`
	FanningOut bool  `json:"fanningOut" doc:"主题还在展开，总数会继续增加"`
}

func viewMessage(m push.Message) messageView {
	v := messageView{
		ID: m.ID, Summary: m.Summary, ContentType: int(m.Kind), URL: m.URL,
		At: at(m.At), DeletedAt: at(m.DeletedAt), CancelledAt: at(m.CancelledAt), TopicIDs: []int64{},
		Counts: countsView{m.Counts.Total, m.Counts.Confirmed, m.Counts.Failed, m.Counts.Open(), m.Counts.Skipped, m.Counts.FanningOut},
	}
	for _, topic := range m.Topics {
		v.TopicIDs = append(v.TopicIDs, int64(topic))
	}
	return v
}

// reportView is a message with what became of it.
type reportView struct {
	messageView
	Open    openView     `json:"open" doc:"counts.open 的去向"`
	Opened  int64        `json:"opened" doc:"打开过消息页面的人数"`
	Clicked int64        `json:"clicked" doc:"点开过原文链接的人数"`
	Reasons []reasonView `json:"reasons" nullable:"false" doc:"失败原因，最多的在前"`
	Sampled bool         `json:"sampled" doc:"接收者超过 10 万时，open 和 reasons 只统计前 10 万人，其余数字仍是全部"`
}

type openView struct {
	Waiting     int64 `json:"waiting" doc:"还没有交给微信"`
	Sent        int64 `json:"sent" doc:"已交给微信，等待回执"`
	Unconfirmed int64 `json:"unconfirmed" doc:"已交给微信，没有收到回执"`
}

type reasonView struct {
	Reason string `json:"reason"`
	Remedy string `json:"remedy" doc:"可以怎么做"`
	Count  int64  `json:"count"`
}

func viewReport(r push.Report) reportView {
	v := reportView{
		messageView: viewMessage(r.Message), Open: openView{r.Waiting, r.Sent, r.Unconfirmed},
		Opened: r.Opened, Clicked: r.Clicked, Sampled: r.Sampled, Reasons: []reasonView{},
	}
	for _, reason := range r.Reasons {
		v.Reasons = append(v.Reasons, reasonView(reason))
	}
	return v
}

// recipientView is one person a message is for.
type recipientView struct {
	UID      string     `json:"uid"`
	RecordID int64      `json:"sendRecordId"`
	TopicID  *int64     `json:"topicId" doc:"经由哪个主题；直接按 UID 发送时为 null"`
	State    string     `json:"state" enum:"waiting,sent,unconfirmed,confirmed,failed"`
	Attempts int        `json:"attempts"`
	Timeline []stepView `json:"timeline" nullable:"false"`
}

type stepView struct {
	Step   string     `json:"step" enum:"accepted,queued,retrying,sending,sent,confirmed,unconfirmed,failed,opened,clicked"`
	At     *time.Time `json:"at,omitempty" doc:"发生的时间；queued 和 retrying 是下次尝试的时间"`
	Text   string     `json:"text"`
	Reason string     `json:"reason,omitempty"`
	Remedy string     `json:"remedy,omitempty" doc:"可以怎么做"`
}

func viewRecipient(r push.Recipient) recipientView {
	v := recipientView{
		UID: string(r.UID), RecordID: r.Record, State: string(r.State), Attempts: r.Attempts, Timeline: []stepView{},
	}
	if topic := int64(r.Topic); topic != 0 {
		v.TopicID = &topic
	}
	for _, s := range r.Timeline {
		v.Timeline = append(v.Timeline, stepView{string(s.Kind), at(s.At), s.Text, s.Reason, s.Remedy})
	}
	return v
}

type listMessagesQuery struct {
	PageQuery
	Since  time.Time `query:"since" doc:"从这个时间起（RFC 3339）"`
	Until  time.Time `query:"until" doc:"到这个时间之前（RFC 3339）"`
	Topic  int64     `query:"topicId" minimum:"1" doc:"发给这个主题的"`
	State  string    `query:"state" enum:"open,failed" doc:"open：还有未确认的；failed：有失败的"`
	Search string    `query:"search" maxLength:"100" doc:"摘要里包含的文字，英文字母不分大小写"`
}

// MessageID names a message by either of its ids.
type MessageID struct {
	ID int64 `path:"id" minimum:"1" maximum:"4503599627370495" doc:"messageContentId 或 sendRecordId"`
}

type listRecipientsQuery struct {
	MessageID
	PageQuery
	State string `query:"state" enum:"waiting,sent,unconfirmed,confirmed,failed"`
	UID   string `query:"uid" maxLength:"64"`
}

func (a *API) registerMessages() {
	huma.Register(a.huma, operation("list-messages", http.MethodGet, "/messages", tagMessages, "列出应用的消息，新的在前"),
		func(ctx context.Context, q *listMessagesQuery) (*answer[page[messageView]], error) {
			all, next, err := a.o.Push.Messages(ctx, caller(ctx).ID, push.MessageFilter{
				Since: q.Since, Until: q.Until, Topic: push.TopicID(q.Topic), State: push.MessageState(q.State),
				Search: q.Search, After: q.After, Limit: q.Limit,
			})
			return newPage(all, viewMessage, next), a.problem(err)
		})
	huma.Register(a.huma, operation("get-message", http.MethodGet, "/messages/{id}", tagMessages, "查看一条消息的结果：计数、失败原因、打开和点击"),
		func(ctx context.Context, q *MessageID) (*struct{ Body reportView }, error) {
			r, err := a.o.Push.Message(ctx, caller(ctx).ID, q.ID)
			return &struct{ Body reportView }{viewReport(r)}, a.problem(err)
		})
	huma.Register(a.huma, operation("list-recipients", http.MethodGet, "/messages/{id}/recipients", tagMessages, "列出一条消息的接收者和每个人的投递过程"),
		func(ctx context.Context, q *listRecipientsQuery) (*answer[page[recipientView]], error) {
			all, next, err := a.o.Push.Recipients(ctx, caller(ctx).ID, q.ID, push.RecipientFilter{
				State: push.DeliveryState(q.State), UID: push.UID(q.UID), After: q.After, Limit: q.Limit,
			})
			return newPage(all, viewRecipient, next), a.problem(err)
		})
}
