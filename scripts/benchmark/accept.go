package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
)

// accepted are the figures of one number of connections.
type accepted struct {
	RPS     float64 `json:"rps"`
	Ratio   float64 `json:"ratio"`
	P50     float64 `json:"p50ms"`
	P99     float64 `json:"p99ms"`
	commits float64 // a second; with synchronous=FULL each is one sync
}

// sendBody is what a typical program pushes.
type sendBody struct {
	AppToken string   `json:"appToken"`
	Content  string   `json:"content"`
	UIDs     []string `json:"uids"`
}

// measureAccept compares durable sends with a handler that decodes and
// answers the same JSON and keeps nothing.
func measureAccept(ctx context.Context, s *settings, r *result) error {
	bare, err := startBare(ctx)
	if err != nil {
		return err
	}
	defer bare.stop()
	held, err := startServer(ctx, s, "--push.hold")
	if err != nil {
		return err
	}
	defer held.stop()
	for _, clients := range []int{1, 32, 256} {
		floor, err := loadSends(ctx, s, bare, values{}, clients)
		if err != nil {
			return err
		}
		if r.Accept[fmt.Sprint(clients)], err = acceptOn(ctx, s, held, clients, floor); err != nil {
			return err
		}
		if clients == 32 {
			if err := acceptRunning(ctx, s, r, floor); err != nil {
				return err
			}
		}
	}
	_, peak, err := held.memory()
	r.RSS.Peak = max(r.RSS.Peak, peak)
	return err
}

// acceptRunning is the same with the workers delivering at the same time.
func acceptRunning(ctx context.Context, s *settings, r *result, floor loaded) error {
	server, err := startServer(ctx, s)
	if err != nil {
		return err
	}
	defer server.stop()
	r.Running["32"], err = acceptOn(ctx, s, server, 32, floor)
	return err
}

func acceptOn(ctx context.Context, s *settings, server *process, clients int, floor loaded) (a accepted, err error) {
	v, err := server.values()
	if err != nil {
		return a, err
	}
	before, err := server.counter("hongyan_store_commits_total")
	if err != nil {
		return a, err
	}
	got, err := loadSends(ctx, s, server, v, clients)
	if err != nil {
		return a, err
	}
	after, err := server.counter("hongyan_store_commits_total")
	return accepted{
		RPS: got.rps, Ratio: got.rps / floor.rps,
		P50: ms(got.quantile(.5)), P99: ms(got.quantile(.99)),
		commits: (after - before) / s.seconds.Seconds(),
	}, err
}

func loadSends(ctx context.Context, s *settings, p *process, v values, clients int) (loaded, error) {
	return load(ctx, clients, s.seconds, func(c, n int) (*http.Request, error) {
		body, err := json.Marshal(sendBody{v.AppToken, fmt.Sprintf("构建完成 %d-%d：全部测试通过", c, n), []string{v.UID}})
		if err != nil {
			return nil, err
		}
		return jsonRequest(p.base+"/api/send/message", body)
	})
}

// startBare runs this program again as the bare handler.
func startBare(ctx context.Context) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, "/", "http://"+address, "", self, "-bare", address)
}

// serveBare is the least a JSON handler on net/http can do.
func serveBare(ctx context.Context, address string) error {
	type item struct {
		UID    string `json:"uid"`
		Record int64  `json:"sendRecordId"`
		Code   int    `json:"code"`
		Status string `json:"status"`
	}
	type answer struct {
		Code    int    `json:"code"`
		Msg     string `json:"msg"`
		Data    []item `json:"data"`
		Success bool   `json:"success"`
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body sendBody
		_ = json.NewDecoder(r.Body).Decode(&body)
		a := answer{Code: 1000, Msg: "处理成功", Success: true}
		for _, uid := range body.UIDs {
			a.Data = append(a.Data, item{uid, 1 << 51, 1000, "创建发送任务成功"})
		}
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		_ = json.NewEncoder(w).Encode(a)
	})
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}
