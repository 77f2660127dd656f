package v1

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hongyan/push"
	"hongyan/push/content"
)

// DraftBody is a message as a caller writes it. Like all types that are embedded
// here it is exported for huma, which passes over others.
type DraftBody struct {
	Content     string   `json:"content" example:"磁盘使用率 91%" doc:"正文，1–40000 个字符"`
	Summary     string   `json:"summary,omitempty" example:"磁盘告警" doc:"卡片上的摘要，超过 100 个字符会截断；不填则取正文开头"`
	ContentType int      `json:"contentType,omitempty" default:"1" example:"1" doc:"1 文本，2 HTML，3 Markdown"`
	UIDs        []string `json:"uids,omitempty" example:"[\"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV\"]" doc:"接收的用户，最多 2000 个"`
	TopicIDs    []int64  `json:"topicIds,omitempty" example:"[1]" doc:"接收的主题，最多 5 个"`
	URL         string   `json:"url,omitempty" example:"https://example.com/alert" doc:"阅读原文的地址，最多 1000 个字符"`
	Audience    int      `json:"verifyPayType,omitempty" example:"0" doc:"0 所有人，1 付费有效期内的用户，2 未付费或已到期的用户"`
}

func (b *DraftBody) draft() push.Draft {
	d := to(b.UIDs, b.TopicIDs)
	d.Content, d.Summary, d.URL, d.Kind, d.Audience = b.Content, b.Summary, b.URL, content.Kind(b.ContentType), b.Audience
	return d
}

// to is a draft for these receivers.
func to(uids []string, topics []int64) push.Draft {
	return push.Draft{
		UIDs:   each(uids, func(uid string) push.UID { return push.UID(uid) }),
		Topics: each(topics, func(id int64) push.TopicID { return push.TopicID(id) }),
	}
}

func topicNumber(id push.TopicID) int64 { return int64(id) }

func draftView(d *push.Draft) DraftBody {
	return DraftBody{
		Content: d.Content, Summary: d.Summary, URL: d.URL, ContentType: int(d.Kind), Audience: d.Audience,
		UIDs: each(d.UIDs, func(uid push.UID) string { return string(uid) }), TopicIDs: each(d.Topics, topicNumber),
	}
}

// receiptView is the fate of one receiver.
type receiptView struct {
	UID    string `json:"uid,omitempty" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV" doc:"直接接收的用户"`
	Topic  int64  `json:"topicId,omitempty" example:"1" doc:"接收的主题；直接发给用户时没有这一项"`
	Record int64  `json:"sendRecordId" example:"4503599627370001" doc:"发送记录，用于查询状态；没有发送时为 0"`
	Failed bool   `json:"failed" example:"false" doc:"没有发给这个接收者，原因见 status"`
	Text   string `json:"status" example:"创建发送任务成功"`
}

type sentView struct {
	Message  int64         `json:"messageId" example:"4503599627370002" doc:"消息编号，用于查询结果和取消"`
	Receipts []receiptView `json:"receipts" nullable:"false" doc:"每个接收者一项，先用户后主题"`
}

func sent(receipts []push.Receipt) sentView {
	v := sentView{Receipts: each(receipts, viewReceipt)}
	for _, r := range receipts {
		v.Message = max(v.Message, r.Message)
	}
	return v
}

func viewReceipt(r push.Receipt) receiptView {
	return receiptView{UID: string(r.UID), Topic: int64(r.Topic), Record: r.Record, Failed: r.Failed, Text: r.Text}
}

// Keyed reads the Idempotency-Key of a request.
type Keyed struct {
	Given string `header:"Idempotency-Key" example:"order-42" doc:"调用方自定的编号，1–255 个可见字符：24 小时内相同编号和相同内容只发送一次，得到同样的回答"`

	key string
	err error
}

// Resolve reads the header as it came: huma tells an empty one and none apart
// as little as the field does.
func (k *Keyed) Resolve(c huma.Context) []error {
	r, _ := humago.Unwrap(c)
	k.key, k.err = Key(r.Header)
	return nil
}

type sendInput struct {
	Keyed
	Body DraftBody
}

func (a *API) registerSend() {
	op := operation("send-message", http.MethodPost, "/messages", tagSend, "发送消息", http.StatusForbidden)
	op.DefaultStatus = http.StatusCreated
	op.Description = wordsSend
	huma.Register(a.huma, op, func(ctx context.Context, in *sendInput) (*answer[sentView], error) {
		return a.deliver(ctx, &in.Keyed, in.Body.draft())
	})
}

// deliver sends from the app that asks. A call none of whose receivers can be
// sent to wrote nothing, and is refused with the reason of each.
func (a *API) deliver(ctx context.Context, k *Keyed, d push.Draft) (*answer[sentView], error) {
	if err := a.maySend(ctx); err != nil {
		return nil, err
	}
	if k.err != nil {
		return nil, a.problem(k.err)
	}
	if k.key != "" {
		d.Key, d.KeyFor = k.key, 0 // the caller's own instead of one made of the body
	}
	receipts, err := a.o.Push.SendFrom(ctx, caller(ctx).ID, d)
	if err != nil {
		return nil, a.problem(err)
	}
	v := sent(receipts)
	if v.Message == 0 {
		var details []error
		for _, r := range receipts {
			details = append(details, &huma.ErrorDetail{Message: r.Text, Location: place(r)})
		}
		return nil, huma.Error422UnprocessableEntity(textNobody, details...)
	}
	return &answer[sentView]{v}, nil
}

// place is where in the call a receiver stood.
func place(r push.Receipt) string {
	if r.Topic != 0 {
		return "topicIds"
	}
	return "uids"
}
