package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"text/template"
)

//go:embed snippets
var snippetFiles embed.FS

// language is what can be copied in one language: for each file the line that
// runs it.
type language struct {
	key, name     string
	push, receive [2]string // file and line; receive may be empty
	hint          string    // instead of a receiver
}

var languages = []language{
	{"curl", "curl", [2]string{"push.sh", "sh push.sh"}, [2]string{}, wordsCurlReceives},
	{"python", "Python", [2]string{"push.py", "python3 push.py"}, [2]string{"receive.py", "python3 receive.py"}, ""},
	{"node", "Node", [2]string{"push.mjs", "node push.mjs"}, [2]string{"receive.mjs", "node receive.mjs"}, ""},
	{"go", "Go", [2]string{"push.go", "go run push.go"}, [2]string{"receive.go", "go run receive.go"}, ""},
	{"java", "Java", [2]string{"Push.java", "java Push.java"}, [2]string{"Receive.java", "java Receive.java"}, ""},
}

// guide is the code to copy: what each language has, and how callbacks are led
// to a receiver.
type guide struct {
	Tabs []tab
	Move *snippet
}

// tab is a language as the page shows it.
type tab struct {
	Key, Name     string
	Push, Receive *snippet
	Hint          string
	Chosen        bool
}

// snippet is a file to copy.
type snippet struct{ File, Run, Code string }

// filled are the values that snippets speak of.
type filled struct {
	Values
	Secret, Send, Endpoint string
	Receiver, Host, Port   string
	CurlBody, Bearer       string
	EndpointBody           string
}

// fill makes the code to copy, with the values in it.
func (d *Demo) fill(v Values) (g guide, err error) {
	t := d.trusted.Load()
	if t == nil {
		return g, errors.New("fill in the code to copy: the secret of callbacks is not known")
	}
	host, port, err := net.SplitHostPort(d.o.Receiver)
	if err != nil {
		return g, fmt.Errorf("fill in the code to copy: %w", err)
	}
	f := &filled{
		Values: v, Secret: t.secret, Send: d.o.BaseURL + sendPath, Endpoint: d.o.BaseURL + "/api/v1" + endpointPath,
		Receiver: d.o.Receiver, Host: host, Port: port, Bearer: "Authorization: Bearer " + v.Token,
		EndpointBody: inJSON(map[string]string{"url": "http://" + d.o.Receiver + "/"}),
		CurlBody: pretty(message{AppToken: v.Token, Content: wordsCurlContent, Summary: wordsCurlSummary, ContentType: 3,
			UIDs: []string{v.UID}, TopicIDs: []int64{v.Topic}}),
	}
	parsed, err := template.New("").Funcs(template.FuncMap{"quote": inJSON, "sh": inShell}).ParseFS(snippetFiles, "snippets/*.tmpl")
	if err != nil {
		return g, fmt.Errorf("read the code to copy: %w", err)
	}
	for i, l := range languages {
		one := tab{Key: l.key, Name: l.name, Hint: l.hint, Chosen: i == 0}
		if one.Push, err = write(parsed, l.push, f); err != nil {
			return g, err
		}
		if one.Receive, err = write(parsed, l.receive, f); err != nil {
			return g, err
		}
		g.Tabs = append(g.Tabs, one)
	}
	g.Move, err = write(parsed, [2]string{"endpoint.sh", "sh endpoint.sh"}, f)
	return g, err
}

func write(parsed *template.Template, file [2]string, f *filled) (*snippet, error) {
	if file[0] == "" {
		return nil, nil
	}
	var code bytes.Buffer
	if err := parsed.ExecuteTemplate(&code, file[0]+".tmpl", f); err != nil {
		return nil, fmt.Errorf("fill in %s: %w", file[0], err)
	}
	return &snippet{file[0], file[1], strings.TrimSuffix(code.String(), "\n")}, nil
}

// inJSON is a value as JSON, whose strings Python, JavaScript, Go and Java
// read as their own.
func inJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // strings and numbers
	return strings.TrimSuffix(b.String(), "\n")
}

// inShell is a word of a command line.
func inShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
