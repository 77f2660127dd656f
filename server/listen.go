package main

import (
	"context"
	"os"

	"hongyan/server/cli/listen"
)

type listenCommand struct {
	listen.Command `embed:""`
}

// Run brings callbacks to a program of the user until ctx ends.
func (l *listenCommand) Run(ctx context.Context, c *Config) error {
	return l.Command.Run(ctx, c.Data, os.Stdout)
}
