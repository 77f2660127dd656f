package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/push/wechat"
)

// lossy loses the answers of the first attempts on their way back to WeChat.
type lossy struct {
	next http.RoundTripper
	lose *atomic.Int64
}

func (l lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(r)
	if l.lose.Add(-1) < 0 || err != nil {
		return response, err
	}
	response.Body.Close()
	return nil, errors.New("connection reset")
}

// lost lets a follower give a command of which WeChat loses the first answers.
// The developer hears it once; the reply is shown once if any attempt came
// through, and the phone says so if none did.
func lost(answers, attempts int) func(context.Context, *platform) {
	return func(ctx context.Context, p *platform) {
		f, left := p.followers[0], &atomic.Int64{}
		left.Store(int64(answers))
		p.wechat.SetCallback(callbackURL, lossy{frontDoor{p.simulation}, left})
		a := p.order(ctx, f, "重启")
		want := sandbox.ShownReply
		if answers >= attempts {
			want = sandbox.ShownFault
		}
		if a.Shown != want {
			p.Errorf("the phone shows %s %q after %d lost answers of %d", a.Shown, a.Reply, answers, attempts)
		}
		p.quiesce(ctx)
		p.wantHeard("重启", 1)
		p.wantShown(f, "", "收到重启", map[sandbox.Shown]int{sandbox.ShownReply: 1}[want])
	}
}

// order gives a command to the first app and returns what the phone shows.
func (p *platform) order(ctx context.Context, f *simFollower, content string) sandbox.Answer {
	p.Helper()
	a, err := f.Say(ctx, fmt.Sprintf("#%d %s", p.apps[0].ID, content))
	p.must(err)
	f.orders = append(f.orders, &order{content: content, app: p.apps[0].ID, answer: a})
	return a
}

// wantHeard counts the calls for a command.
func (p *platform) wantHeard(content string, want int) {
	p.Helper()
	got := 0
	for _, c := range p.developer.calls {
		if c.content == content {
			got++
		}
	}
	if got != want {
		p.Errorf("the developer heard %q %d times, want %d", content, got, want)
	}
}

// How often WeChat tries an event, three times in all or once and three times
// again, and how long it waits in between.
func TestUnknown_AttemptsOfAnEvent(t *testing.T) {
	for _, attempts := range []int{1, 3, 4} {
		for answers := range attempts + 1 {
			unknown{name: fmt.Sprintf("callbackAttempts=%d, %d answers lost", attempts, answers), set: func(r *sandbox.Settings) {
				r.CallbackAttempts = attempts
			}, story: lost(answers, attempts)}.run(t)
		}
	}
	for _, ms := range []int{0, 100, 1000, 5000, 15_000} {
		unknown{name: fmt.Sprintf("callbackSpacingMs=%d", ms), set: func(r *sandbox.Settings) {
			r.CallbackSpacingMs = ms
		}, story: lost(2, 3)}.run(t)
	}
}

// When an attempt begins while the last one is still open, it waits with it:
// the developer, who takes his time, hears the command once.
func TestUnknown_OverlappingAttempts(t *testing.T) {
	for _, ms := range []int{0, 1, 500, 1500, 3000, 4400} {
		for _, takes := range []time.Duration{50 * time.Millisecond, 3 * time.Second, 7 * time.Second} {
			unknown{name: fmt.Sprintf("callbackOverlapMs=%d, developer takes %s", ms, takes), set: func(r *sandbox.Settings) {
				r.CallbackOverlapMs = ms
			}, story: func(ctx context.Context, p *platform) {
				f := p.followers[0]
				p.developer.answersIn(takes)
				a := p.order(ctx, f, "重启")
				if passive := takes < 4*time.Second; passive != (a.Shown == sandbox.ShownReply) {
					p.Errorf("shown %s %q", a.Shown, a.Reply)
				}
				p.quiesce(ctx)
				p.wantHeard("重启", 1)
				p.wantShown(f, "", "收到重启", 1)
			}}.run(t)
		}
	}
}

// Whether an event that was answered comes again all the same.
func TestUnknown_AnsweredEventComesAgain(t *testing.T) {
	for _, ratio := range []float64{0, 1} {
		unknown{name: fmt.Sprintf("callbackDuplicate=%g", ratio), set: func(r *sandbox.Settings) {
			r.CallbackDuplicate = ratio
		}, story: func(ctx context.Context, p *platform) {
			f := p.followers[0]
			p.order(ctx, f, "重启")
			_, err := f.Unfollow(ctx)
			p.must(err)
			f.must(f.Scan(ctx, p.apps[0].code))
			p.quiesce(ctx)
			p.wantHeard("重启", 1)
			p.wantShown(f, "", "收到重启", 1)
			r := p.send(ctx, f, "磁盘将满")
			p.quiesce(ctx)
			p.wantShown(f, sandbox.KindTemplate, "磁盘将满", 1)
			p.wantStatus(ctx, r, 2, "发送成功")
		}}.run(t)
	}
}

// How a tapped choice gives its id. A tap says all it means by its text, and a
// window WeChat does not open is found out without losing a message.
func TestUnknown_IDOfATappedChoice(t *testing.T) {
	for _, how := range []string{"given", "zero", "empty", "absent"} {
		for _, text := range []string{"重启服务器", "一段不能放进链接的\n文字 <b>100%</b>"} {
			unknown{name: fmt.Sprintf("menuID=%s %q", how, text), route: wechat.CustomerThenTemplate, set: func(r *sandbox.Settings) {
				r.MenuID, r.SaidHours, r.SaidQuota = how, 0, 0 // only what is tapped opens a window
			}, story: func(ctx context.Context, p *platform) {
				f := p.followers[0]
				list := f.must(f.Say(ctx, text))
				if !strings.Contains(list.Reply, "bizmsgmenu") {
					p.Fatalf("no list of apps but %q", list.Reply)
				}
				a := f.must(f.Tap(ctx, "98"))
				f.orders = append(f.orders, &order{content: text, app: 98, answer: a})
				if !strings.Contains(a.Reply, "收到"+text) {
					p.Errorf("the tap was answered by %q", a.Reply)
				}
				p.wantHeard(text, 1)
				for _, c := range p.developer.calls {
					if c.content == text && !strings.HasPrefix(c.host, "developer1") {
						p.Errorf("the wrong app heard it: %s", c.host)
					}
				}
				for n := range 6 {
					p.send(ctx, f, fmt.Sprintf("第%d条", n))
					time.Sleep(time.Second)
					p.jump(20 * time.Second)
				}
				p.quiesce(ctx)
				for n := range 6 {
					p.wantShown(f, "", fmt.Sprintf("第%d条", n), 1)
				}
			}}.run(t)
		}
	}
}

// What stands in documents that no page names.
func TestUnknown_NodesOfADocument(t *testing.T) {
	for _, noise := range []float64{0, 1} {
		unknown{name: fmt.Sprintf("noise=%g", noise), set: func(r *sandbox.Settings) { r.Noise = noise }, story: lost(0, 3)}.run(t)
	}
}
