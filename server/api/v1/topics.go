package v1

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

type topicView struct {
	ID        int64      `json:"id" example:"1"`
	Name      string     `json:"name" example:"发布通知"`
	Followers int64      `json:"followers" example:"312" doc:"现在订阅的人数"`
	CreatedAt *time.Time `json:"createdAt" example:"2026-11-21T09:38:00+08:00"`
}

func viewTopic(t push.TopicCount) topicView {
	return topicView{ID: int64(t.ID), Name: t.Name, Followers: t.Followers, CreatedAt: when(t.CreatedAt)}
}

type topicAnswer struct{ Body topicView }

type TopicPath struct {
	Topic int64 `path:"topic" minimum:"1" example:"1" doc:"主题编号"`
}

type topicName struct {
	Name string `json:"name" minLength:"1" maxLength:"64" example:"发布通知" doc:"用户看到的名字"`
}

func (a *API) registerTopics() {
	huma.Register(a.huma, operation("list-topics", http.MethodGet, "/topics", tagTopics, "列出主题"), a.listTopics)
	create := operation("create-topic", http.MethodPost, "/topics", tagTopics, "新建主题")
	create.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, create, a.createTopic)
	huma.Register(a.huma, operation("get-topic", http.MethodGet, "/topics/{topic}", tagTopics, "查看主题", http.StatusNotFound), a.getTopic)
	huma.Register(a.huma, operation("rename-topic", http.MethodPatch, "/topics/{topic}", tagTopics, "改名", http.StatusNotFound), a.renameTopic)
	remove := operation("delete-topic", http.MethodDelete, "/topics/{topic}", tagTopics, "删除主题", http.StatusNotFound)
	remove.Description = wordsDeleteTopic
	huma.Register(a.huma, remove, a.deleteTopic)
}

func (a *API) listTopics(ctx context.Context, in *Paging) (*listAnswer[topicView], error) {
	after, err := in.position()
	if err != nil {
		return nil, err
	}
	topics, err := a.o.Push.Topics(ctx, caller(ctx).ID, push.TopicID(after), in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	return page(in, topics, viewTopic, func(t push.TopicCount) int64 { return int64(t.ID) }), nil
}

func (a *API) createTopic(ctx context.Context, in *struct{ Body topicName }) (*topicAnswer, error) {
	app := caller(ctx).ID
	made, err := a.o.Push.CreateTopic(ctx, app, in.Body.Name)
	if err != nil {
		return nil, a.problem(err)
	}
	return a.getTopic(ctx, &TopicPath{int64(made.ID)})
}

func (a *API) getTopic(ctx context.Context, in *TopicPath) (*topicAnswer, error) {
	t, err := a.o.Push.TopicOf(ctx, caller(ctx).ID, push.TopicID(in.Topic))
	if err != nil {
		return nil, a.problem(err)
	}
	return &topicAnswer{viewTopic(t)}, nil
}

func (a *API) renameTopic(ctx context.Context, in *struct {
	TopicPath
	Body topicName
}) (*topicAnswer, error) {
	t, err := a.o.Push.RenameTopic(ctx, caller(ctx).ID, push.TopicID(in.Topic), in.Body.Name)
	if err != nil {
		return nil, a.problem(err)
	}
	return &topicAnswer{viewTopic(t)}, nil
}

func (a *API) deleteTopic(ctx context.Context, in *TopicPath) (*struct{}, error) {
	return nil, a.problem(a.o.Push.DeleteTopic(ctx, caller(ctx).ID, push.TopicID(in.Topic)))
}
