// Package sandbox is WeChat in miniature: an official account's platform as
// the documentation describes it, with followers whose phones can be read.
//
// It is not a mock of package oa. It answers the platform's real paths
// (tokens, template and customer messages, QR codes, menus, users, OAuth),
// checks what WeChat checks, keeps WeChat's quotas, windows and memories, and
// sends signed and encrypted callbacks under the five-second rule with three
// attempts. Whatever nobody outside WeChat knows is a Setting, and a Profile
// is a named set of them. WeChat Pay stands in package pay, behind the same
// API, clock, dice and faults.
//
// Data passes in two directions. A call of the account arrives at API (or,
// without a socket, at Transport), meets the faults dialled in, the token and
// the quota, and ends in a follower's chat, in the ledger of cards and in a
// finish report that Run sends when it is due. A follower's act (follow, scan,
// say, tap) becomes one document that is posted to the account's callback by
// the goroutine that acts; the answer becomes what the phone shows.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox/pay"
)

// Options say which account the sandbox plays and how it reaches the server.
type Options struct {
	AppID, Secret string
	OriginalID    string // gh_…, the account's name in callbacks
	Token, AESKey string
	Mode          oa.Mode
	JSON          bool   // callbacks in JSON instead of XML
	Callback      string // URL of the platform's callback endpoint
	Profile       string // real (default), fast, bench, hostile
	Dir           string // state folder; empty keeps everything in memory
	// BaseURL is the prefix of links a browser meets, for example
	// http://127.0.0.1:8080/sandbox.
	BaseURL string
	// Key, when set, is a path element every browser link must carry.
	Key string
	// PageCookies names the cookies by which the server's pages know a
	// follower. They are dropped when the browser becomes another follower.
	PageCookies []string
	HTTP        *http.Client // sends callbacks; nil is a pooled client
	Now         func() time.Time
	// Move lets time pass for the sandbox and the server together, when somebody
	// at the phone asks for it; nil, and ErrAlone, move the sandbox's clock only.
	// With OneClock Now is the clock that Move moves, and the sandbox has none of
	// its own.
	Move     func(context.Context, time.Duration) error
	OneClock bool
	Seed     uint64      // of every random choice; 0 draws one
	Pay      pay.Account // the merchant; empty is DefaultPay
	Log      *slog.Logger
}

// Sandbox is one official account with its followers. Its methods may be
// called from any goroutine. Actions of followers work without Run; finish
// reports and saving need it.
type Sandbox struct {
	o         Options
	log       *slog.Logger
	clock     *clock
	dice      *dice
	config    configuration
	crowd     *crowd
	tokens    tokens
	codes     *codes
	templates *templates
	grants    *grants
	ledger    *ledger
	reports   *reports
	tape      *tape
	phone     phone
	pay       *pay.Platform
	payRoutes map[string]*route
	direct    *http.Client // sends notices when no callback is set
	rids      *rids
	menu      atomic.Pointer[[]byte]
	routes    map[string]*route
	quotas    quotas
	caller    caller
	inFlight  atomic.Int64
	msgids    atomic.Int64
	changed   atomic.Int64
	target    atomic.Pointer[target]
}

// New builds a sandbox and reads the state its folder holds.
func New(o Options) (*Sandbox, error) {
	o = withDefaults(o)
	profile, err := Profile(o.Profile)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Sandbox{o: o, log: o.Log, clock: newClock(o.Now), dice: newDice(o.Seed)}
	profile.CallbackMode, profile.CallbackJSON = o.Mode, o.JSON
	s.config.init(profile)
	s.crowd = newCrowd()
	s.codes = newCodes()
	s.templates = newTemplates()
	s.grants = newGrants()
	s.tape = newTape()
	s.rids = newRIDs()
	s.reports = newReports(s.clock)
	s.routes = s.table()
	if err := s.caller.init(o); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if err := s.phone.init(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.SetCallback(o.Callback, nil)
	s.msgids.Store(firstMsgID + s.clock.Now().UnixMilli()*1000)
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("sandbox: make state folder: %w", err)
		}
	}
	if err := s.openPay(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if s.ledger, err = openLedger(o.Dir, s.remember); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return s, nil
}

// firstMsgID makes message ids the 19 digits that WeChat's have today.
const firstMsgID = 3_500_000_000_000_000_000

func withDefaults(o Options) Options {
	if o.AppID == "" {
		o.AppID = "wxsandbox000000001"
	}
	if o.Secret == "" {
		o.Secret = "0123456789abcdef0123456789abcdef"
	}
	if o.OriginalID == "" {
		o.OriginalID = "gh_sandbox00001"
	}
	if o.Mode == "" {
		o.Mode = oa.ModePlain
		if o.AESKey != "" {
			o.Mode = oa.ModeSafe
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Run sends finish reports when they are due and saves the state while it
// changes. It returns when ctx ends, with the state saved.
func (s *Sandbox) Run(ctx context.Context) error {
	var work sync.WaitGroup
	work.Go(func() { s.reports.run(ctx, s.report) })
	work.Go(func() { s.saveWhileChanging(ctx) })
	work.Go(func() { s.pay.Run(ctx) })
	work.Wait()
	return errors.Join(s.save(), s.ledger.sync(), s.pay.Sync())
}

// Now is the sandbox's time: Options.Now and what the clock was advanced by.
func (s *Sandbox) Now() time.Time { return s.clock.Now() }

// Advance moves the sandbox's clock forward. Finish reports that become due
// are sent by Run. Advance(0) lets Run look at a clock moved from outside.
func (s *Sandbox) Advance(d time.Duration) {
	s.clock.Advance(d)
	s.pay.Wake()
	s.touch()
}

// NextDue is when the next finish report, payment, refund or notice is due; zero
// is never. One that is on its way is due still.
func (s *Sandbox) NextDue() time.Time {
	next := s.reports.first()
	if paid := s.pay.NextDue(); next.IsZero() || !paid.IsZero() && paid.Before(next) {
		next = paid
	}
	return next
}

// API answers the platform's own paths, called by servers.
func (s *Sandbox) API() http.Handler { return http.HandlerFunc(s.serveAPI) }

// Handler is API and, under /sandbox/, Browser: for a process of its own.
func (s *Sandbox) Handler() http.Handler {
	browser := http.StripPrefix("/sandbox", s.Browser())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/sandbox":
			http.Redirect(w, r, "/sandbox/", http.StatusMovedPermanently)
		case strings.HasPrefix(r.URL.Path, "/sandbox/"):
			browser.ServeHTTP(w, r)
		default:
			s.serveAPI(w, r)
		}
	})
}

// Link is the address at which a browser meets a path of the sandbox.
func (s *Sandbox) Link(path string) string {
	if s.o.Key == "" {
		return s.o.BaseURL + path
	}
	return s.o.BaseURL + "/" + s.o.Key + path
}

// touch says that something worth saving has changed.
func (s *Sandbox) touch() { s.changed.Add(1) }
