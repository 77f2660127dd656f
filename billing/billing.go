// Package billing sells message products: what an app or a topic sends, for so
// many days at such a price.
//
// A product gives access to resources, an app or topics, and has plans. A
// follower orders a plan; each try to pay the order is an attempt with a trade
// number of its own, made through the Gateway. WeChat Pay's word that the
// attempt was paid, by a notice or by asking, ends in Settle: the order, the
// entry of the ledger, the longer subscription, the callback and the receipt
// are one transaction. A refund goes the same way back. How long somebody has
// paid follows from the ledger at any moment; the subscription's "paid until"
// is its shadow, which package push reads when it sends.
//
// The package knows neither HTTP nor WeChat Pay's wire, which is
// billing/wechatpay. Jobs look at stored facts and may be called at any time,
// on any node, as often as one likes.
package billing

import (
	"log/slog"

	"hongyan/push"
	"hongyan/push/logo"
	"hongyan/store"
)

// Options configure a Service.
type Options struct {
	// Gateway is WeChat Pay; nil sells nothing, and only what is free is given.
	Gateway Gateway
	// Payee is whom the money goes to: orders are paid to it and to nobody else.
	Payee Payee
	Log   *slog.Logger
}

// Payee is a merchant account and the official account it is bound to.
type Payee struct {
	MchID string
	AppID string
}

// Service sells. It is safe for concurrent use, and several Services on one
// PostgreSQL database are one shop.
type Service struct {
	db   *store.DB
	push *push.Service
	o    Options
	log  *slog.Logger

	covers      *logo.Maker
	rebindChunk int
}

// New returns a Service on the database of push.
func New(db *store.DB, p *push.Service, o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: db, push: p, o: o, log: o.Log, covers: logo.New(), rebindChunk: rebindChunk}
}

// Sells tells whether anything can be paid here.
func (s *Service) Sells() bool { return s.o.Gateway != nil }
