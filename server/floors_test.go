package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// floors is the house of docs/design.md: a package imports only what stands
// on a lower floor.
var floors = map[string]int{
	"oa": 0, "oa/sandbox/pay": 0, "store": 0, "store/cache": 0, "store/limit": 0, "store/filelock": 0, "store/migrations": 0, "push/content": 0, "push/logo": 0, "server/ui": 0, "server/cli/connection": 0, "server/cli/term": 0,
	"push": 1, "oa/sandbox": 1,
	"push/wechat": 2, "push/callback": 2, "push/session": 2, "billing": 2,
	"billing/wechatpay": 3, "commands": 3,
	"bot":        4,
	"server/api": 5, "server/api/v1": 5, "server/console": 5, "server/page": 5, "server/demo": 5, "server/cli": 5, "server/cli/client": 5, "server/cli/listen": 5, "server/cli/wxpusher": 5,
	"server": 6,
}

// within are the imports a floor has inside itself.
var within = map[string]string{"store": "store/migrations", "server/api": "server/api/v1"}

// testOnly packages are imported by tests and by nothing else.
var testOnly = map[string]bool{"store/storetest": true, "server/browsertest": true}

// tools are programs of their own below scripts; nothing imports them.
func isTool(pkg string) bool { return strings.HasPrefix(pkg, "scripts/") }

func TestFloors_ImportsRunDownhill(t *testing.T) {
	for _, p := range listPackages(t) {
		if testOnly[p.name] || isTool(p.name) {
			continue
		}
		floor, known := floors[p.name]
		if !known {
			t.Errorf("package %s stands on no floor: give it one here and in docs/design.md", p.name)
			continue
		}
		for _, dep := range p.imports {
			switch {
			case testOnly[dep]:
				t.Errorf("%s imports %s, which only tests may", p.name, dep)
			case within[p.name] == dep:
			case floors[dep] >= floor:
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.name, floor, dep, floors[dep])
			}
		}
	}
}

type pkg struct {
	name    string // behind hongyan/
	imports []string
}

// listPackages reads the non-test imports of every package of the module.
func listPackages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "hongyan/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		one := pkg{name: strings.TrimPrefix(p.ImportPath, "hongyan/")}
		for _, dep := range p.Imports {
			if name, ours := strings.CutPrefix(dep, "hongyan/"); ours {
				one.imports = append(one.imports, name)
			}
		}
		all = append(all, one)
	}
	if len(all) < 10 {
		t.Fatalf("go list named only %d packages", len(all))
	}
	return all
}
