package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/store/storetest"
)

// TestI10_ConsoleServer_TellsNoSecret: what the administrator's pages learn of
// the process names no secret, not even in a finding of a check.
func TestI10_ConsoleServer_TellsNoSecret(t *testing.T) {
	c := Config{Listen: "127.0.0.1:0", Data: t.TempDir(), Profile: "fast", Redis: "redis://:geheim-redis-1234@127.0.0.1:1/0"}
	c.WeChat = wechatConfig{AppID: "wx0123456789abcdef", Secret: "geheim-appsecret-1234", Token: "geheim-token-1234", PreviousToken: "geheim-before-1234",
		AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", Mode: "safe", Template: "T", Route: "template", API: "http://127.0.0.1:1",
		Fields: map[string]string{"thing2": "{summary}"}}
	n, err := newNode(t.Context(), c, "http://127.0.0.1:1", "http://127.0.0.1:1", "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.close() })
	s := n.consoleServer()
	said := fmt.Sprintf("%+v %+v", s.Account(), s.System(t.Context()))
	bad := 0
	for check := range s.Doctor(t.Context()) {
		said += fmt.Sprintf(" %+v", check)
		if check.State == "bad" && check.Remedy == "" {
			t.Errorf("%s is bad and has no remedy", check.Name)
		}
		if check.State == "bad" {
			bad++
		}
	}
	if strings.Contains(said, "geheim") || strings.Contains(said, c.WeChat.AESKey) {
		t.Errorf("a secret is told:\n%s", said)
	}
	if bad < 3 {
		t.Errorf("only %d checks are bad of an account that nobody answers for:\n%s", bad, said)
	}
	for _, secret := range s.Account().Secrets {
		if want := secret.Name != "EncodingAESKey (previous)"; secret.Set != want {
			t.Errorf("%s is set: %v, want %v", secret.Name, secret.Set, want)
		}
	}
}

func TestConsoleServer_TellsOfItsMachine(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			n := testNode(t, storetest.URL(t, engine), slog.New(slog.DiscardHandler))
			got := n.consoleServer().System(t.Context())
			if got.Schema < 9 || got.DatabaseSize < 10_000 || got.DiskSize < got.DiskFree || got.DiskFree <= 0 || got.Node != n.push.Node() || got.Redis != "" {
				t.Errorf("%+v", got)
			}
			if want := map[string]string{"sqlite": "SQLite 3.", "postgres": "PostgreSQL 1"}[engine]; !strings.HasPrefix(got.Engine, want) {
				t.Errorf("engine %q, want %s…", got.Engine, want)
			}
			for _, j := range n.consoleServer().Jobs {
				now := time.Date(2026, 11, 2, 4, 0, 30, 0, time.UTC)
				if next := j.Next(now); !next.After(now) || next.Sub(now) > 24*time.Hour {
					t.Errorf("%s comes next at %v", j.Name, next)
				}
			}
		})
	}
}

// TestF21_AskedRunsNeverMeetOnTwoNodes: of many who ask at once one gets the
// run, and a panic in it ends it.
func TestF21_AskedRunsNeverMeetOnTwoNodes(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			log := slog.New(slog.DiscardHandler)
			nodes := []*node{testNode(t, url, log), testNode(t, url, log)}
			var at, most, ran atomic.Int64
			held := make(chan struct{})
			j := job{name: "one", run: func(context.Context) (string, error) {
				most.Store(max(most.Load(), at.Add(1)))
				<-held
				at.Add(-1)
				panic("oh")
			}}
			var work sync.WaitGroup
			var refused sync.WaitGroup
			refused.Add(7)
			for i := range 8 {
				work.Go(func() {
					mine, err := nodes[i%2].askJob(t.Context(), j)
					if err != nil {
						t.Error(err)
					}
					if mine {
						ran.Add(1)
						return
					}
					refused.Done()
				})
			}
			refused.Wait()
			close(held)
			work.Wait()
			if ran.Load() != 1 || most.Load() != 1 {
				t.Errorf("%d ran, %d at once", ran.Load(), most.Load())
			}
			history := nodes[0].runs(t)
			if len(history) != 1 || !history[0].finished || !strings.HasPrefix(history[0].outcome, "failed: panic: oh") {
				t.Errorf("history %+v", history)
			}
		})
	}
}

func TestBackups_ListsAndOpensNothingElse(t *testing.T) {
	n := testNode(t, "", slog.New(slog.DiscardHandler))
	b := n.backups()
	if all, err := b.List(); err != nil || len(all) != 0 {
		t.Fatalf("no folder: %v, %v", all, err)
	}
	if err := os.MkdirAll(filepath.Join(b.Folder, "hongyan-20260101-000000.db"), 0o700); err != nil { // a folder of that name
		t.Fatal(err)
	}
	for _, name := range []string{"hongyan-20261101-031500.db", "hongyan-20261102-031500.db", "hongyan-20261103-031500.db.part", "secret", "hongyan-20261101-031500.db.bad"} {
		write(t, filepath.Join(b.Folder, name), "copy")
	}
	all, err := b.List()
	if err != nil || len(all) != 2 || all[0].Name != "hongyan-20261102-031500.db" || all[0].Size != 4 {
		t.Errorf("%+v, %v", all, err)
	}
	for _, name := range []string{"secret", "../hongyan.db", "hongyan-20261101-031500.db/../secret", "", "hongyan-20991101-031500.db"} {
		if _, err := b.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
	file, err := b.Open("hongyan-20261101-031500.db")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if body, err := io.ReadAll(file); err != nil || string(body) != "copy" {
		t.Errorf("%q, %v", body, err)
	}
	if n := testNode(t, storetest.URL(t, "postgres"), slog.New(slog.DiscardHandler)); n.backups().List != nil {
		t.Error("PostgreSQL has backups of ours")
	}
}

// TestLimits_OfTheConfigurationReachPush: the flags are what holds until the
// administrator sets something else.
func TestLimits_OfTheConfigurationReachPush(t *testing.T) {
	c, _, err := parse(t.Context(), []string{"serve", "--limit.sends", "7", "--limit.only-admins"})
	if err != nil {
		t.Fatal(err)
	}
	want := push.Limits{Sends: push.SendsOf(7), PerUser: push.PerUserOf(2000), Lookups: push.LookupsOf(20), Apps: 20, OnlyAdmins: true}
	if got := c.Limit.limits(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
