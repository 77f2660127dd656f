package v1

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
	"hongyan/push/callback"
)

// ListenerName is the path of a listener: a program that fetches an app's
// callbacks and keeps its name when it is started again.
type ListenerName struct {
	Listener string `path:"listener" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._-]+$" example:"laptop-1" doc:"收听者自己起的名字，重启后不变"`
}

type listenInput struct {
	ListenerName
	Body struct {
		TakeOver bool `json:"takeOver,omitempty" example:"true" doc:"应用有回调地址时也收听：地址先收起来，结束收听后恢复"`
	}
}

type listeningView struct {
	App     appView `json:"app"`
	Secret  string  `json:"secret" example:"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" doc:"签名密钥 whsec_…"`
	Aside   string  `json:"aside" example:"https://dev.example.com/callback?key=***" doc:"收起来的回调地址；空表示没有"`
	Waiting int     `json:"waiting" example:"3" doc:"正在等待收取的回调数，最多数到 1000"`
}

// HeldCallback is a callback in a listener's hand.
type HeldCallback struct {
	ID      string `json:"id" maxLength:"64" example:"msg_0123456789abcdefghijklmnop" doc:"webhook-id"`
	Attempt int    `json:"attempt" minimum:"1" example:"1" doc:"第几次尝试，收取时给出"`
}

type claimInput struct {
	ListenerName
	Body struct {
		Most    int            `json:"most" minimum:"0" maximum:"64" example:"16" doc:"最多收取几个；0 表示只续约手里的"`
		Wait    int            `json:"wait,omitempty" minimum:"0" maximum:"25" example:"25" doc:"没有回调时最多等几秒"`
		Holding []HeldCallback `json:"holding,omitempty" maxItems:"128" doc:"手里还没有送回结果的：续约 30 秒。租给这个收听者而不在其中的，视为没有收到，会再给一次"`
	}
}

// claimedView is a callback to be posted as it is.
type claimedView struct {
	ID      string            `json:"id" example:"msg_0123456789abcdefghijklmnop" doc:"webhook-id"`
	Attempt int               `json:"attempt" example:"1" doc:"第几次尝试，送回结果时带上"`
	Before  int               `json:"before" example:"0" doc:"最近一次重放之前的尝试次数。之后的尝试若已有程序应答过，就不必再转交"`
	Headers map[string]string `json:"headers" example:"{\"webhook-id\":\"msg_0123456789abcdefghijklmnop\"}" doc:"请求头，已签名"`
	Body    string            `json:"body" example:"{\"action\":\"send_up_cmd\",\"data\":{}}" doc:"请求体，请一字不差地转交"`
}

type claimedList struct {
	Items []claimedView `json:"items" nullable:"false" doc:"收取到的回调，30 秒内归这个收听者"`
}

type outcomeInput struct {
	ListenerName
	Body struct {
		HeldCallback
		URL        string `json:"url,omitempty" maxLength:"1000" example:"http://127.0.0.1:3000/" doc:"转交到哪里，只用于记录"`
		Request    string `json:"request,omitempty" maxLength:"4096" example:"webhook-id: msg_0123456789abcdefghijklmnop" doc:"发出的请求头，只用于记录，请不要带签名"`
		Status     int    `json:"status" minimum:"0" maximum:"999" example:"200" doc:"程序应答的 HTTP 状态码；0 表示没有应答"`
		RetryAfter string `json:"retryAfter,omitempty" maxLength:"64" example:"" doc:"应答头 Retry-After"`
		Packed     bool   `json:"packed,omitempty" example:"false" doc:"应答带 Content-Encoding"`
		Long       bool   `json:"long,omitempty" example:"false" doc:"应答超过 64 KiB，只送回了开头"`
		Broken     bool   `json:"broken,omitempty" example:"false" doc:"应答没有收完"`
		Answer     []byte `json:"answer,omitempty" maxLength:"90000" example:"eyJyZXBseSI6IuW3sumHjeWQryJ9" doc:"应答体，Base64，最多 64 KiB；其中的 reply 会发给用户"`
		LatencyMS  int64  `json:"latencyMs,omitempty" minimum:"0" maximum:"3600000" example:"12" doc:"应答用了多久，毫秒"`
		AgoMS      int64  `json:"agoMs,omitempty" minimum:"0" maximum:"604800000" example:"15" doc:"多久以前发出的，毫秒"`
		Failure    string `json:"failure,omitempty" maxLength:"200" example:"" doc:"没有应答时的原因"`
	}
}

type outcomeView struct {
	Taken  bool       `json:"taken" example:"true" doc:"结果算数，可以忘掉它；false 表示回调已经归了别人或已经结束"`
	State  string     `json:"state" enum:"waiting,delivered,failed" example:"delivered" doc:"回调现在的状态"`
	NextAt *time.Time `json:"nextAt,omitempty" example:"2026-11-02T12:05:00+08:00" doc:"下次尝试的时间"`
	Reason string     `json:"reason,omitempty" example:"回调服务器返回 502，请检查服务日志，稍后自动重试" doc:"为什么没有成功，或为什么没有回复"`
	Reply  string     `json:"reply" example:"已重启" doc:"取到的回复；空表示没有"`
	Late   bool       `json:"late" example:"false" doc:"回复赶不上微信的五秒，改用客服消息发送"`
}

type leftView struct {
	Back bool `json:"back" example:"true" doc:"最后一个收听者走了，回调重新发往收起来的地址"`
}

func (a *API) registerListeners() {
	open := operation("listen", http.MethodPut, "/callbacks/listeners/{listener}", tagListen, "开始收听应用的回调", http.StatusConflict)
	open.Description = wordsListen
	huma.Register(a.huma, open, func(ctx context.Context, in *listenInput) (*answer[listeningView], error) {
		app := caller(ctx)
		l, err := a.o.Push.Listen(ctx, app.ID, in.Listener, in.Body.TakeOver)
		app.Listening = true
		return &answer[listeningView]{listeningView{viewApp(app), l.Secret, l.Aside, l.Waiting}}, a.problem(err)
	})
	claim := operation("claim-callbacks", http.MethodPost, "/callbacks/listeners/{listener}/claim", tagListen, "收取回调，没有时等一会儿", http.StatusConflict)
	claim.Description = wordsClaim
	huma.Register(a.huma, claim, a.claim)
	huma.Register(a.huma, operation("answer-callback", http.MethodPost, "/callbacks/listeners/{listener}/answers", tagListen, "送回一个回调的结果；重复送回没有坏处", http.StatusNotFound), a.bringBack)
	huma.Register(a.huma, operation("leave", http.MethodDelete, "/callbacks/listeners/{listener}", tagListen, "一个收听者结束收听"),
		func(ctx context.Context, in *ListenerName) (*answer[leftView], error) {
			back, err := a.o.Push.Leave(ctx, caller(ctx).ID, in.Listener)
			return &answer[leftView]{leftView{back}}, a.problem(err)
		})
	stop := operation("stop-listening", http.MethodDelete, "/callbacks/listeners", tagListen, "结束全部收听，恢复收起来的回调地址")
	stop.Description = wordsStopListening
	huma.Register(a.huma, stop, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, a.problem(a.o.Push.StopListening(ctx, caller(ctx).ID))
	})
}

func (a *API) claim(ctx context.Context, in *claimInput) (*answer[claimedList], error) {
	c := push.Claim{Listener: in.Listener, Most: in.Body.Most, Wait: time.Duration(in.Body.Wait) * time.Second}
	for _, h := range in.Body.Holding {
		c.Holding = append(c.Holding, push.Held(h))
	}
	jobs, err := a.o.Push.ClaimCallbacks(ctx, caller(ctx).ID, c)
	if err != nil {
		return nil, a.problem(err)
	}
	list := claimedList{Items: make([]claimedView, len(jobs))}
	for i, j := range jobs {
		header, err := callback.Headers(j.Call, a.o.Now(), "")
		if err != nil {
			return nil, a.problem(err)
		}
		view := claimedView{ID: j.Call.ID, Attempt: j.Attempt, Before: j.Before, Headers: make(map[string]string, len(header)), Body: string(j.Call.Body)}
		for name := range header {
			view.Headers[name] = header.Get(name)
		}
		list.Items[i] = view
	}
	return &answer[claimedList]{list}, nil
}

func (a *API) bringBack(ctx context.Context, in *outcomeInput) (*answer[outcomeView], error) {
	b := &in.Body
	e := callback.Exchange{
		URL: b.URL, Request: b.Request, Status: b.Status, RetryAfter: b.RetryAfter, Packed: b.Packed, Long: b.Long, Broken: b.Broken,
		Body: b.Answer, Latency: time.Duration(b.LatencyMS) * time.Millisecond, Failure: b.Failure,
	}
	now := a.o.Now()
	out := e.Outcome(now.Add(-time.Duration(b.AgoMS)*time.Millisecond), now)
	done, err := a.o.Push.AnswerCallback(ctx, caller(ctx).ID, in.Listener, push.Held(b.HeldCallback), out)
	if err != nil {
		return nil, a.problem(err)
	}
	return &answer[outcomeView]{outcomeView{done.Taken, string(done.State), at(done.Next), out.Attempt.Failure, out.Reply, done.Late}}, nil
}
