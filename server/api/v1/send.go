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
	Summary     string   `json:"summary,omitempty" doc:"卡片上的摘要，超过 100 个字符会截断；不填则取正文开头"`
	ContentType int      `json:"contentType,omitempty" default:"1" doc:"1 文本，2 HTML，3 Markdown"`
	UIDs        []string `json:"uids,omitempty" example:"[\"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV\"]" doc:"接收的用户，最多 2000 个"`
	TopicIDs    []int64  `json:"topicIds,omitempty" doc:"接收的主题，最多 5 个"`
	URL         string   `json:"url,omitempty" doc:"阅读原文的地址，最多 1000 个字符"`
	Audience    int      `json:"verifyPayType,omitempty" doc:"0 所有人，1 付费有效期内的用户，2 未付费或已到期的用户"`
}

func (b *DraftBody) draft() push.Draft {
	d := push.Draft{Content: b.Content, Summary: b.Summary, URL: b.URL, Kind: content.Kind(b.ContentType), Audience: b.Audience}
	for _, uid := range b.UIDs {
		d.UIDs = append(d.UIDs, push.UID(uid))
	}
	for _, id := range b.TopicIDs {
		d.Topics = append(d.Topics, push.TopicID(id))
	}
	return d
}

func draftView(d *push.Draft) DraftBody {
	b := DraftBody{Content: d.Content, Summary: d.Summary, URL: d.URL, ContentType: int(d.Kind), Audience: d.Audience}
	for _, uid := range d.UIDs {
		b.UIDs = append(b.UIDs, string(uid))
	}
	for _, id := range d.Topics {
		b.TopicIDs = append(b.TopicIDs, int64(id))
	}
	return b
}

// receiptView is the fate of one receiver.
type receiptView struct {
	UID    string `json:"uid,omitempty"`
	Topic  int64  `json:"topicId,omitempty"`
	Record int64  `json:"recordId" doc:"发送记录，用于查询状态；没有发送时为 0"`
	Failed bool   `json:"failed"`
	Text   string `json:"status" example:"创建发送任务成功"`
}

type sentView struct {
	Message  int64         `json:"messageId" doc:"消息编号"`
	Receipts []receiptView `json:"receipts" doc:"每个接收者一项，先用户后主题"`
}

func sent(receipts []push.Receipt) sentView {
	v := sentView{Receipts: receiptViews(receipts)}
	for _, r := range receipts {
		v.Message = max(v.Message, r.Message)
	}
	return v
}

func receiptViews(receipts []push.Receipt) []receiptView {
	views := make([]receiptView, len(receipts))
	for i, r := range receipts {
		views[i] = receiptView{UID: string(r.UID), Topic: int64(r.Topic), Record: r.Record, Failed: r.Failed, Text: r.Text}
	}
	return views
}

// Keyed reads the Idempotency-Key of a request.
type Keyed struct {
	Given string `header:"Idempotency-Key" doc:"调用方自定的编号，1–255 个可见字符：24 小时内相同编号和相同内容只发送一次，得到同样的回答"`

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
	op := operation("send-message", http.MethodPost, "/messages", tagSend, "发送消息")
	op.DefaultStatus = http.StatusCreated
	op.Description = wordsSend
	huma.Register(a.huma, op, func(ctx context.Context, in *sendInput) (*struct{ Body sentView }, error) {
		return a.deliver(ctx, &in.Keyed, in.Body.draft())
	})
}

// deliver sends from the app that asks. A call none of whose receivers can be
// sent to wrote nothing, and is refused with the reason of each.
func (a *API) deliver(ctx context.Context, k *Keyed, d push.Draft) (*struct{ Body sentView }, error) {
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
	return &struct{ Body sentView }{v}, nil
}

// place is where in the call a receiver stood.
func place(r push.Receipt) string {
	if r.Topic != 0 {
		return "topicIds"
	}
	return "uids"
}
