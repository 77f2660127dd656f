package api

import (
	"fmt"

	"hongyan/push"
	"hongyan/store"
)

// person is a record in the list of an app's followers. Version 1 and 2 of the
// route answer the same.
type person struct {
	UID        push.UID `json:"uid"`
	TargetID   int64    `json:"appOrTopicId"`
	HeadImg    string   `json:"headImg"`
	CreateTime int64    `json:"createTime"` // Unix milliseconds
	NickName   string   `json:"nickName"`
	Reject     bool     `json:"reject"`
	ID         int64    `json:"id"`
	Type       int64    `json:"type"` // 0 app, 1 topic
	Target     string   `json:"target"`
	PayEndTime int64    `json:"payEndTime"` // Unix milliseconds, 0 = never paid
	Enable     bool     `json:"enable"`
}

type people struct {
	Total    int64    `json:"total"`
	Page     int64    `json:"page"`
	PageSize int64    `json:"pageSize"`
	Records  []person `json:"records"`
}

// followers lists who follows the app and its topics, page by page.
func (a *API) followers(q *request) (any, error) {
	ask, err := peopleQuery(q.query)
	if err != nil {
		return nil, err
	}
	token := q.query["appToken"]
	if err := a.admit(q, text(token)); err != nil {
		return nil, err
	}
	found, total, err := a.o.Push.People(q.Context(), token, ask)
	if err != nil {
		return nil, err
	}
	out := people{Total: total, Records: make([]person, len(found))}
	out.Page, out.PageSize = ask.Bounded()
	for i, p := range found {
		out.Records[i] = person{
			UID: p.UID, TargetID: p.Target, CreateTime: store.Millis(p.FollowedAt), Reject: p.Rejected, ID: p.ID,
			Type: int64(p.Kind), Target: p.Name, PayEndTime: store.Millis(p.PaidUntil), Enable: p.Enabled,
		}
	}
	return out, nil
}

func peopleQuery(v values) (ask push.PeopleQuery, err error) {
	var page, size, kind number
	for _, field := range []struct {
		name string
		into *number
	}{{"page", &page}, {"pageSize", &size}, {"type", &kind}} {
		if *field.into, err = v.number(field.name); err != nil {
			return ask, err
		}
	}
	ask = push.PeopleQuery{Page: page.value, Size: size.value, UID: push.UID(v["uid"])}
	if kind.given {
		of := push.SubscriptionKind(kind.value)
		if of != push.OfApp && of != push.OfTopic {
			return ask, refuse(textPeopleType)
		}
		ask.Kind = &of
	}
	ask.Rejected, err = v.truth("isBlock")
	return ask, err
}

// truth reads a query value that is true or false when it is given.
func (v values) truth(name string) (*bool, error) {
	if v[name] == "" || v[name] == "null" {
		return nil, nil
	}
	var t truth
	if t.UnmarshalJSON([]byte(v[name])) != nil {
		return nil, refuse(fmt.Sprintf(textTruth, name))
	}
	return (*bool)(&t), nil
}

// person returns the record that a call with a token is about.
func (a *API) person(q *request) (id int64, err error) {
	n, err := q.query.number("id")
	if err != nil {
		return 0, err
	}
	return n.value, a.admit(q, text(q.query["appToken"]))
}

// removePerson ends a record; the user may follow again.
func (a *API) removePerson(q *request) (any, error) {
	id, err := a.person(q)
	if err != nil {
		return nil, err
	}
	if err := a.o.Push.RemovePerson(q.Context(), q.token, id); err != nil {
		return nil, err
	}
	return textRemoved, nil
}

// rejectPerson keeps a user away, or lets them come again.
func (a *API) rejectPerson(q *request) (any, error) {
	on, err := q.query.truth("reject")
	if err != nil {
		return nil, err
	}
	if on == nil {
		return nil, refuse(fmt.Sprintf(textTruth, "reject"))
	}
	id, err := a.person(q)
	if err != nil {
		return nil, err
	}
	if err := a.o.Push.Reject(q.Context(), q.token, id, *on); err != nil {
		return nil, err
	}
	if *on {
		return textRejected, nil
	}
	return textUnrejected, nil
}

// paidUntil is until when a user has paid for one thing of a product.
type paidUntil struct {
	Type       int64 `json:"resourceType"` // 1 app, 2 topic
	ID         int64 `json:"resourceID"`
	PayEndTime int64 `json:"payEndTime"` // Unix milliseconds, 0 = never paid
}

// payEndTime needs no token, so it is limited by source.
func (a *API) payEndTime(q *request) (any, error) {
	if err := a.mayLook(q, 1); err != nil {
		return nil, err
	}
	product, err := q.query.number("prodId")
	if err != nil {
		return nil, err
	}
	if !product.given || q.query["uid"] == "" {
		return nil, refuse(textPayEnd)
	}
	found, err := a.o.Push.PaidUntil(q.Context(), push.ProductID(product.value), push.UID(q.query["uid"]))
	if err != nil {
		return nil, err
	}
	out := make([]paidUntil, len(found))
	for i, p := range found {
		out[i] = paidUntil{Type: int64(p.Kind) + 1, ID: p.Target, PayEndTime: store.Millis(p.Until)}
	}
	return out, nil
}
