package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

func TestDoctor_IsGreenInTheSandboxWithAndWithoutItsServer(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	said, ok := runBinary(t, "doctor", "--data", data, "--listen", address)
	if !ok || strings.Contains(said, "✗") || !strings.Contains(said, "no server runs at http://"+address) || !strings.Contains(said, "new database") {
		t.Errorf("without a server, ok %v:\n%s", ok, said)
	}
	w := startWorldIn(t, data, address)
	before := w.followers()
	said, ok = runBinary(t, "doctor", "--data", data, "--listen", address)
	if !ok || strings.Contains(said, "✗") || !strings.Contains(said, "✓  callback") || !strings.Contains(said, "belongs to sandbox") {
		t.Errorf("beside the server, ok %v:\n%s", ok, said)
	}
	if after := w.followers(); before == "[]" || after != before {
		t.Errorf("the sandbox changed from %s to %s", before, after)
	}
}

func (w *world) followers() (list string) {
	w.t.Helper()
	w.get("/sandbox/api/followers", &list)
	return list
}

// sick is an official account and a server of it, as doctor finds them.
type sick struct {
	*outside
	server *httptest.Server // answers WeChat's verification of the callback URL
	flags  []string
}

func newSick(t *testing.T) *sick {
	t.Helper()
	s := &sick{outside: startOutside(t, "")}
	a := sandboxAccount("")
	handler, err := oa.NewHandler(a, oa.HandlerOptions{Handle: nobody})
	if err != nil {
		t.Fatal(err)
	}
	s.server = httptest.NewServer(handler)
	t.Cleanup(s.server.Close)
	s.flags = []string{
		"--data", t.TempDir(), "--wechat.app-id", a.AppID, "--wechat.secret", a.Secret, "--wechat.token", a.Token,
		"--wechat.aes-key", a.AESKey, "--wechat.template", sandbox.DefaultTemplate, "--wechat.api", s.url, "--base-url", s.server.URL,
	}
	return s
}

// doctor runs it with more flags, of which the last of a name counts.
func (s *sick) doctor(t *testing.T, more ...string) (said string, ok bool) {
	t.Helper()
	said, ok = runBinary(t, append(append([]string{"doctor"}, s.flags...), more...)...)
	a := sandboxAccount("")
	for _, secret := range []string{a.Secret, a.Token, a.AESKey, "wrong-secret-0123456789"} {
		if strings.Contains(said, secret) {
			t.Errorf("doctor shows a secret:\n%s", said)
		}
	}
	return said, ok
}

func TestDoctor_NamesWhatIsWrongAndTheRemedy(t *testing.T) {
	t.Parallel()
	s := newSick(t)
	if said, ok := s.doctor(t); !ok || strings.Contains(said, "✗") || !strings.Contains(said, "✓  clock") {
		t.Fatalf("a healthy account, ok %v:\n%s", ok, said)
	}
	for name, c := range map[string]struct {
		fault sandbox.Fault
		flags []string
		says  []string
	}{
		"wrong secret":         {flags: []string{"--wechat.secret", "wrong-secret-0123456789"}, says: []string{"✗  token", "AppSecret 错误"}},
		"wrong secret, 40125":  {fault: sandbox.Fault{Path: "/cgi-bin/stable_token", ErrCode: 40125}, says: []string{"✗  token", "40125", "AppSecret 错误"}},
		"address not listed":   {fault: sandbox.Fault{Path: "/cgi-bin/stable_token", ErrCode: 40164}, says: []string{"✗  token", "40164", "IP 白名单"}},
		"missing template":     {flags: []string{"--wechat.template", "NOT-THERE"}, says: []string{"✗  template", "NOT-THERE", "--wechat.template"}},
		"quota used up":        {fault: sandbox.Fault{Path: "/cgi-bin/openapi/quota/get", Body: `{"errcode":0,"quota":{"daily_limit":100000,"used":100000,"remain":0}}`}, says: []string{"✗  quota", "100000", "midnight"}},
		"callback not reached": {flags: []string{"--base-url", "http://127.0.0.1:1"}, says: []string{"✗  callback", "not reachable", "服务器配置"}},
		"callback, wrong key":  {flags: []string{"--wechat.token", "another-token"}, says: []string{"✗  callback", "403", "--wechat.token"}},
		"WeChat not reached":   {flags: []string{"--wechat.api", "http://127.0.0.1:1"}, says: []string{"✗  token", "✗  clock", "reaches http://127.0.0.1:1"}},
		"redis not reached":    {flags: []string{"--redis", "redis://:geheim12@127.0.0.1:1"}, says: []string{"✗  redis", "--redis"}},
	} {
		t.Run(name, func(t *testing.T) {
			defer s.ClearFaults()
			if err := s.Dial(c.fault); err != nil {
				t.Fatal(err)
			}
			said, ok := s.doctor(t, c.flags...)
			if ok || !strings.Contains(said, "checks failed") {
				t.Errorf("doctor is content:\n%s", said)
			}
			for _, part := range c.says {
				if !strings.Contains(said, part) {
					t.Errorf("doctor does not say %q:\n%s", part, said)
				}
			}
		})
	}
}

func TestDoctor_SeesADatabaseOfAnotherAccountAndStampsNone(t *testing.T) {
	t.Parallel()
	s := newSick(t)
	data := t.TempDir()
	if said, ok := s.doctor(t, "--data", data); !ok || !strings.Contains(said, "new database") {
		t.Errorf("ok %v:\n%s", ok, said)
	}
	startWorldIn(t, data, freeAddress(t)).stop(t) // had doctor stamped it, this would be refused
	if said, ok := s.doctor(t, "--data", data); ok || !strings.Contains(said, "✗  account") || !strings.Contains(said, "belongs to sandbox") {
		t.Errorf("ok %v:\n%s", ok, said)
	}
}

func TestCommands_VersionMigrateAndPasswordsInErrors(t *testing.T) {
	t.Parallel()
	if said, ok := runBinary(t, "version"); !ok || !strings.HasPrefix(said, "hongyan ") {
		t.Errorf("version said, ok %v: %s", ok, said)
	}
	data := t.TempDir()
	for range 2 {
		if said, ok := runBinary(t, "migrate", "--data", data); !ok || !strings.Contains(said, "current schema") {
			t.Errorf("migrate said, ok %v: %s", ok, said)
		}
	}
	said, ok := runBinary(t, "migrate", "--data", data, "--database", "postgres://hongyan:geheim12345@127.0.0.1:1/x")
	if ok || strings.Contains(said, "geheim12345") {
		t.Errorf("migrate said, ok %v: %s", ok, said)
	}
}

// TestVerifyFiles_ServesThoseOfWeChatAndNoOthers
func TestVerifyFiles_ServesThoseOfWeChatAndNoOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir+"/MP_verify_aB3.txt", "aB3")
	write(t, dir+"/secret.txt", "no")
	w := startWorld(t, "--verify-files", dir)
	var got string
	if w.get("/MP_verify_aB3.txt", &got); got != "aB3" {
		t.Errorf("got %q", got)
	}
	for _, path := range []string{"/secret.txt", "/MP_verify_none.txt", "/MP_verify_..%2Fsecret.txt", "/MP_verify_aB3.txt.lock"} {
		resp, err := http.Get(w.base + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s answered %s", path, resp.Status)
		}
	}
}
