package v1

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// topicView is a topic as its app sees it.
type topicView struct {
	ID        int64      `json:"id" example:"1" doc:"主题编号，发送时填在 topicIds 里；删除后不会再分给别的主题"`
	Name      string     `json:"name" example:"发布"`
	Followers int64      `json:"followers" example:"2" doc:"订阅者人数，不含被屏蔽的。列表里数到 10000 为止，单个查询数到底"`
	Active    int64      `json:"active" example:"2" doc:"其中没有关闭这个主题消息的人数，数法同上"`
	CreatedAt *time.Time `json:"createdAt" example:"2026-11-02T12:00:00+08:00"`
}

func viewTopic(t push.TopicCount) topicView {
	return topicView{int64(t.ID), t.Name, t.Followers, t.Active, at(t.CreatedAt)}
}

// TopicPath names a topic.
type TopicPath struct {
	Topic int64 `path:"topic" minimum:"1" example:"1" doc:"主题编号"`
}

// topicName is a topic's name as it is asked for.
type topicName struct {
	Name string `json:"name" minLength:"1" maxLength:"64" example:"夜间构建" doc:"1–64 个字符"`
}

func (a *API) registerTopics() {
	huma.Register(a.huma, operation("list-topics", http.MethodGet, "/topics", tagTopics, "列出主题，带人数"), a.listTopics)
	create := operation("create-topic", http.MethodPost, "/topics", tagTopics, "新建主题")
	create.DefaultStatus = http.StatusCreated
	create.Description = wordsCreateTopic
	huma.Register(a.huma, create, a.createTopic)
	huma.Register(a.huma, operation("get-topic", http.MethodGet, "/topics/{topic}", tagTopics, "查看一个主题", http.StatusNotFound), a.getTopic)
	huma.Register(a.huma, operation("rename-topic", http.MethodPatch, "/topics/{topic}", tagTopics, "给主题改名", http.StatusNotFound), a.renameTopic)
	remove := operation("delete-topic", http.MethodDelete, "/topics/{topic}", tagTopics, "删除主题", http.StatusNotFound)
	remove.Description = wordsDeleteTopic
	huma.Register(a.huma, remove, a.deleteTopic)
}

func (a *API) listTopics(ctx context.Context, in *PageQuery) (*answer[page[topicView]], error) {
	after := int64(0)
	if in.After != "" {
		var err error
		if after, err = strconv.ParseInt(in.After, 10, 64); err != nil {
			return nil, huma.Error422UnprocessableEntity(textAfter)
		}
	}
	topics, err := a.o.Push.CountTopics(ctx, caller(ctx).ID, push.TopicFilter{After: push.TopicID(after), Limit: in.Limit + 1})
	if err != nil {
		return nil, a.problem(err)
	}
	next := ""
	if len(topics) > in.Limit {
		topics = topics[:in.Limit]
		next = strconv.FormatInt(int64(topics[in.Limit-1].ID), 10)
	}
	return newPage(topics, viewTopic, next), nil
}

func (a *API) createTopic(ctx context.Context, in *struct{ Body topicName }) (*answer[topicView], error) {
	made, err := a.o.Push.CreateTopic(ctx, caller(ctx).ID, in.Body.Name)
	if err != nil {
		return nil, a.problem(err)
	}
	return a.topic(ctx, made.ID)
}

func (a *API) getTopic(ctx context.Context, in *TopicPath) (*answer[topicView], error) {
	return a.topic(ctx, push.TopicID(in.Topic))
}

func (a *API) topic(ctx context.Context, id push.TopicID) (*answer[topicView], error) {
	t, err := a.o.Push.CountTopic(ctx, caller(ctx).ID, id)
	if err != nil {
		return nil, a.problem(err)
	}
	return &answer[topicView]{viewTopic(t)}, nil
}

func (a *API) renameTopic(ctx context.Context, in *struct {
	TopicPath
	Body topicName
}) (*answer[topicView], error) {
	t, err := a.o.Push.RenameTopic(ctx, caller(ctx).ID, push.TopicID(in.Topic), in.Body.Name)
	if err != nil {
		return nil, a.problem(err)
	}
	return &answer[topicView]{viewTopic(t)}, nil
}

func (a *API) deleteTopic(ctx context.Context, in *TopicPath) (*struct{}, error) {
	return nil, a.problem(a.o.Push.DeleteTopic(ctx, caller(ctx).ID, push.TopicID(in.Topic)))
}
