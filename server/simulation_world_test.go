package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/push/wechat"
	"hongyan/store"
)

// simulation is one platform with its surroundings, drawn from a seed. Its
// actors (followers, senders, the weather) have random numbers of their own,
// so that one's decisions do not depend on when another is awake.
type simulation struct {
	t      *testing.T
	seed   uint64
	url    string
	route  string
	clock  *clocks
	wechat *sandbox.Sandbox
	client *oa.Client // the operator's
	db     *store.DB  // an observer's
	keys   *push.Service

	apps      []*simApp
	followers []*simFollower
	developer *simDeveloper
	fuse      fuse
	work      sync.WaitGroup // WeChat and the nodes
	laters    sync.WaitGroup // what the weather has under way

	mu      sync.Mutex
	nodes   []*simNode
	started int
	crashes int
	shocks  []time.Time // crashes and jumps of the clock, in the bubble's time
	turns   *rand.Rand  // who answers an event or takes a send
	acked   []ackedSend
	tries   []cardTry
	wrong   []string
	trace   []string
}

// simApp is an app with its code, its topic and the code of that.
type simApp struct {
	push.App
	token     string
	url       string // of its developer
	secret    string
	topic     push.TopicID
	code      string
	topicCode string
}

// ackedSend is a send that was answered with success, item by item.
type ackedSend struct {
	receipts []push.Receipt
	app      *simApp // nil: simple push
	at       time.Time
}

// cardTry is one attempt at a card as it left the queue.
type cardTry struct {
	at   time.Time // in the bubble's time
	node string
	card push.Card
}

func newSimulation(t *testing.T, seed uint64, url string) *simulation {
	s := &simulation{t: t, seed: seed, url: url, clock: &clocks{}}
	s.turns = s.dice("turns", 0)
	s.developer = newSimDeveloper(s)
	chance := s.dice("setup", 0)
	began := time.Date(2026, 3, 1+chance.IntN(60), chance.IntN(24), chance.IntN(60), chance.IntN(60), 0, time.UTC)
	s.clock.pass(time.Until(began))
	s.route = wechat.Template
	if chance.IntN(5) == 0 {
		s.route = wechat.Routes()[1+chance.IntN(2)]
	}
	return s
}

// dice is the random numbers of one actor.
func (s *simulation) dice(actor string, n int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", actor, n)
	return rand.New(rand.NewPCG(s.seed, h.Sum64()))
}

// run tells the story: a calm beginning, everybody at once under bad weather,
// a calm end, and the audit.
func (s *simulation) run() {
	s.live(func(ctx context.Context) {
		weather, clearUp := context.WithCancel(ctx)
		var story, storm sync.WaitGroup
		for _, f := range s.followers {
			story.Go(func() { f.live(ctx) })
		}
		for n := range 2 {
			story.Go(func() { s.send(ctx, n) })
		}
		story.Go(func() { s.halt(ctx) })
		storm.Go(func() { s.blow(weather) })
		story.Wait()
		clearUp()
		storm.Wait()
		s.calm()
		s.quiesce(ctx)
	})
}

// live builds the platform, lets the story happen, audits and ends it.
func (s *simulation) live(story func(context.Context)) {
	s.exist(func(ctx context.Context) {
		story(ctx)
		s.audit(ctx)
	})
}

// exist does that without an audit, for stories whose rows are gone in the end.
func (s *simulation) exist(story func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.build(ctx)
	s.settleIn(ctx)
	story(ctx)
	s.stopAll()
	cancel()
	s.work.Wait()
	time.Sleep(time.Minute) // calls that nobody waits for any more end at their deadlines
	if err := s.db.Close(); err != nil {
		s.violation("close the observer's store: %v", err)
	}
}

// build makes WeChat, the first node and the observer.
func (s *simulation) build(ctx context.Context) {
	a := sandbox.DefaultAccount()
	var err error
	s.wechat, err = sandbox.New(sandbox.Options{
		AppID: a.AppID, Secret: a.Secret, OriginalID: a.OriginalID, Token: a.Token, AESKey: a.AESKey, Mode: a.Mode,
		Profile: "fast", Now: s.clock.WeChat, Seed: s.seed | 1<<63,
	})
	s.must(err)
	s.wechat.SetCallback(callbackURL, frontDoor{s})
	s.work.Go(func() { s.must(s.wechat.Run(ctx)) })
	s.client = oa.NewClient(oa.ClientOptions{AppID: a.AppID, Secret: a.Secret, Now: s.clock.WeChat,
		HTTP: &http.Client{Transport: s.wechat.Transport()}})
	s.start()
	s.db, err = store.Open(ctx, s.url, store.Options{Now: s.clock.Now})
	s.must(err)
	s.keys, err = push.New(ctx, s.db, push.Options{BaseURL: baseURL, Account: a.AppID, Node: "observer"})
	s.must(err)
}

const (
	baseURL     = "https://push.example"
	callbackURL = baseURL + "/wechat/callback"
)

// settleIn makes apps, topics and codes, and lets the followers follow while
// the weather is fine.
func (s *simulation) settleIn(ctx context.Context) {
	for n, name := range []string{"运维告警", "天气预报"} {
		a := &simApp{url: fmt.Sprintf("http://developer%d.test/hook", n)}
		var err error
		a.App, a.token, err = s.keys.CreateApp(ctx, push.NewApp{ID: push.AppID(97 + n), Name: name, CallbackURL: a.url})
		s.must(err)
		a.secret, err = s.keys.SetEndpoint(ctx, a.ID, a.url)
		s.must(err)
		topic, err := s.keys.CreateTopic(ctx, a.ID, name+"主题")
		s.must(err)
		a.topic = topic.ID
		a.code = s.code(ctx, push.SceneApp, a.ID, 0)
		a.topicCode = s.code(ctx, push.SceneTopic, a.ID, a.topic)
		s.apps = append(s.apps, a)
	}
	most := 3 + s.dice("crowd", 0).IntN(5)
	for n := range most {
		s.followers = append(s.followers, s.newFollower(ctx, n, n == 0 || n == most-1))
	}
}

// code makes a code without end and returns what its picture says.
func (s *simulation) code(ctx context.Context, purpose string, app push.AppID, topic push.TopicID) string {
	scene, err := s.keys.PermanentScene(ctx, purpose, app, topic)
	s.must(err)
	qr, err := s.client.CreateQR(ctx, scene.Handle, 0)
	s.must(err)
	return qr.URL
}

// must ends the test when what the story stands on fails.
func (s *simulation) must(err error) {
	if err != nil {
		s.t.Helper()
		s.t.Errorf("seed %d: %v", s.seed, err)
		panic(err)
	}
}

// violation notes what must not be.
func (s *simulation) violation(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
	s.trace = append(s.trace, s.stamp()+"VIOLATION "+fmt.Sprintf(format, args...))
}

// tell notes what happened.
func (s *simulation) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trace = append(s.trace, s.stamp()+fmt.Sprintf(format, args...))
}

var bubbleBegan = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (s *simulation) stamp() string {
	return fmt.Sprintf("%9.3fs %s  ", time.Since(bubbleBegan).Seconds(), s.clock.Now().UTC().Format("02 15:04:05"))
}

// logger writes warnings of the platform into the story.
func (s *simulation) logger(node string) *slog.Logger {
	return slog.New(slog.NewTextHandler(storyWriter{s, node}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type storyWriter struct {
	s    *simulation
	node string
}

func (w storyWriter) Write(line []byte) (int, error) {
	w.s.tell("%s log: %s", w.node, line[:len(line)-1])
	return len(line), nil
}
