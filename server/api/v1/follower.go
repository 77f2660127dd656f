package v1

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// followerView is a follower of the app or of a topic.
type followerView struct {
	UID        string     `json:"uid" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
	Source     string     `json:"source" enum:"scan,link,command,order,owner" example:"scan" doc:"怎么来的：扫码、链接、命令、付费，或由应用加入（只有主题）"`
	Extra      string     `json:"extra" example:"" doc:"扫码时二维码携带的参数"`
	Rejected   bool       `json:"rejected" example:"false" doc:"被应用屏蔽：收不到消息，也不能再订阅"`
	Muted      bool       `json:"muted" example:"false" doc:"用户自己关闭了这个应用（主题）的消息"`
	Reachable  bool       `json:"reachable" example:"true" doc:"用户还关注着公众号，消息总开关开着，微信也没有拦截"`
	PaidUntil  *time.Time `json:"paidUntil" example:"2026-12-02T12:00:00+08:00" doc:"付费到期时间；没有付过是 null"`
	FollowedAt *time.Time `json:"followedAt" example:"2026-11-02T12:00:00+08:00" doc:"最近一次订阅的时间"`
}

func viewFollower(f push.Follower) followerView {
	return followerView{
		UID: string(f.UID), Source: string(f.Source), Extra: f.Extra, Rejected: f.Rejected, Muted: f.Muted,
		Reachable: f.Reachable(), PaidUntil: at(f.PaidUntil), FollowedAt: at(f.FollowedAt),
	}
}

// FollowerPath names a user.
type FollowerPath struct {
	UID string `path:"uid" minLength:"1" maxLength:"64" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV"`
}

// FollowerQuery narrows a list of followers.
type FollowerQuery struct {
	PageQuery
	UID      string    `query:"uid" maxLength:"64" doc:"只找这个用户"`
	Rejected string    `query:"rejected" enum:"true,false" doc:"只看被屏蔽的，或没有被屏蔽的"`
	Muted    string    `query:"muted" enum:"true,false" doc:"只看自己关闭了消息的，或没有关闭的"`
	Paid     string    `query:"paid" enum:"true,false" doc:"只看付费未到期的，或没有付费和已到期的"`
	Source   string    `query:"source" enum:"scan,link,command,order,owner" doc:"只看这样来的"`
	Since    time.Time `query:"since" example:"2026-11-01T00:00:00+08:00" doc:"只看这个时间以后订阅的（RFC 3339）"`
}

func (a *API) registerFollowers() {
	huma.Register(a.huma, operation("list-followers", http.MethodGet, "/followers", tagFollowers, "列出应用的订阅者"),
		func(ctx context.Context, in *FollowerQuery) (*answer[page[followerView]], error) {
			return a.listFollowers(ctx, 0, in)
		})
	huma.Register(a.huma, operation("list-topic-followers", http.MethodGet, "/topics/{topic}/followers", tagFollowers, "列出主题的订阅者", http.StatusNotFound),
		func(ctx context.Context, in *struct {
			TopicPath
			FollowerQuery
		}) (*answer[page[followerView]], error) {
			return a.listFollowers(ctx, push.TopicID(in.Topic), &in.FollowerQuery)
		})
	add := operation("add-topic-follower", http.MethodPut, "/topics/{topic}/followers/{uid}", tagFollowers, "把应用的订阅者加入主题", http.StatusNotFound, http.StatusConflict)
	add.Description = wordsAddFollower
	huma.Register(a.huma, add, a.addFollower)
	huma.Register(a.huma, operation("remove-topic-follower", http.MethodDelete, "/topics/{topic}/followers/{uid}", tagFollowers, "把用户移出主题", http.StatusNotFound), a.removeFollower)
	a.registerRejections()
}

func (a *API) registerRejections() {
	for _, on := range []bool{true, false} {
		id, method, what := "reject", http.MethodPut, "屏蔽"
		if !on {
			id, method, what = "accept", http.MethodDelete, "解除屏蔽"
		}
		op := operation(id+"-follower", method, "/followers/{uid}/rejection", tagFollowers, "在应用中"+what+"用户", http.StatusNotFound)
		op.Description = wordsReject
		huma.Register(a.huma, op, func(ctx context.Context, in *FollowerPath) (*struct{}, error) {
			return a.reject(ctx, 0, in.UID, on)
		})
		op = operation(id+"-topic-follower", method, "/topics/{topic}/followers/{uid}/rejection", tagFollowers, "在主题中"+what+"用户", http.StatusNotFound)
		op.Description = wordsReject
		huma.Register(a.huma, op, func(ctx context.Context, in *topicFollower) (*struct{}, error) {
			return a.reject(ctx, in.Topic, in.UID, on)
		})
	}
}

// topicFollower names a user in a topic.
type topicFollower struct {
	TopicPath
	FollowerPath
}

func (a *API) listFollowers(ctx context.Context, topic push.TopicID, in *FollowerQuery) (*answer[page[followerView]], error) {
	found, more, err := a.o.Push.FollowersOf(ctx, caller(ctx).ID, push.Followers{
		Topic: topic, UID: push.UID(in.UID),
		Rejected: truth(in.Rejected), Muted: truth(in.Muted), Paid: truth(in.Paid),
		Source: push.Source(in.Source), Since: in.Since, After: in.After, Limit: in.Limit,
	})
	if err != nil {
		return nil, a.problem(err)
	}
	return newPage(found, viewFollower, more), nil
}

// truth is what a filter means; empty means all.
func truth(s string) *bool {
	if s == "" {
		return nil
	}
	is := s == "true"
	return &is
}

func (a *API) addFollower(ctx context.Context, in *topicFollower) (*struct{}, error) {
	return nil, a.problem(a.o.Push.AddToTopic(ctx, caller(ctx).ID, push.TopicID(in.Topic), push.UID(in.UID)))
}

func (a *API) removeFollower(ctx context.Context, in *topicFollower) (*struct{}, error) {
	return nil, a.problem(a.o.Push.RemoveFromTopic(ctx, caller(ctx).ID, push.TopicID(in.Topic), push.UID(in.UID)))
}

func (a *API) reject(ctx context.Context, topic int64, uid string, on bool) (*struct{}, error) {
	return nil, a.problem(a.o.Push.RejectFollower(ctx, caller(ctx).ID, push.TopicID(topic), push.UID(uid), on))
}
