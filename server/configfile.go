package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// configFile feeds kong from a YAML file. The environment is stronger, which
// kong would otherwise turn around.
type configFile struct {
	path   string
	values map[string]any
}

// configPath finds --config before kong runs, since the file takes part in
// the parsing.
func configPath(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			return value
		}
		if arg == "--config" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return os.Getenv("HONGYAN_CONFIG")
}

func readConfigFile(path string) (*configFile, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read --config: %w", err)
	}
	f := &configFile{path: path}
	if err := yaml.Unmarshal(raw, &f.values); err != nil {
		return nil, fmt.Errorf("read --config %s: %w", path, err)
	}
	return f, nil
}

// Validate refuses keys that no flag has and names the nearest one.
func (f *configFile) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	return f.check("", f.values, known)
}

func (f *configFile) check(prefix string, values map[string]any, known map[string]bool) error {
	for key, value := range values {
		name := prefix + key
		if known[name] {
			continue
		}
		if inner, ok := value.(map[string]any); ok && hasPrefix(known, name+".") {
			if err := f.check(name+".", inner, known); err != nil {
				return err
			}
			continue
		}
		return fmt.Errorf("%s: there is no setting %q; did you mean %q?", f.path, name, nearest(name, known))
	}
	return nil
}

func hasPrefix(names map[string]bool, prefix string) bool {
	for name := range names {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// Resolve gives a flag its value from the file unless the environment has one.
func (f *configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	var value any = f.values
	for part := range strings.SplitSeq(flag.Name, ".") {
		inner, ok := value.(map[string]any)
		if !ok {
			return nil, nil
		}
		if value, ok = inner[part]; !ok {
			return nil, nil
		}
	}
	return plain(value), nil
}

// plain turns what YAML gives into what kong takes: lists and maps in the
// form of its flags.
func plain(value any) any {
	switch v := value.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = fmt.Sprint(one)
		}
		return strings.Join(parts, ",")
	case map[string]any:
		parts := make([]string, 0, len(v))
		for key, one := range v {
			parts = append(parts, key+"="+fmt.Sprint(one))
		}
		sort.Strings(parts)
		return strings.Join(parts, ";")
	}
	return fmt.Sprint(value)
}

// nearest is the known name with the least edit distance.
func nearest(name string, known map[string]bool) string {
	names := make([]string, 0, len(known))
	for one := range known {
		names = append(names, one)
	}
	sort.Strings(names)
	best, least := "", len(name)+64
	for _, one := range names {
		if d := distance(name, one); d < least {
			best, least = one, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
