package v1

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// CallbackView is one thing the developer is told; exported as MessageView is.
type CallbackView struct {
	ID         string     `json:"id" example:"msg_0123456789abcdefghijklmnop" doc:"webhook-id，每次尝试和重放都相同"`
	Action     string     `json:"action" example:"app_subscribe"`
	UID        string     `json:"uid" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV" doc:"与谁有关"`
	State      string     `json:"state" enum:"waiting,delivered,failed" example:"failed"`
	Attempts   int        `json:"attempts" example:"8" doc:"一共尝试的次数，包括重放之前的"`
	At         *time.Time `json:"at" example:"2026-11-02T12:00:00+08:00" doc:"产生的时间"`
	NextAt     *time.Time `json:"nextAt,omitempty" example:"2026-11-02T12:05:00+08:00" doc:"下次尝试的时间"`
	DoneAt     *time.Time `json:"doneAt,omitempty" example:"2026-11-03T16:00:00+08:00" doc:"送达或失败的时间"`
	ReplayedAt *time.Time `json:"replayedAt,omitempty" example:"2026-11-02T13:00:00+08:00" doc:"最近一次重放的时间"`
	Reason     string     `json:"reason,omitempty" example:"接收服务返回 HTTP 502"`
	Remedy     string     `json:"remedy,omitempty" example:"请检查接收服务" doc:"可以怎么做"`
}

func viewCallback(c push.Callback) CallbackView {
	return CallbackView{
		ID: c.ID, Action: c.Action, UID: string(c.UID), State: string(c.State), Attempts: c.Attempts,
		At: at(c.At), NextAt: at(c.Next), DoneAt: at(c.DoneAt), ReplayedAt: at(c.ReplayedAt),
		Reason: c.Reason, Remedy: c.Remedy,
	}
}

// callbackDetailView is a callback with its body and attempts.
type callbackDetailView struct {
	CallbackView
	Body  string        `json:"body" example:"{\"action\":\"app_subscribe\",\"data\":{}}" doc:"请求体，一字不差"`
	Calls []attemptView `json:"calls" nullable:"false" doc:"最近 50 次尝试，新的在前"`
}

type attemptView struct {
	Number    int        `json:"number" example:"8" doc:"第几次"`
	At        *time.Time `json:"at" example:"2026-11-03T16:00:00+08:00"`
	URL       string     `json:"url" example:"https://dev.example.com/callback?key=***" doc:"地址，查询参数的值不显示"`
	Request   string     `json:"request" example:"webhook-id: msg_0123456789abcdefghijklmnop" doc:"请求头，签名不显示"`
	Status    int        `json:"status" example:"502" doc:"HTTP 状态码，0 表示没有应答"`
	Answer    string     `json:"answer" example:"Bad Gateway" doc:"应答内容，最多 4096 个字符；是对方的文字，显示时请转义"`
	Cut       bool       `json:"answerCut" example:"false" doc:"应答更长，被截断"`
	LatencyMS int64      `json:"latencyMs" example:"120" doc:"多久得到应答，毫秒"`
	Failure   string     `json:"failure,omitempty" example:"接收服务返回 HTTP 502" doc:"这一次为什么不算成功"`
}

func viewCallbackDetail(c push.CallbackDetail) callbackDetailView {
	return callbackDetailView{viewCallback(c.Callback), c.Body, each(c.Calls, viewAttempt)}
}

func viewAttempt(t push.AttemptView) attemptView {
	return attemptView{t.Number, at(t.At), t.URL, t.Request, t.Status, t.Answer, t.Cut, t.Latency.Milliseconds(), t.Failure}
}

// endpointView is where callbacks go.
type endpointView struct {
	URL           string     `json:"url" example:"https://dev.example.com/callback?key=***" doc:"回调地址，查询参数的值不显示"`
	Failures      int64      `json:"failures" example:"8" doc:"连续失败的次数"`
	Disabled      bool       `json:"disabled" example:"true" doc:"停用后不再发送，直到期满或重新保存"`
	DisabledUntil *time.Time `json:"disabledUntil,omitempty" example:"2026-11-02T13:00:00+08:00" doc:"停用到何时；停用而没有这一项，表示直到重新保存"`
	Reason        string     `json:"reason,omitempty" example:"接收服务返回 HTTP 410"`
	Remedy        string     `json:"remedy,omitempty" example:"请检查接收服务" doc:"可以怎么做"`
	Listening     bool       `json:"listening" example:"false" doc:"回调由收听者收取（hongyan listen），不发往地址；地址在收听结束后恢复"`
	ListenedAt    *time.Time `json:"listenedAt,omitempty" example:"2026-11-02T12:00:00+08:00" doc:"上次有收听者在的时间"`
}

type setEndpointInput struct {
	Body struct {
		URL string `json:"url" minLength:"1" maxLength:"1000" example:"https://dev.example.com/callback?key=0123456789" doc:"http 或 https 开头的完整地址"`
	}
}

type secretView struct {
	Secret string `json:"secret" example:"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" doc:"签名密钥 whsec_…，换地址不换密钥"`
}

// callbackCountsView is how many callbacks did not arrive.
type callbackCountsView struct {
	Waiting int64 `json:"waiting" example:"2" doc:"等待第一次或下一次尝试的，数到 10000 为止"`
	Failed  int64 `json:"failed" example:"1" doc:"保留期内失败的，数到 10000 为止"`
}

type listCallbacksQuery struct {
	PageQuery
	State  string    `query:"state" enum:"waiting,delivered,failed" example:"failed" doc:"只看这个状态的"`
	Action string    `query:"action" maxLength:"64" example:"app_subscribe" doc:"只看这一种"`
	UID    string    `query:"uid" maxLength:"64" example:"UID_0123456789ABCDEFGHIJKLMNOPQRSTUV" doc:"只看与这个用户有关的"`
	Since  time.Time `query:"since" example:"2025-11-01T00:00:00+08:00" doc:"这个时间之后产生的（RFC 3339）"`
}

type callbackID struct {
	ID string `path:"id" maxLength:"64" example:"msg_0123456789abcdefghijklmnop" doc:"webhook-id"`
}

type replayView struct {
	Queued int    `json:"queued" example:"1" doc:"这次放回队列的回调数"`
	Next   string `json:"next" example:"" doc:"还有没放回的：带上它再调用一次；空表示全部放回"`
}

type replayFailedInput struct {
	Since time.Time `query:"since" required:"true" example:"2025-11-01T00:00:00+08:00" doc:"重放这个时间之后产生的（RFC 3339）"`
	After string    `query:"after" maxLength:"200" doc:"上一次给出的 next"`
}

func (a *API) registerCallbacks() {
	huma.Register(a.huma, operation("list-callbacks", http.MethodGet, "/callbacks", tagCallbacks, "列出应用的回调，新的在前"),
		func(ctx context.Context, q *listCallbacksQuery) (*answer[page[CallbackView]], error) {
			all, next, err := a.o.Push.Callbacks(ctx, caller(ctx).ID, push.CallbackFilter{
				State: push.CallbackState(q.State), Action: q.Action, UID: push.UID(q.UID), Since: q.Since, After: q.After, Limit: q.Limit,
			})
			return newPage(all, viewCallback, next), a.problem(err)
		})
	huma.Register(a.huma, operation("count-callbacks", http.MethodGet, "/callbacks/counts", tagCallbacks, "数一数没有送达的回调"),
		func(ctx context.Context, _ *struct{}) (*answer[callbackCountsView], error) {
			n, err := a.o.Push.CountCallbacks(ctx, caller(ctx).ID)
			return &answer[callbackCountsView]{callbackCountsView(n)}, a.problem(err)
		})
	huma.Register(a.huma, operation("get-callback", http.MethodGet, "/callbacks/{id}", tagCallbacks, "查看一个回调和它的每次尝试", http.StatusNotFound),
		func(ctx context.Context, q *callbackID) (*answer[callbackDetailView], error) {
			c, err := a.o.Push.Callback(ctx, caller(ctx).ID, q.ID)
			return &answer[callbackDetailView]{viewCallbackDetail(c)}, a.problem(err)
		})
	a.registerReplays()
	a.registerEndpoint()
}

func (a *API) registerReplays() {
	one := operation("replay-callback", http.MethodPost, "/callbacks/{id}/replay", tagCallbacks, "重放一个已送达或失败的回调；正在排队的不受影响", http.StatusNotFound, http.StatusConflict)
	huma.Register(a.huma, one, func(ctx context.Context, q *callbackID) (*answer[replayView], error) {
		queued, err := a.o.Push.ReplayCallback(ctx, caller(ctx).ID, q.ID)
		v := replayView{}
		if queued {
			v.Queued = 1
		}
		return &answer[replayView]{v}, a.problem(err)
	})
	all := operation("replay-failed", http.MethodPost, "/callbacks/replay", tagCallbacks, "重放某个时间之后全部失败的回调，一次最多 5000 个，可以重复调用", http.StatusNotFound, http.StatusConflict)
	huma.Register(a.huma, all, func(ctx context.Context, q *replayFailedInput) (*answer[replayView], error) {
		p, err := a.o.Push.ReplayFailed(ctx, caller(ctx).ID, q.Since, q.After)
		return &answer[replayView]{replayView(p)}, a.problem(err)
	})
}

func (a *API) registerEndpoint() {
	huma.Register(a.huma, operation("get-endpoint", http.MethodGet, "/callbacks/endpoint", tagCallbacks, "查看回调地址和它的状况", http.StatusNotFound),
		func(ctx context.Context, _ *struct{}) (*answer[endpointView], error) {
			e, err := a.o.Push.Endpoint(ctx, caller(ctx).ID)
			return &answer[endpointView]{endpointView{
				e.URL, e.Failures, e.Disabled, at(e.DisabledUntil), e.Reason, e.Remedy, e.Listening, at(e.ListenedAt),
			}}, a.problem(err)
		})
	huma.Register(a.huma, operation("set-endpoint", http.MethodPut, "/callbacks/endpoint", tagCallbacks, "保存回调地址；保存即重新启用"),
		func(ctx context.Context, in *setEndpointInput) (*answer[secretView], error) {
			secret, err := a.o.Push.SetEndpoint(ctx, caller(ctx).ID, in.Body.URL)
			return &answer[secretView]{secretView{secret}}, a.problem(err)
		})
}
