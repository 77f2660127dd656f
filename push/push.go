// Package push is the heart of the platform: who follows what, what was sent
// to whom, and what became of it.
//
// Data passes through it on two roads. A follower's event comes in by Once,
// which recognises repeats and writes the change and the callback it causes in
// one transaction. A developer's message comes in by Send, which writes the
// message, one record per receiver item and one delivery per person; workers
// lease deliveries and callbacks, hand each to a Channel and settle what came
// of it in batches. WeChat's finish report closes a delivery by Confirm. A
// developer's program without an address leases its callbacks itself, through
// a listener.
//
// The package knows the database and the rules. It knows neither WeChat's
// wire (package oa) nor HTTP; the two channels stand in push/wechat and
// push/callback.
package push

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"time"

	"hongyan/push/logo"
	"hongyan/store"
	"hongyan/store/limit"
)

// Options configure a Service. The zero value works for everything but
// BaseURL and Account.
type Options struct {
	// BaseURL begins every link the service makes, without a trailing slash.
	BaseURL string
	// Account names the official account's row: its appid, or "sandbox".
	Account string
	// Secret is the 32-byte server key. Empty means the key kept in the
	// database, made at the first start.
	Secret []byte
	// Node names this process in leases. Empty means a random name.
	Node string
	Log  *slog.Logger
	// Spacing is the least time between two cards to one follower.
	Spacing time.Duration
	// ConfirmWithin is how long WeChat's finish report is awaited before a
	// delivery counts as "sent, not confirmed". Zero means ten minutes.
	ConfirmWithin time.Duration
	// Say sends a developer's late reply as a customer-service message. Nil
	// drops late replies and says so in the log.
	Say func(ctx context.Context, to OpenID, text string) error
	// MaxInFlight bounds the calls under way toward WeChat. Zero means 256.
	MaxInFlight int
	// Limit counts messages to users, for all nodes; nil counts nothing.
	Limit *limit.Limiter
	// Limits hold where the administrator set none; see Service.Limits.
	Limits Limits
	// CardTemplate is the configured one, which the administrator may replace;
	// see Service.CardTemplate.
	CardTemplate CardTemplate
	// CallbackWorkers bounds the callbacks under way. Zero means 1024.
	CallbackWorkers int
}

// Service is the domain. It is safe for concurrent use by any number of
// goroutines, and several Services on one PostgreSQL database are one platform.
type Service struct {
	db   *store.DB
	o    Options
	log  *slog.Logger
	node string
	keys keys

	deliveries *queue
	callbacks  *queue
	confirms   *confirmer
	waiting    *waiting

	fanChunk, shelfChunk int64        // rows of one transaction
	movedLast            atomic.Int64 // the message whose deliveries were moved last

	logos *logo.Maker
	live  atomic.Pointer[live]

	hungUp <-chan struct{} // closed by hangUp
	hangUp func()
}

// New opens the service on a migrated database and makes the server key and
// the id key at the first start.
func New(ctx context.Context, db *store.DB, o Options) (*Service, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Node == "" {
		o.Node = rand.Text()[:10]
	}
	if o.ConfirmWithin == 0 {
		o.ConfirmWithin = 10 * time.Minute
	}
	s := &Service{db: db, o: o, log: o.Log, node: o.Node, fanChunk: fanChunk, shelfChunk: shelfChunk}
	if err := s.loadKeys(ctx, o.Secret); err != nil {
		return nil, err
	}
	s.deliveries = newDeliveryQueue(s)
	s.callbacks = newCallbackQueue(s)
	s.confirms = newConfirmer(s)
	s.waiting = newWaiting()
	hungUp, hangUp := context.WithCancel(context.Background())
	s.hungUp, s.hangUp = hungUp.Done(), hangUp
	s.logos = logo.New()
	s.live.Store(&live{limits: o.Limits})
	if err := s.refreshSettings(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Node names this process in leases.
func (s *Service) Node() string { return s.node }
