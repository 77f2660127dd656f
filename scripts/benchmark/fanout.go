package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"hongyan/oa/sandbox"
)

// fanned are the figures of a topic's fan-out.
type fanned struct {
	RPS   float64 `json:"rps"`
	Ratio float64 `json:"ratio"`
	bare  float64 // template sends a second of the bare client
	until float64 // seconds until the last finish report was in
}

// bareClients is how many calls the bare client keeps under way.
const bareClients = 64

// measureFanout compares a topic's fan-out with a client that does nothing
// but send templates, against the same sandbox, finish reports on in both.
func measureFanout(ctx context.Context, s *settings, r *result) error {
	bare, err := bareSends(ctx, s)
	if err != nil {
		return fmt.Errorf("bare client: %w", err)
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	wechat, err := startSandbox(ctx, s, "http://"+address+"/wechat/callback")
	if err != nil {
		return err
	}
	defer wechat.stop()
	server, err := startServerAt(ctx, s, address, "--sandbox-at", wechat.base)
	if err != nil {
		return err
	}
	defer server.stop()
	v, err := server.values()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := seedTopic(ctx, wechat, s.followers); err != nil {
		return fmt.Errorf("seed followers: %w", err)
	}
	r.Seeded = float64(s.followers) / time.Since(began).Seconds()
	if r.Fanout, err = fanOut(ctx, server, wechat, v, s.followers); err != nil {
		return err
	}
	r.Fanout.bare, r.Fanout.Ratio = bare, r.Fanout.RPS/bare
	_, peak, err := server.memory()
	r.RSS.Peak = max(r.RSS.Peak, peak)
	return err
}

// seedTopic lets new followers scan the topic's code, the latest that was made.
func seedTopic(_ context.Context, wechat *process, count int) error {
	resp, err := http.Get(wechat.base + "/sandbox/api/codes")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var tray struct {
		Codes []struct {
			Scene string `json:"scene"`
		} `json:"codes"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&tray); err != nil {
		return err
	}
	if len(tray.Codes) == 0 {
		return fmt.Errorf("the sandbox shows no code")
	}
	return post(wechat.base+"/sandbox/api/followers", map[string]any{
		"count": count, "follow": true, "scan": tray.Codes[0].Scene,
	}, nil)
}

// fanOut sends one message to the topic and watches the sandbox's counter.
func fanOut(ctx context.Context, server, wechat *process, v values, followers int) (f fanned, err error) {
	before, err := templateCalls(wechat)
	if err != nil {
		return f, err
	}
	var answer struct {
		Data []struct {
			Record int64 `json:"sendRecordId"`
		} `json:"data"`
	}
	began := time.Now()
	err = post(server.base+"/api/send/message", map[string]any{
		"appToken": v.AppToken, "content": "全体通知：今晚维护", "topicIds": []int64{v.TopicID},
	}, &answer)
	if err != nil || len(answer.Data) != 1 {
		return f, fmt.Errorf("send to the topic: %v %w", answer, err)
	}
	for sent := int64(0); sent < int64(followers); time.Sleep(20 * time.Millisecond) {
		if ctx.Err() != nil || time.Since(began) > 2*time.Minute {
			return f, fmt.Errorf("only %d of %d were sent", sent, followers)
		}
		now, err := templateCalls(wechat)
		if err != nil {
			return f, err
		}
		sent = now - before
	}
	f.RPS = float64(followers) / time.Since(began).Seconds()
	for time.Since(began) < 3*time.Minute {
		done, err := finished(server, answer.Data[0].Record)
		if err != nil || done {
			f.until = time.Since(began).Seconds()
			return f, err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return f, fmt.Errorf("the topic's record never ended")
}

// finished tells whether every recipient's fate is known.
func finished(server *process, record int64) (bool, error) {
	resp, err := http.Get(server.base + "/api/send/query/status?sendRecordId=" + strconv.FormatInt(record, 10))
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	var answer struct {
		Data int `json:"data"`
	}
	return json.NewDecoder(resp.Body).Decode(&answer) == nil && answer.Data != 1, nil
}

// templateCalls is how many template sends the sandbox has answered.
func templateCalls(wechat *process) (int64, error) {
	resp, err := http.Get(wechat.base + "/sandbox/api/calls")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var tally sandbox.Tallies
	err = json.NewDecoder(resp.Body).Decode(&tally)
	return tally.Calls["/cgi-bin/message/template/send"].Calls, err
}

// bareSends is the rate of a client that only sends templates. A bare handler
// takes the finish reports.
func bareSends(ctx context.Context, s *settings) (float64, error) {
	reports, stop, err := serveReports()
	if err != nil {
		return 0, err
	}
	defer stop()
	wechat, err := startSandbox(ctx, s, reports)
	if err != nil {
		return 0, err
	}
	defer wechat.stop()
	const followers = 1000
	openids, err := silentFollowers(wechat, followers)
	if err != nil {
		return 0, err
	}
	token, template, err := credentials(wechat)
	if err != nil {
		return 0, err
	}
	var sent atomic.Int64
	got, err := load(ctx, bareClients, 2*s.seconds, func(c, n int) (*http.Request, error) {
		i := sent.Add(1)
		body := fmt.Appendf(nil, `{"touser":%q,"template_id":%q,"url":"http://127.0.0.1/m","client_msg_id":"bare-%d","data":{"thing1":{"value":"演示"},"thing2":{"value":"全体通知"},"time3":{"value":"2026年1月1日 10:00"},"character_string4":{"value":"b%d"}}}`,
			openids[int(i)%len(openids)], template, i, i)
		return jsonRequest(wechat.base+"/cgi-bin/message/template/send?access_token="+token, body)
	})
	return got.rps, err
}

func serveReports() (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write([]byte("success"))
	})}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	return "http://" + l.Addr().String() + "/wechat/callback", func() {
		_ = server.Close()
		serving.Wait()
	}, nil
}

func silentFollowers(wechat *process, count int) ([]string, error) {
	var made struct {
		OpenIDs []string `json:"openids"`
	}
	err := post(wechat.base+"/sandbox/api/followers", map[string]any{"count": count, "follow": true, "silent": true}, &made)
	if err == nil && len(made.OpenIDs) != count {
		err = fmt.Errorf("the sandbox made %d of %d followers", len(made.OpenIDs), count)
	}
	return made.OpenIDs, err
}

// credentials asks the sandbox, as any server would, for a token; the template
// is the one every sandbox has.
func credentials(wechat *process) (token, template string, err error) {
	var got struct {
		Token string `json:"access_token"`
	}
	account := sandbox.DefaultAccount()
	err = post(wechat.base+"/cgi-bin/stable_token", map[string]any{
		"grant_type": "client_credential", "appid": account.AppID, "secret": account.Secret,
	}, &got)
	return got.Token, sandbox.DefaultTemplate, err
}
