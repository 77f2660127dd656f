package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hongyan/oa"
)

// parseWith reads a configuration from a YAML file, the environment and flags.
func parseWith(t *testing.T, yaml string, env map[string]string, args ...string) (*Config, error) {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	if yaml != "" {
		path := filepath.Join(t.TempDir(), "hongyan.yaml")
		if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", path}, args...)
	}
	c, _, err := parse(t.Context(), append(args, "serve"))
	return c, err
}

func TestConfig_FlagBeatsEnvironmentBeatsFile(t *testing.T) {
	const yaml = "listen: 127.0.0.1:1\ndata: /file\nlog-format: json\n"
	env := map[string]string{"HONGYAN_LISTEN": "127.0.0.1:2", "HONGYAN_DATA": "/env"}
	c, err := parseWith(t, yaml, env, "--listen", "127.0.0.1:3")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ what, got, want string }{
		{"flag, environment and file", c.Listen, "127.0.0.1:3"},
		{"environment and file", c.Data, "/env"},
		{"file alone", c.LogFormat, "json"},
		{"nothing", c.LogLevel, "info"},
	} {
		if one.got != one.want {
			t.Errorf("given by %s: %q, want %q", one.what, one.got, one.want)
		}
	}
}

func TestConfig_EveryNameInTheEnvironment(t *testing.T) {
	c, err := parseWith(t, "", map[string]string{
		"HONGYAN_BASE_URL": "https://push.example.com", "HONGYAN_DATABASE": "postgres://x", "HONGYAN_SECRET_FILE": "/s",
		"HONGYAN_CALLBACK_ALLOW": "10.0.0.0/8,a.example:1", "HONGYAN_PUSH_SPACING": "3s", "HONGYAN_WECHAT_APP_ID": "wx1",
		"HONGYAN_WECHAT_SECRET": "s", "HONGYAN_WECHAT_AES_KEY": "k", "HONGYAN_WECHAT_ORIGINAL_ID": "gh_1",
		"HONGYAN_WECHAT_PREVIOUS_TOKEN": "p", "HONGYAN_WECHAT_JSON": "true", "HONGYAN_WECHAT_MP": "http://mp",
		"HONGYAN_WECHAT_FIELDS": "thing1={app};time2={time}", "HONGYAN_SANDBOX_PUBLIC": "1",
	})
	if err != nil {
		t.Fatal(err)
	}
	w := c.WeChat
	if c.BaseURL != "https://push.example.com" || c.Database != "postgres://x" || c.SecretFile != "/s" || !c.SandboxPublic ||
		!slices.Equal(c.Callback.Allow, []string{"10.0.0.0/8", "a.example:1"}) || c.Push.Spacing != 3*time.Second ||
		w.AppID != "wx1" || w.Secret != "s" || w.AESKey != "k" || w.OriginalID != "gh_1" || w.PreviousToken != "p" || !w.JSON ||
		w.MP != "http://mp" || w.Fields["thing1"] != "{app}" || len(w.Fields) != 2 {
		t.Errorf("got %+v", *c)
	}
}

// TestConfig_YAMLTakesWhatPeopleWrite: lists, maps, dotted names, and values
// that look like something else.
func TestConfig_YAMLTakesWhatPeopleWrite(t *testing.T) {
	c, err := parseWith(t, `
callback:
  allow: [10.1.0.0/16, "intranet.example:8000"]
push.spacing: 2s
redis:
wechat:
  app-id: wx5a6e64b0788a97e1
  token: 0123          # no octal number
  secret: 1e10         # no float
  aes-key: "true"
  json: yes
  mode: compatible
  fields:
    thing1: "{app}; {topic}"
    time2: "{time}, {id}"
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Callback.Allow, []string{"10.1.0.0/16", "intranet.example:8000"}) || c.Push.Spacing != 2*time.Second || c.Redis != "" {
		t.Errorf("got %+v", *c)
	}
	w := c.WeChat
	if w.Token != "0123" || w.Secret != "1e10" || w.AESKey != "true" || !w.JSON || w.Mode != oa.ModeCompatible {
		t.Errorf("got %+v", w)
	}
	if len(w.Fields) != 2 || w.Fields["thing1"] != "{app}; {topic}" || w.Fields["time2"] != "{time}, {id}" {
		t.Errorf("fields %q", w.Fields)
	}
}

func TestConfig_MistakesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		yaml string
		args []string
		says []string
	}{
		"unknown key":           {yaml: "listn: 1", says: []string{`"listn"`, `did you mean "listen"`}},
		"unknown nested key":    {yaml: "wechat: {appid: x}", says: []string{`"wechat.appid"`, `did you mean "wechat.app-id"`}},
		"underscore":            {yaml: "base_url: x", says: []string{`did you mean "base-url"`}},
		"unknown flag":          {args: []string{"--wechat.appid", "x"}, says: []string{"wechat.app-id"}},
		"a command's own flag":  {yaml: "uid: UID_x", says: []string{`there is no setting "uid"`}},
		"not a map":             {yaml: "- a\n- b", says: []string{"hongyan.yaml", "listen: 127.0.0.1:8080"}},
		"broken YAML":           {yaml: "a: [", says: []string{"hongyan.yaml"}},
		"unknown value":         {args: []string{"--log-format", "xml"}, says: []string{"log-format", "text", "json"}},
		"no file":               {args: []string{"--config", "/nowhere.yaml"}, says: []string{"/nowhere.yaml"}},
		"weak mode":             {args: []string{"--wechat.mode", "none"}, says: []string{"wechat.mode"}},
		"missing settings":      {args: []string{"--wechat.app-id", "wx1"}, says: []string{"--wechat.secret --wechat.token --wechat.template --base-url --wechat.aes-key"}},
		"app-id forgotten":      {args: []string{"--wechat.secret", "s"}, says: []string{"--wechat.app-id"}},
		"base url with a path":  {args: []string{"--base-url", "https://a.example/push"}, says: []string{"--base-url"}},
		"base url, no scheme":   {args: []string{"--base-url", "a.example"}, says: []string{"--base-url"}},
		"sandbox for everybody": {args: []string{"--listen", "0.0.0.0:8080"}, says: []string{"--sandbox-public", "--wechat.app-id", "127.0.0.1"}},
		"sandbox, no host":      {args: []string{"--listen", ":8080"}, says: []string{"--sandbox-public"}},
		"sandbox by mapped v4":  {args: []string{"--listen", "[::ffff:10.0.0.1]:8080"}, says: []string{"--sandbox-public"}},
		"no port":               {args: []string{"--listen", "localhost"}, says: []string{"host:port"}},
		"odd sandbox":           {args: []string{"--sandbox-at", "http://a.example/else"}, says: []string{"--sandbox-at"}},
		"keyless outside":       {args: []string{"--sandbox-public", "--sandbox-at", "http://a.example"}, says: []string{"--sandbox-public"}},
		"account and sandbox": {args: []string{"--wechat.app-id", "wx1", "--wechat.secret", "s", "--wechat.token", "t", "--wechat.template", "x",
			"--wechat.aes-key", "k", "--base-url", "https://a.example", "--sandbox-public"}, says: []string{"--sandbox-public"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseWith(t, c.yaml, nil, c.args...)
			if err == nil {
				err = got.check()
			}
			if err == nil {
				t.Fatal("accepted")
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestConfig_LoopbackInEverySpellingIsFine(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:8080", "localhost:0", "[::1]:80", "127.9.9.9:1", "[::ffff:127.0.0.1]:80"} {
		c := &Config{Listen: listen}
		if err := c.check(); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

func TestReachedAt_NamesAnAddressThatCanBeDialled(t *testing.T) {
	for listen, want := range map[string]string{
		"0.0.0.0:80": "127.0.0.1:80", "[::]:80": "127.0.0.1:80", ":80": "127.0.0.1:80", "10.0.0.1:80": "10.0.0.1:80", "[::1]:80": "[::1]:80",
	} {
		if got := loopbackOf(listen); got != want {
			t.Errorf("%s is reached at %s, want %s", listen, got, want)
		}
	}
}

func TestSecretFile_SaysWhatItExpects(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	for name, content := range map[string]string{"short": "abcd", "not hex": strings.Repeat("zz", 32), "long": strings.Repeat("00", 33), "empty": ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := serverKey(path)
		if err == nil || !strings.Contains(err.Error(), "openssl rand -hex 32") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && content != "" && strings.Contains(err.Error(), content) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
	if _, err := serverKey(path + ".missing"); err == nil || !strings.Contains(err.Error(), "--secret-file") {
		t.Errorf("missing file: %v", err)
	}
	good := strings.Repeat("0a", 32)
	if err := os.WriteFile(path, []byte(good+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := serverKey(path); err != nil || len(key) != 32 {
		t.Errorf("good key: %d bytes, %v", len(key), err)
	}
}

// TestSecretFile_AnotherKeyIsRefusedAtStart, not at the first secret.
func TestSecretFile_AnotherKeyIsRefusedAtStart(t *testing.T) {
	t.Parallel()
	data, key := t.TempDir(), filepath.Join(t.TempDir(), "key")
	write := func(digits string) {
		if err := os.WriteFile(key, []byte(strings.Repeat(digits, 32)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("0a")
	startWorldIn(t, data, freeAddress(t), "--secret-file", key).stop(t)
	write("0b")
	if said, ok := runBinary(t, "--data", data, "--listen", freeAddress(t), "--secret-file", key); ok || !strings.Contains(said, "server key") {
		t.Errorf("another key, ok %v:\n%s", ok, said)
	}
	if said, ok := runBinary(t, "--data", data, "--listen", freeAddress(t)); ok || !strings.Contains(said, "server key") {
		t.Errorf("no key, ok %v:\n%s", ok, said)
	}
}

// TestStamp_ADatabaseServesOneAccount: cards of the sandbox must never reach
// people, nor the other way round.
func TestStamp_ADatabaseServesOneAccount(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	startWorldIn(t, data, freeAddress(t)).stop(t)
	account := realAccount("wx5a6e64b0788a97e1", "http://127.0.0.1:1")
	said, ok := runBinary(t, append(account, "--data", data, "--listen", freeAddress(t))...)
	if ok || !strings.Contains(said, `stamped "sandbox"`) || !strings.Contains(said, "--data") {
		t.Errorf("an account on the sandbox's database, ok %v:\n%s", ok, said)
	}
	data = t.TempDir()
	p := startProcess(t, append(account, "--data", data, "--listen", "127.0.0.1:0")...)
	for !strings.Contains(p.said(), "msg=ready") {
		select {
		case <-p.done:
			t.Fatalf("the account does not start:\n%s", p.said())
		case <-time.After(5 * time.Millisecond):
		}
	}
	p.stop(t)
	said, ok = runBinary(t, "--data", data, "--listen", freeAddress(t))
	if ok || !strings.Contains(said, `stamped "wx5a6e64b0788a97e1"`) {
		t.Errorf("the sandbox on an account's database, ok %v:\n%s", ok, said)
	}
}

// realAccount are the flags of an official account whose API is at api.
func realAccount(appid, api string) []string {
	return []string{
		"--wechat.app-id", appid, "--wechat.secret", "5a6e64b0788a97e15a6e64b0788a97e1", "--wechat.token", "sandboxtoken",
		"--wechat.aes-key", "sandboxsandboxsandboxsandboxsandboxsandbox0", "--wechat.template", "TEMPLATE",
		"--wechat.api", api, "--base-url", "http://127.0.0.1:1",
	}
}
