// Command hongyan is the whole platform in one binary: WeChat's callback, the
// developers' API, the followers' pages, the workers and the jobs.
//
// This package knows no rules. It reads the configuration (config.go), wires
// the packages below it into a node (node.go), runs and stops it (serve.go),
// and holds what only a process has: logs, health, metrics, the job table and
// the commands of its command line. Without an official account it starts
// WeChat in miniature beside itself (demo.go), so that the first minute needs
// nothing but the binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // Asia/Shanghai on machines without a time zone database

	"github.com/alecthomas/kong"
)

// commandLine is what can be typed. Every command reads the same Config.
type commandLine struct {
	Config

	Serve    serveCommand   `cmd:"" default:"withargs" help:"Run the server (the default)."`
	Sandbox  sandboxCommand `cmd:"" help:"Run WeChat in miniature as a process of its own."`
	Migrate  migrateCommand `cmd:"" help:"Bring the database to this version's schema and exit."`
	App      appCommand     `cmd:"" help:"Create an app and print its token."`
	Import   importCommand  `cmd:"" help:"Bring followers over from another platform."`
	Listener listenCommand  `cmd:"" name:"listen" help:"Bring an app's callbacks to a program on this machine."`
	Menu     menuCommand    `cmd:"" help:"Give the official account the menu whose taps the server answers."`
	Doctor   doctorCommand  `cmd:"" help:"Check configuration and surroundings and say what to do."`
	Version  versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hongyan:", err)
		os.Exit(1)
	}
}

// run parses args and runs the command they name.
func run(ctx context.Context, args []string) error {
	c, command, err := parse(ctx, args)
	if err == nil {
		err = command.Run(c)
	}
	if err != nil { // the driver of a database quotes the address it was given
		return errors.New(newMask(c.secrets()).text(err.Error()))
	}
	return nil
}

// parse reads flags, environment and file. The configuration is never nil.
func parse(ctx context.Context, args []string) (*Config, *kong.Context, error) {
	var c commandLine
	options := []kong.Option{
		kong.Name("hongyan"),
		kong.Description("鸿雁: the WeChat push and command platform you host yourself."),
		kong.DefaultEnvars("HONGYAN"),
		kong.BindTo(ctx, (*context.Context)(nil)),
	}
	if path := configPath(args); path != "" {
		file, err := readConfigFile(path)
		if err != nil {
			return &c.Config, nil, err
		}
		options = append(options, kong.Resolvers(file))
	}
	parser, err := kong.New(&c, options...)
	if err != nil {
		return &c.Config, nil, fmt.Errorf("build the command line: %w", err)
	}
	command, err := parser.Parse(args)
	return &c.Config, command, err
}
