package billing_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/billing/wechatpay"
	"hongyan/oa/sandbox"
	"hongyan/oa/sandbox/pay"
	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

// shop is a world that sells through the sandbox's WeChat Pay, by two nodes.
// WeChat Pay's notices are lost unless the test wants them.
type shop struct {
	*world
	wechat *sandbox.Sandbox
	pay    *wechatpay.Client
	nodes  []*billing.Service
	hears  atomic.Pointer[http.Handler] // where notices go
}

func eachShop(t *testing.T, test func(*shop)) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { test(newShop(newWorld(t, db, clock))) })
}

// newShop gives a world WeChat Pay.
func newShop(w *world) *shop {
	w.Helper()
	s := &shop{world: w}
	notices := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*s.hears.Load()).ServeHTTP(rw, r) })
	var err error
	s.wechat, err = sandbox.New(sandbox.Options{
		AppID: payee.AppID, Profile: "fast", Now: w.clock.Now, Seed: 1, HTTP: &http.Client{Transport: sandbox.Local(notices)},
	})
	w.must(err)
	s.dial(func(p *pay.Settings) { p.DropNotices = 1 })
	a := sandbox.DefaultPay()
	s.pay, err = wechatpay.New(context.Background(), wechatpay.Options{
		MchID: a.MchID, Serial: a.Serial, PrivateKey: []byte(a.PrivateKey), APIv3Key: a.APIv3Key, AppID: payee.AppID,
		PublicKeyID: a.PublicKeyID, PublicKey: []byte(a.PublicKey), NotifyBase: "https://push.example.com/pay/notice",
		HTTP: &http.Client{Transport: s.wechat.Transport()}, Refuse: store.InTx,
	})
	w.must(err)
	for range 2 {
		s.nodes = append(s.nodes, s.node(w.db, w.push))
	}
	w.Service = s.nodes[0]
	s.hear(s.nodes[0])
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- s.wechat.Run(ctx) }()
	w.Cleanup(func() {
		stop()
		w.must(<-over)
	})
	return s
}

// node is one more of the shop.
func (s *shop) node(db *store.DB, p *push.Service) *billing.Service {
	return billing.New(db, p, billing.Options{Gateway: s.pay, Payee: payee})
}

// hear sends the notices to a node.
func (s *shop) hear(node wechatpay.Taker) {
	h := s.pay.Notices(node)
	s.hears.Store(&h)
}

// dial changes what WeChat Pay does.
func (s *shop) dial(change func(*pay.Settings)) {
	s.Helper()
	all := s.wechat.Settings()
	change(&all.Pay)
	s.must(s.wechat.Set(all))
}

// pass moves the time of everybody.
func (s *shop) pass(d time.Duration) {
	s.clock.Advance(d)
	s.wechat.Advance(0)
}

// buyer is somebody with a phone who follows the official account.
func (s *shop) buyer() push.User {
	s.Helper()
	return s.user(push.OpenID(s.wechat.Add().OpenID))
}

// announced is an attempt of the order that WeChat Pay knows.
func (s *shop) announced(u push.User, o billing.Order, way billing.Way) billing.Attempt {
	s.Helper()
	a, err := s.Pay(s.Context(), u.ID, o.Handle, way)
	s.must(err)
	return a
}

// pays pays on the phone and tells what it showed.
func (s *shop) pays(by push.OpenID, a billing.Attempt) string {
	s.Helper()
	out, err := s.wechat.Follower(string(by)).Pay(a.Prepaid)
	s.must(err)
	return out.Shown
}

// bought is an order that was paid on the phone; nobody has heard of it yet.
func (s *shop) bought(u push.User, plan billing.Plan) (billing.Order, billing.Attempt) {
	s.Helper()
	o, err := s.Order(s.Context(), u.ID, plan.ID, "")
	s.must(err)
	a := s.announced(u, o, billing.InWeChat)
	if got := s.pays(u.OpenID, a); got != pay.ShownPaid {
		s.Fatalf("the phone shows %s", got)
	}
	return o, a
}

// looks lets every node look.
func (s *shop) looks() {
	s.Helper()
	for _, node := range s.nodes {
		_, err := node.Look(s.Context())
		s.must(err)
	}
}

// returns waits until WeChat Pay has ended a refund.
func (s *shop) returns(no string) billing.Refunded {
	s.Helper()
	for {
		r, err := s.pay.Refunded(s.Context(), no)
		s.must(err)
		if r.State != billing.RefundProcessing {
			return r
		}
	}
}
