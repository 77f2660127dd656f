package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/store"
	"hongyan/store/storetest"
)

// patient carries WeChat's events to any of the servers, and asks again, as
// WeChat does, while none answers.
type patient struct {
	servers []string
	stopped atomic.Bool
}

func (p *patient) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && !p.stopped.Load(); {
		again := r.Clone(r.Context())
		again.URL.Host = p.servers[rand.IntN(len(p.servers))]
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
		if resp, err = http.DefaultTransport.RoundTrip(again); err == nil && resp.StatusCode == http.StatusOK {
			return resp, nil
		}
		<-time.After(50 * time.Millisecond)
	}
	return resp, err
}

// programTakes is the longest that an answer of the program takes, and twice the
// shortest.
const programTakes = 100 * time.Millisecond

// laptop is the program behind hongyan listen, and the command. It answers
// each command by its words after a moment.
type laptop struct {
	t       *testing.T
	program *httptest.Server
	server  string // by which the command reaches the platform
	token   string
	state   string // the user's state folder
	command *process
	runs    []*process

	mu    sync.Mutex
	came  map[string][]time.Time // when each webhook-id came
	kills []time.Time
}

var wordsOf = regexp.MustCompile(`"content":"([^"]+)"`)

func newLaptop(t *testing.T, server, token string) *laptop {
	t.Helper()
	l := &laptop{t: t, server: server, token: token, state: t.TempDir(), came: map[string][]time.Time{}}
	l.program = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Data struct{ Content string } `json:"data"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		l.mu.Lock()
		id := r.Header.Get("webhook-id")
		l.came[id] = append(l.came[id], time.Now())
		l.mu.Unlock()
		if body.Data.Content == "" {
			return
		}
		<-time.After(programTakes/2 + time.Duration(rand.Int64N(int64(programTakes/2))))
		fmt.Fprintf(w, `{"reply":"收到 %s"}`, body.Data.Content)
	}))
	t.Cleanup(l.program.Close)
	l.start()
	return l
}

func (l *laptop) start() {
	l.command = startProcessIn(l.t, []string{"XDG_STATE_HOME=" + l.state, "HONGYAN_TOKEN=" + l.token},
		"listen", "--server", "http://"+l.server, "--forward", l.program.URL, "--take-over", "--json")
	l.runs = append(l.runs, l.command)
}

// shoot kills the command and starts it again.
func (l *laptop) shoot() {
	l.mu.Lock()
	l.kills = append(l.kills, time.Now())
	l.mu.Unlock()
	l.command.kill()
	l.start()
}

// listens waits until the command has reached the server.
func (l *laptop) listens() {
	l.t.Helper()
	(&world{t: l.t, process: l.command}).eventually("the command listens", func() bool {
		return strings.Contains(l.command.said(), `"event":"listening"`)
	})
}

// calls counts what came to the program.
func (l *laptop) calls() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, times := range l.came {
		n += len(times)
	}
	return n
}

// doubles are the callbacks that came twice: those that were with the program
// when the command was killed, which it cannot know of, and others.
func (l *laptop) doubles() (atTheKill, others []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, times := range l.came {
		if len(times) == 1 {
			continue
		}
		excused := 0
		for _, kill := range l.kills {
			// The program takes so long, and the command writes down its answer at once.
			before := programTakes + 500*time.Millisecond
			for _, at := range times {
				if kill.After(at.Add(-50*time.Millisecond)) && kill.Before(at.Add(before)) {
					excused++
					break
				}
			}
		}
		if len(times)-1 <= excused {
			atTheKill = append(atTheKill, id)
		} else {
			others = append(others, fmt.Sprint(id, times))
		}
	}
	return atTheKill, others
}

// listenStory is a platform of one or two servers, followers who keep giving
// commands, and a laptop behind a network.
type listenStory struct {
	t       *testing.T
	wechat  *outside
	events  *patient
	args    []string
	data    string
	store   string
	address []string
	nodes   []*world
	net     *relay
	laptop  *laptop
	kills   int // of servers
	said    atomic.Int64
	phones  []*sandbox.Follower
}

func newListenStory(t *testing.T, servers int, database string, args ...string) *listenStory {
	t.Helper()
	s := &listenStory{t: t, wechat: startOutside(t, ""), args: append(args, "--log-level", "error"), data: t.TempDir(), store: database}
	if s.store == "" {
		s.store = filepath.Join(s.data, "hongyan.db")
	}
	for range servers {
		s.address = append(s.address, freeAddress(t))
	}
	s.events = &patient{servers: s.address}
	s.wechat.SetCallback("http://"+s.address[0]+"/wechat/callback", s.events)
	for _, address := range s.address {
		s.nodes = append(s.nodes, s.wechat.serve(t, s.data, address, s.args...))
	}
	s.net = startRelay(t, s.address...)
	s.laptop = newLaptop(t, s.net.address, s.nodes[0].file.AppToken)
	s.laptop.listens()
	for range 6 {
		phone := s.wechat.Add()
		if _, err := phone.Follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := phone.Say(t.Context(), "#97"); err != nil {
			t.Fatal(err)
		}
		s.phones = append(s.phones, phone)
	}
	return s
}

// shoot kills a server and starts it again.
func (s *listenStory) shoot(i int) {
	s.t.Helper()
	s.nodes[i].kill()
	s.kills++
	s.nodes[i] = s.wechat.serve(s.t, s.data, s.address[i], s.args...)
}

// restart stops a server in order, which waits for no claim, and starts it
// again.
func (s *listenStory) restart(i int) {
	s.t.Helper()
	if took := s.nodes[i].stop(s.t); took > 6*time.Second {
		s.t.Errorf("the server stopped after %s", took)
	}
	s.nodes[i] = s.wechat.serve(s.t, s.data, s.address[i], s.args...)
}

// talk lets every follower give commands until the returned function is
// called.
func (s *listenStory) talk() (stop func()) {
	var over atomic.Bool
	var talking sync.WaitGroup
	for i, phone := range s.phones {
		talking.Go(func() {
			for n := 0; !over.Load(); n++ {
				if _, err := phone.Say(context.Background(), fmt.Sprintf("#97 令%d之%d号", i, n)); err == nil {
					s.said.Add(1)
				}
				<-time.After(time.Duration(300+rand.IntN(400)) * time.Millisecond)
			}
		})
	}
	return func() {
		over.Store(true)
		talking.Wait()
	}
}

// command is a command's callback as it is stored.
type command struct {
	id, body, via string
	state         int
}

// words are what the follower said.
func (c *command) words() string { return wordsOf.FindStringSubmatch(c.body)[1] }

// stored are the callbacks of all commands.
func (s *listenStory) stored() (all []command) {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.store, store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	err = db.View(s.t.Context(), func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, func(r *store.Rows) (c command, err error) {
			return c, r.Scan(&c.id, &c.body, &c.state, &c.via)
		}, `SELECT webhook_id, body, state, reply_via FROM callback WHERE action = 'send_up_cmd'`)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// audit joins what was written, what came to the program and what the phones
// show: every command came and was answered, none came twice but those that
// were with the program when the command was killed, and every reply was said
// once. A late one may be lost with the server that was killed saying it.
func (s *listenStory) audit() {
	s.t.Helper()
	(&world{t: s.t, process: s.laptop.command}).eventually("all callbacks are delivered", func() bool {
		all := s.stored()
		return len(all) > 0 && !slices.ContainsFunc(all, func(c command) bool { return c.state != 3 })
	})
	<-time.After(2 * time.Second) // late replies are on their way
	all := s.stored()
	excused, doubled := s.laptop.doubles()
	for _, one := range doubled {
		s.t.Errorf("came twice: %s", one)
	}
	replies := map[string]int{}
	for _, phone := range s.phones {
		for _, e := range phone.Chat() {
			replies[e.Text]++
		}
	}
	lost, late := 0, 0
	for _, c := range all {
		if len(s.laptop.came[c.id]) == 0 {
			s.t.Errorf("%s never came", c.words())
		}
		if c.via != "passive" {
			late++
		}
		switch n := replies["收到 "+c.words()]; {
		case n == 0 && c.via == "said":
			lost++
		case n != 1:
			s.t.Errorf("the reply to %s was said %d times, by %s", c.words(), n, c.via)
		}
	}
	if lost > s.kills {
		s.t.Errorf("%d late replies were lost with %d servers", lost, s.kills)
	}
	if int64(len(all)) < s.said.Load() {
		s.t.Errorf("%d commands were answered, %d are stored", s.said.Load(), len(all))
	}
	s.t.Logf("%d commands, %d kills of servers, %d of the command: %d replies were late, %d lost with a server; %d callbacks were with the program and came again",
		len(all), s.kills, len(s.laptop.kills), late, lost, len(excused))
}

// end stops the command as its user does.
func (s *listenStory) end() {
	s.t.Helper()
	s.laptop.command.stop(s.t)
	if said := s.laptop.command.said(); !strings.Contains(said, `"event":"stopped"`) || !strings.Contains(said, `"back":true`) {
		s.t.Errorf("the end of the command: %s", said)
	}
}

// TestListen_NothingIsLostOrDoubled: commands keep coming while the server is
// killed, the network is cut or falls silent, and the command is killed, alone
// and together.
func TestListen_NothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	s := newListenStory(t, 1, "")
	stop := s.talk()
	moment := func() { <-time.After(time.Duration(500+rand.IntN(700)) * time.Millisecond) }
	for range 2 {
		moment()
		s.shoot(0)
		moment()
		s.net.cut()
		moment()
		s.net.mend(t)
		moment()
		s.laptop.shoot()
		moment()
		s.answersInMemory()
		moment()
		s.restart(0)
		moment()
		s.net.hush(true)
		s.shoot(0)
		s.net.hush(false)
	}
	moment()
	stop()
	s.audit()
	s.end()
}

// answersInMemory kills the command when its program has answered and the
// server could not be told.
func (s *listenStory) answersInMemory() {
	s.t.Helper()
	before := s.laptop.calls()
	s.nodes[0].eventually("something is with the program", func() bool { return s.laptop.calls() > before })
	s.net.cut()
	<-time.After(programTakes + 900*time.Millisecond)
	s.laptop.shoot()
	s.net.mend(s.t)
	s.laptop.listens()
}

// TestListen_ManyServers does so with two servers on one database, between
// which the connections of the command and the events are shared out.
func TestListen_ManyServers(t *testing.T) {
	t.Parallel()
	database := storetest.URL(t, storetest.PostgresEngine)
	s := newListenStory(t, 2, database, "--database", database)
	stop := s.talk()
	moment := func() { <-time.After(time.Duration(500+rand.IntN(700)) * time.Millisecond) }
	for i := range 3 {
		moment()
		s.shoot(i % 2)
		moment()
		s.net.cut()
		s.shoot(1 - i%2)
		s.net.mend(t)
		moment()
		s.laptop.shoot()
		moment()
		s.answersInMemory()
	}
	moment()
	stop()
	s.audit()
	s.end()
}

// TestListen_TheCommandsOfTheGuideRun takes the commands as they stand in both
// languages, beside a sandbox.
func TestListen_TheCommandsOfTheGuideRun(t *testing.T) {
	t.Parallel()
	only := func(path string) (lines []string) {
		for _, line := range commandsOf(t, path) {
			if strings.Contains(line, "hongyan listen") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	lines := only("../docs/api.md")
	if chinese := only("../docs/api.zh-CN.md"); len(lines) != 3 || !slices.Equal(lines, chinese) {
		t.Fatalf("the guides differ in their commands: %q and %q", lines, chinese)
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	w := startWorld(t)
	d := newDeveloper(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"reply":"来自我的电脑"}`) })
	real := strings.NewReplacer("hongyan listen", "exec "+path+" listen --data "+w.stores[1],
		"http://127.0.0.1:3000", d.url, "https://push.example.com", w.base, "AT_…", w.file.AppToken)
	demo := &follower{w: w, openid: w.file.OpenID}
	for i, line := range lines {
		p := startCommand(t, exec.Command("sh", "-c", real.Replace(line)), []string{"XDG_STATE_HOME=" + t.TempDir()})
		if strings.Contains(line, "--stop") {
			<-p.done
		} else {
			w.eventually(line, func() bool { return strings.Contains(p.said(), "Listening to #97") })
			if got := demo.say("#97 重启服务器"); got.Reply != "来自我的电脑" {
				t.Errorf("%s: the phone showed %+v\n%s", line, got, p.said())
			}
			if i == 0 {
				p.stop(t)
			}
		}
		if i != 1 && !strings.Contains(p.said(), "Stopped listening") {
			t.Errorf("%s\nsaid %s", line, p.said())
		}
	}
	if got := demo.say("#97 重启服务器"); got.Shown != "reply" || got.Reply == "来自我的电脑" {
		t.Errorf("after the end the phone showed %+v", got)
	}
}
