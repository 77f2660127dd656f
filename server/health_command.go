package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type healthCommand struct{}

// healthWithin bounds the question, whose answer waits for the database.
const healthWithin = 4 * time.Second

// Run asks the server of this configuration whether it takes traffic, for
// whoever supervises it and has no other client: a container without a shell,
// a script. It opens no store and takes no lock.
func (*healthCommand) Run(ctx context.Context, c *Config) error {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	at := "http://" + loopbackOf(c.Listen)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("--listen %q: %w", c.Listen, err)
	}
	// Straight there: the proxy of the environment is for the way out.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if out := (*url.Error)(nil); errors.As(err, &out) {
		return fmt.Errorf("no server answers at %s: %w", at, out.Err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 200))
	if err != nil {
		return fmt.Errorf("ask %s: %w", at, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s is not ready: %s", at, strings.TrimSpace(string(said)))
	}
	fmt.Println("ready")
	return nil
}
