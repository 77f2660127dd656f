package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// configFile feeds kong from a YAML file. The environment is stronger, which
// kong would otherwise turn around.
type configFile struct {
	path   string
	values map[string]any // string, []any of strings, or a map like this one
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
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		return nil, fmt.Errorf("read --config %s: %w", path, err)
	}
	f := &configFile{path: path, values: map[string]any{}}
	if len(document.Content) == 0 {
		return f, nil // an empty file
	}
	values, ok := literal(document.Content[0]).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read --config %s: expected settings such as \"listen: 127.0.0.1:8080\"", path)
	}
	f.values = values
	return f, nil
}

// literal keeps scalars as they are written: a token 0123 is no octal number.
func literal(n *yaml.Node) any {
	switch n.Kind {
	case yaml.AliasNode:
		return literal(n.Alias)
	case yaml.SequenceNode:
		list := []any{}
		for _, one := range n.Content {
			list = append(list, literal(one))
		}
		return list
	case yaml.MappingNode:
		values := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			values[n.Content[i].Value] = literal(n.Content[i+1])
		}
		return values
	}
	if n.Tag == "!!null" {
		return nil
	}
	return n.Value
}

// Validate refuses keys that are no settings and names the nearest one. What
// belongs to one command, such as a receiver, does not stand in a file.
func (f *configFile) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, flag := range app.Flags {
		known[flag.Name] = true
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

// Resolve gives a setting its value from the file unless the environment has
// one. A name may be nested (wechat: {token: …}) or written out (wechat.token: …).
func (f *configFile) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !slices.Contains(ctx.Model.Flags, flag) {
		return nil, nil
	}
	for _, env := range flag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	return find(f.values, flag.Name), nil
}

func find(values map[string]any, name string) any {
	if value, ok := values[name]; ok {
		return value
	}
	outer, rest, ok := strings.Cut(name, ".")
	if !ok {
		return nil
	}
	inner, _ := values[outer].(map[string]any)
	return find(inner, rest)
}

// nearest is the known name with the least edit distance.
func nearest(name string, known map[string]bool) string {
	names := make([]string, 0, len(known))
	for one := range known {
		names = append(names, one)
	}
	slices.Sort(names)
	return slices.MinFunc(names, func(a, b string) int { return distance(name, a) - distance(name, b) })
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
