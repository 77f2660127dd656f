package v1

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

type followerView struct {
	UID        string     `json:"uid" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
	Source     string     `json:"source" enum:"scan,link,command,order,developer" doc:"怎样订阅的"`
	Extra      string     `json:"extra" doc:"扫描的带参二维码里的参数"`
	FollowedAt *time.Time `json:"followedAt"`
	PaidUntil  *time.Time `json:"paidUntil" doc:"付费到期时间；没有付费过是 null"`
	Rejected   bool       `json:"rejected" doc:"被应用屏蔽"`
	Muted      bool       `json:"muted" doc:"用户关闭了这个应用或主题的消息"`
	Reachable  bool       `json:"reachable" doc:"关注着公众号、消息开关打开、没有拒收"`
}

func viewFollower(f push.Follower) followerView {
	return followerView{
		UID: string(f.UID), Source: string(f.Source), Extra: f.Extra, FollowedAt: when(f.FollowedAt),
		PaidUntil: when(f.PaidUntil), Rejected: f.Rejected, Muted: f.Muted, Reachable: f.Reachable,
	}
}

// FollowerQuery narrows a list of followers.
type FollowerQuery struct {
	Paging
	UID      string    `query:"uid" maxLength:"64" doc:"UID 的一部分"`
	Source   string    `query:"source" enum:"scan,link,command,order,developer" doc:"怎样订阅的"`
	Since    time.Time `query:"since" doc:"这个时间以后订阅的（RFC 3339）"`
	Rejected bool      `query:"rejected" doc:"只看被屏蔽的"`
	Muted    bool      `query:"muted" doc:"只看关闭了消息的"`
}

type UIDPath struct {
	UID string `path:"uid" maxLength:"64" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
}

type topicUIDPath struct {
	TopicPath
	UIDPath
}

type rejection struct {
	Rejected bool `json:"rejected" doc:"true 屏蔽：收不到消息，也不能再订阅；false 解除"`
}

func (a *API) registerFollowers() {
	const one, many, oneOfTopic = "/followers/{uid}", "/followers", "/topics/{topic}/followers/{uid}"
	huma.Register(a.huma, operation("list-followers", http.MethodGet, many, tagFollowers, "列出应用的订阅者"),
		func(ctx context.Context, in *FollowerQuery) (*listAnswer[followerView], error) {
			return a.listFollowers(ctx, 0, in)
		})
	huma.Register(a.huma, operation("reject-follower", http.MethodPut, one+"/rejected", tagFollowers, "屏蔽订阅者，或解除屏蔽", http.StatusNotFound),
		func(ctx context.Context, in *struct {
			UIDPath
			Body rejection
		}) (*struct{}, error) {
			return nil, a.problem(a.o.Push.RejectUser(ctx, caller(ctx).ID, 0, push.UID(in.UID), in.Body.Rejected))
		})
	huma.Register(a.huma, operation("remove-follower", http.MethodDelete, one, tagFollowers, "移出应用；对方可以再次订阅", http.StatusNotFound),
		func(ctx context.Context, in *UIDPath) (*struct{}, error) {
			return nil, a.problem(a.o.Push.Dismiss(ctx, caller(ctx).ID, 0, push.UID(in.UID)))
		})
	huma.Register(a.huma, operation("list-topic-followers", http.MethodGet, "/topics/{topic}/followers", tagFollowers, "列出主题的订阅者", http.StatusNotFound),
		func(ctx context.Context, in *struct {
			TopicPath
			FollowerQuery
		}) (*listAnswer[followerView], error) {
			return a.listFollowers(ctx, push.TopicID(in.Topic), &in.FollowerQuery)
		})
	add := operation("add-topic-follower", http.MethodPut, oneOfTopic, tagFollowers, "把应用的订阅者加进主题", http.StatusNotFound, http.StatusConflict)
	huma.Register(a.huma, add, func(ctx context.Context, in *topicUIDPath) (*struct{}, error) {
		return nil, a.problem(a.o.Push.Enlist(ctx, caller(ctx).ID, push.TopicID(in.Topic), push.UID(in.UID)))
	})
	huma.Register(a.huma, operation("remove-topic-follower", http.MethodDelete, oneOfTopic, tagFollowers, "移出主题；对方可以再次订阅", http.StatusNotFound),
		func(ctx context.Context, in *topicUIDPath) (*struct{}, error) {
			return nil, a.problem(a.o.Push.Dismiss(ctx, caller(ctx).ID, push.TopicID(in.Topic), push.UID(in.UID)))
		})
}

func (a *API) listFollowers(ctx context.Context, topic push.TopicID, in *FollowerQuery) (*listAnswer[followerView], error) {
	after, err := in.position()
	if err != nil {
		return nil, err
	}
	followers, err := a.o.Push.Followers(ctx, caller(ctx).ID, topic, push.FollowerQuery{
		UID: push.UID(in.UID), Source: push.Source(in.Source), Since: in.Since,
		Rejected: in.Rejected, Muted: in.Muted, After: after, Limit: in.Limit,
	})
	if err != nil {
		return nil, a.problem(err)
	}
	return page(&in.Paging, followers, viewFollower, func(f push.Follower) int64 { return f.ID }), nil
}
