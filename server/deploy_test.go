package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// settings are the names that the command line knows.
type settings struct{ flags, envs, commands []string }

func readSettings(t *testing.T) (s settings) {
	t.Helper()
	parser, err := kong.New(&commandLine{}, kong.DefaultEnvars("HONGYAN"))
	if err != nil {
		t.Fatal(err)
	}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch n := node.(type) {
		case *kong.Flag:
			s.flags, s.envs = append(s.flags, n.Name), append(s.envs, n.Envs...)
		case *kong.Node:
			s.commands = append(s.commands, n.Name)
		}
		return next(nil)
	})
	if err != nil || len(s.flags) < 30 || len(s.commands) < 5 {
		t.Fatalf("settings %v, %v", s, err)
	}
	return s
}

var (
	flagName = regexp.MustCompile(`(?:^|[\s"'\[(/` + "`" + `])--([a-z][a-z0-9.-]*)`)
	envName  = regexp.MustCompile(`\bHONGYAN_[A-Z0-9_]+`)
	// commandName is what stands behind the program's name where it is called.
	commandName = regexp.MustCompile(`(?:^|[` + "`" + `/ ])hongyan ([a-z]+)`)
)

// foreign are flags of other programs and of the container images in use.
var foreign = []string{
	"build", "from", "chown", "interval", "timeout", "start-period", "save", "appendonly", "maxmemory", "maxmemory-policy", // Docker, Redis
	"system", "no-create-home", "shell", "user-group", "now", "clean", "if-exists", // useradd, systemctl, pg_restore
}

// TestDeploy_EverySettingExists that the files for operators name.
func TestDeploy_EverySettingExists(t *testing.T) {
	known := readSettings(t)
	var files []string
	for _, pattern := range []string{"../deploy/*", "../docs/run*.md", "../docs/faq*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) < 2 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	seen := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for what, pattern := range map[string]*regexp.Regexp{"flag": flagName, "variable": envName} {
			names := append(slices.Clone(known.flags), foreign...)
			if what == "variable" {
				names = known.envs
			}
			for _, m := range pattern.FindAllStringSubmatch(text, -1) {
				seen++
				if name := m[len(m)-1]; !slices.Contains(names, name) {
					t.Errorf("%s: there is no %s %q", file, what, name)
				}
			}
		}
		if strings.HasSuffix(file, ".md") {
			for _, m := range commandName.FindAllStringSubmatch(strings.ReplaceAll(text, "-u hongyan ", ""), -1) {
				seen++
				if !slices.Contains(known.commands, m[1]) {
					t.Errorf("%s: there is no command %q", file, m[1])
				}
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d names found", seen)
	}
}

// composed is what these tests look at in compose.yaml.
type composed struct {
	Services map[string]struct {
		Command     []string
		Environment map[string]string
		Secrets     []string
		Volumes     []string
		Networks    []string
		Restart     string
		Grace       time.Duration                         `yaml:"stop_grace_period"`
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		HealthCheck struct{ Test []string }
	}
	Networks map[string]struct {
		Internal bool
		IPAM     struct {
			Config []struct{ Subnet, Gateway string }
		}
	}
	Volumes map[string]any
	Secrets map[string]struct{ File string }
}

func readCompose(t *testing.T) (c composed) {
	t.Helper()
	raw, err := os.ReadFile("../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDeploy_ComposeHoldsTogether: what a service names is defined, what
// the server waits for has a health check, and its settings are accepted.
func TestDeploy_ComposeHoldsTogether(t *testing.T) {
	c := readCompose(t)
	for name, s := range c.Services {
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File != "secrets/"+secret {
				t.Errorf("%s: secret %s is not in secrets/", name, secret)
			}
		}
		for _, network := range s.Networks {
			if _, defined := c.Networks[network]; !defined {
				t.Errorf("%s: no network %s", name, network)
			}
		}
		for _, volume := range s.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if _, defined := c.Volumes[source]; !defined && !strings.HasPrefix(source, "./") {
				t.Errorf("%s: no volume %s", name, source)
			}
		}
		for other, how := range s.DependsOn {
			if len(c.Services[other].HealthCheck.Test) == 0 || how.Condition != "service_healthy" {
				t.Errorf("%s waits for %s, which never gets healthy", name, other)
			}
		}
		if s.Restart != "always" {
			t.Errorf("%s: restart %q", name, s.Restart)
		}
	}
	server := c.Services["hongyan"]
	if server.Grace <= drainWithin || !c.Networks["back"].Internal {
		t.Errorf("grace %s, want more than %s; back %+v", server.Grace, drainWithin, c.Networks["back"])
	}
	if got, want := server.Environment["HONGYAN_TRUSTED_PROXIES"], c.Networks["front"].IPAM.Config[0].Gateway; got != want {
		t.Errorf("trusted proxies %s, want the host's %s", got, want)
	}
	delete(server.Environment, "PGPASSFILE")
	server.Environment["HONGYAN_LISTEN"] = "0.0.0.0:8080" // as the image says
	command := slices.Clone(server.Command)
	path := filepath.Join(t.TempDir(), "hongyan.yaml")
	if err := os.WriteFile(path, []byte(guideConfig(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	command[slices.Index(command, "/run/secrets/hongyan.yaml")] = path
	config, err := parseWith(t, "", server.Environment, command...)
	if err != nil {
		t.Fatal(err)
	}
	if err := config.check(); err != nil {
		t.Error(err)
	}
}

// TestDeploy_TheUnitIsSound by systemd's own judgement.
func TestDeploy_TheUnitIsSound(t *testing.T) {
	need(t, "systemd-analyze")
	raw, err := os.ReadFile("../deploy/hongyan.service")
	if err != nil {
		t.Fatal(err)
	}
	stop := regexp.MustCompile(`(?m)^TimeoutStopSec=(\d+)$`).FindSubmatch(raw)
	if seconds, _ := strconv.Atoi(string(stop[1])); time.Duration(seconds)*time.Second <= drainWithin {
		t.Errorf("%s, want more than %s", stop[0], drainWithin)
	}
	server, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	unit := filepath.Join(dir, "hongyan.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(raw), "/usr/local/bin/hongyan", server)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, drop := range []string{"", "../deploy/hongyan-443.conf"} {
		exposure := "15" // tenths: 1.2 when this was written, of 10
		if drop != "" {
			text, err := os.ReadFile(drop)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(unit+".d", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(unit+".d/443.conf", text, 0o600); err != nil {
				t.Fatal(err)
			}
			exposure = "20"
		}
		for _, args := range [][]string{{"verify", "--man=no", unit}, {"security", "--no-pager", "--offline=true", "--threshold=" + exposure, unit}} {
			cmd := exec.Command("systemd-analyze", args...)
			cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
			if out, err := cmd.CombinedOutput(); err != nil || args[0] == "verify" && len(out) > 0 {
				t.Errorf("%s with %q: %v\n%s", args, drop, err, out)
			}
		}
	}
}
