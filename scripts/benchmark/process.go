package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one server, sandbox or bare handler under measurement.
type process struct {
	cmd  *exec.Cmd
	base string
	data string
	log  *bytes.Buffer
}

// values are what sandbox.json tells a client.
type values struct {
	AppToken string `json:"appToken"`
	TopicID  int64  `json:"topicId"`
	UID      string `json:"uid"`
	OpenID   string `json:"openid"`
}

func start(ctx context.Context, ready, base, data string, argv ...string) (*process, error) {
	p := &process{cmd: exec.Command(argv[0], argv[1:]...), base: base, data: data, log: &bytes.Buffer{}}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
		resp, err := http.Get(base + ready)
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s did not start:\n%s", argv[0], p.log)
}

// startServer runs a server with a data folder of its own.
func startServer(ctx context.Context, s *settings, args ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return startServerAt(ctx, s, address, args...)
}

func startServerAt(ctx context.Context, s *settings, address string, args ...string) (*process, error) {
	data, err := os.MkdirTemp(s.dir, "data")
	if err != nil {
		return nil, err
	}
	argv := append([]string{s.binary, "--listen", address, "--data", data, "--profile", "bench", "--log-level", "error",
		"--limit.sends", "0", "--limit.per-user", "0", "--limit.lookups", "0"}, args...)
	return start(ctx, "/readyz", "http://"+address, data, argv...)
}

// startSandbox runs WeChat in miniature as a process of its own.
func startSandbox(ctx context.Context, s *settings, callback string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	data, err := os.MkdirTemp(s.dir, "sandbox")
	if err != nil {
		return nil, err
	}
	return start(ctx, "/sandbox/api/calls", "http://"+address, data,
		s.binary, "sandbox", "--listen", address, "--data", data, "--profile", "bench", "--log-level", "error", "--callback", callback)
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
}

func (p *process) values() (v values, err error) {
	raw, err := os.ReadFile(filepath.Join(p.data, "sandbox.json"))
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(raw, &v)
}

// memory reads resident memory in MiB: now and at the peak.
func (p *process) memory() (now, peak float64, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		field, rest, _ := strings.Cut(lines.Text(), ":")
		kib, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, " kB")), 64)
		switch field {
		case "VmRSS":
			now = kib / 1024
		case "VmHWM":
			peak = kib / 1024
		}
	}
	return now, peak, nil
}

// counter reads one number from /metrics.
func (p *process) counter(name string) (float64, error) {
	resp, err := http.Get(p.base + "/metrics")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("/metrics has no %s", name)
}

// post sends body as JSON and decodes the answer.
func post(url string, body, answer any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(raw))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s: %s", url, resp.Status, got)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(got, answer)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
