package api

import (
	"slices"
	"strconv"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/api/v1"
)

// sendBody is the body of POST /api/send/message.
type sendBody struct {
	AppToken      text    `json:"appToken"`
	Content       text    `json:"content"`
	Summary       text    `json:"summary"`
	ContentType   number  `json:"contentType"`
	UIDs          texts   `json:"uids"`
	TopicIDs      numbers `json:"topicIds"`
	URL           text    `json:"url"`
	VerifyPay     truth   `json:"verifyPay"`
	VerifyPayType number  `json:"verifyPayType"`
}

func (b *sendBody) draft() push.Draft {
	d := push.Draft{
		Content:  string(b.Content),
		Summary:  string(b.Summary),
		URL:      string(b.URL),
		Kind:     kind(b.ContentType),
		Audience: audience(bool(b.VerifyPay), b.VerifyPayType),
	}
	for _, uid := range b.UIDs {
		d.UIDs = append(d.UIDs, push.UID(uid))
	}
	for _, id := range b.TopicIDs {
		d.Topics = append(d.Topics, push.TopicID(id))
	}
	return d
}

// kind is 1 (text) when the client said nothing.
func kind(n number) content.Kind {
	if !n.given {
		return content.Text
	}
	return content.Kind(n.value)
}

// audience lets the old flag speak only where the new field is absent.
func audience(verifyPay bool, verifyPayType number) int {
	switch {
	case verifyPayType.given:
		return int(verifyPayType.value)
	case verifyPay:
		return 1
	}
	return 0
}

// item is the fate of one receiver in a send answer.
type item struct {
	UID       *push.UID     `json:"uid"`
	TopicID   *push.TopicID `json:"topicId"`
	MessageID int64         `json:"messageId"`
	ContentID int64         `json:"messageContentId"`
	RecordID  int64         `json:"sendRecordId"`
	Code      int           `json:"code"`
	Status    string        `json:"status"`
}

func items(receipts []push.Receipt) []item {
	list := make([]item, len(receipts))
	for i, r := range receipts {
		it := item{MessageID: r.Record, ContentID: r.Message, RecordID: r.Record, Code: codeOK, Status: textAccepted}
		if r.UID != "" {
			it.UID = &receipts[i].UID
		}
		if r.Topic != 0 {
			it.TopicID = &receipts[i].Topic
		}
		if r.Failed {
			it.Code, it.Status = codeFailed, r.Text
		}
		list[i] = it
	}
	return list
}

func (a *API) send(q *request) (any, error) {
	var body sendBody
	if err := decode(q, &body); err != nil {
		return nil, err
	}
	if err := a.admit(q, body.AppToken); err != nil {
		return nil, err
	}
	return a.deliver(q, body.draft())
}

// sendByQuery is the form for a browser's address bar: text only, one receiver.
func (a *API) sendByQuery(q *request) (any, error) {
	topic, err := q.query.number("topicId")
	if err != nil {
		return nil, err
	}
	verify, err := q.query.number("verifyPayType")
	if err != nil {
		return nil, err
	}
	old, err := q.query.truth("verifyPay")
	if err != nil {
		return nil, err
	}
	d := push.Draft{
		Content:  q.query["content"],
		Summary:  q.query["summary"],
		URL:      q.query["url"],
		Kind:     content.Text,
		Audience: audience(old != nil && *old, verify),
	}
	if uid := q.query["uid"]; uid != "" {
		d.UIDs = []push.UID{push.UID(uid)}
	}
	if topic.given {
		d.Topics = []push.TopicID{push.TopicID(topic.value)}
	}
	if err := a.admit(q, text(q.query["appToken"])); err != nil {
		return nil, err
	}
	switch on, err := a.o.Push.QuerySend(q.Context(), q.token); {
	case err != nil:
		return nil, err
	case !on:
		return nil, refuse(textNoQuerySend)
	}
	return a.deliver(q, d)
}

func (a *API) deliver(q *request, d push.Draft) (any, error) {
	if err := a.maySend(q, q.token, textSends); err != nil {
		return nil, err
	}
	var err error
	if d.Key, err = v1.Key(q.Header); err != nil {
		return nil, err
	}
	receipts, err := a.o.Push.Send(q.Context(), q.token, d)
	if err != nil {
		return nil, err
	}
	return items(receipts), nil
}

// simpleBody is the body of POST /api/send/message/simple-push.
type simpleBody struct {
	Content     text   `json:"content"`
	Summary     text   `json:"summary"`
	ContentType number `json:"contentType"`
	URL         text   `json:"url"`
	SPT         text   `json:"spt"`
	SPTList     texts  `json:"sptList"`
}

func (a *API) simplePush(q *request) (any, error) {
	var body simpleBody
	if err := decode(q, &body); err != nil {
		return nil, err
	}
	var spts []push.SPT
	for _, spt := range append([]string{string(body.SPT)}, body.SPTList...) {
		if spt != "" {
			spts = append(spts, push.SPT(spt))
		}
	}
	return a.deliverSimple(q, spts, push.Draft{
		Content: string(body.Content),
		Summary: string(body.Summary),
		URL:     string(body.URL),
		Kind:    kind(body.ContentType),
	})
}

// simplePushByPath takes the whole rest of the path as the content.
func (a *API) simplePushByPath(q *request) (any, error) {
	return a.deliverSimple(q, []push.SPT{push.SPT(q.args[0])}, push.Draft{Content: q.args[1], Kind: content.Text})
}

// mostCounted is how many tokens of a call are counted; one with more is
// refused anyway.
const mostCounted = 10

// deliverSimple counts the call for each token it names, and refuses it as a
// whole when one of them has had too many.
func (a *API) deliverSimple(q *request, spts []push.SPT, d push.Draft) (any, error) {
	named := make(map[push.SPT]bool, len(spts))
	for _, spt := range spts {
		if named[spt] || len(named) >= mostCounted {
			continue
		}
		named[spt] = true
		if err := a.maySend(q, string(spt), textSimpleSends); err != nil {
			return nil, err
		}
	}
	var err error
	if d.Key, err = v1.Key(q.Header); err != nil {
		return nil, err
	}
	receipts, err := a.o.Push.SendSimple(q.Context(), spts, d)
	if err != nil {
		return nil, err
	}
	if allFailed(receipts) {
		// Whoever guesses tokens is soon told nothing about them.
		if err := a.mayLook(q, len(receipts)); err != nil {
			return nil, err
		}
	}
	return items(receipts), nil
}

func allFailed(receipts []push.Receipt) bool {
	return !slices.ContainsFunc(receipts, func(r push.Receipt) bool { return !r.Failed })
}

// removeMessage takes away the page behind a message. Any id that the send
// answer gave for it will do.
func (a *API) removeMessage(q *request) (any, error) {
	if err := a.admit(q, text(q.query["appToken"])); err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(q.query["messageContentId"], 10, 64)
	if err != nil {
		return nil, refuse(textNoMessage)
	}
	if err := a.o.Push.Remove(q.Context(), q.token, id); err != nil {
		return nil, err
	}
	return true, nil
}
