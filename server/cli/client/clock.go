package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"hongyan/server/cli/connection"
	"hongyan/server/cli/term"
)

// Clock tells the time of a sandbox server, or lets time pass there.
type Clock struct {
	Server  string `help:"Address of the server. Default: that of the sandbox whose sandbox.json is in the data folder." placeholder:"URL"`
	By      string `arg:"" optional:"" name:"span" help:"How much time passes: +72h, +10d, +2w, +1y; at most 400 days at once. Without it: what time it is there."`
	Advance string `env:"-" help:"The same as a flag." placeholder:"SPAN"`
	JSON    bool   `name:"json" env:"-" help:"Print JSON: one document, and while time passes one a line for every day."`
}

// Help says what the summary leaves out.
func (*Clock) Help() string {
	return `Only a sandbox has a clock that can be moved; the time of an official account is what it is.

Time passes in steps from one due moment to the next: jobs run at their times, scheduled messages are sent, retries are made, payments and refunds come to their end, silent products are warned and delisted. Meanwhile the server goes on working. A day takes a fraction of a second. Ctrl-C stops behind the step under way.

Time never goes back, and a restart keeps it: a new data folder begins at the real time again. Sign-ins and tokens age as they would, so after some days the console asks for a new sign-in.`
}

// clockNow is where the server's clock stands.
type clockNow struct {
	Now   time.Time `json:"now"`
	Ahead float64   `json:"aheadSeconds"`
	Error string    `json:"error,omitempty"`
}

// passedDay is a day that passed there; a line without a day ends the list.
type passedDay struct {
	Day       string         `json:"day"`
	Now       time.Time      `json:"now"`
	Steps     int            `json:"steps"`
	Jobs      int            `json:"jobs"`
	Did       map[string]int `json:"did,omitempty"`
	Failed    []string       `json:"failed,omitempty"`
	Cards     int            `json:"cards"`
	Callbacks int            `json:"callbacks"`
	Warned    []string       `json:"warned,omitempty"`
	Delisted  []string       `json:"delisted,omitempty"`
	Payments  int            `json:"payments"`
	Refunds   int            `json:"refunds"`
}

// Run tells the time, or lets it pass and prints every day.
func (c *Clock) Run(ctx context.Context, at Place) error {
	by, err := c.span()
	if err != nil {
		return err
	}
	found, err := connection.Find(at.Data, c.Server, "", defaultServer)
	if err != nil {
		return usage("--server: give scheme and host, such as http://127.0.0.1:8080")
	}
	if found.Clock == "" {
		return &Failure{codeUnable, fmt.Sprintf("no sandbox server has written its sandbox.json into %s, and no other clock can be moved", at.Data),
			"--data names the data folder of the sandbox server"}
	}
	t := target{base: found.Base}
	if by == 0 {
		return t.tellTime(ctx, found.Clock, c.JSON)
	}
	return t.passTime(ctx, found.Clock, by, c.JSON)
}

func (t *target) tellTime(ctx context.Context, address string, asJSON bool) error {
	var now clockNow
	resp, err := t.clock(ctx, address, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&now) != nil {
		return t.stranger(resp)
	}
	return now.print(term.Stdout(), asJSON)
}

// print writes where the clock stands.
func (n *clockNow) print(out *term.Screen, asJSON bool) error {
	if asJSON {
		return term.WriteJSON(out, n)
	}
	ahead := "in step with its machine"
	if d := time.Duration(n.Ahead * float64(time.Second)).Round(time.Second); d > 0 {
		ahead = spanText(d) + " ahead of its machine"
	}
	_, err := fmt.Fprintf(out, "%s in Shanghai, %s\n", n.Now.In(shanghai).Format("2006-01-02 15:04:05"), ahead)
	return err
}

var shanghai = time.FixedZone("CST", 8*3600)

// clock asks for the time, or with a body for it to pass, as long as it takes.
func (t *target) clock(ctx context.Context, address string, body []byte) (*http.Response, error) {
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, usage("sandbox.json names no address of a clock: start the server again")
	}
	client := *noRedirects
	client.Timeout = 0
	resp, err := client.Do(r)
	if err != nil {
		return nil, t.unreachable(err)
	}
	return resp, nil
}
