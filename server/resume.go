package main

import (
	"context"
	"fmt"
)

type resumeCommand struct{}

// Run ends the account's pause, for an operator who mended its cause and does
// not want to wait: a quota that was cleared, a template that was changed. It
// works beside a running server, which goes on within seconds, and may be
// repeated; if the cause still stands, WeChat's next refusal pauses again.
func (*resumeCommand) Run(ctx context.Context, c *Config) error {
	s, close, err := c.openPush(ctx)
	if err != nil {
		return err
	}
	defer close()
	if err := s.Resume(ctx); err != nil {
		return err
	}
	fmt.Println("sending goes on")
	return nil
}
