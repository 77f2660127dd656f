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

	"hongyan/server/cli/client"
)

// commandLine is what can be typed. Every command reads the same Config.
type commandLine struct {
	Config

	Send       client.Send       `cmd:"" group:"use" help:"Send a message."`
	Status     client.Status     `cmd:"" group:"use" help:"Tell how the server is, or what became of a message."`
	Topics     client.Topics     `cmd:"" group:"use" help:"List, create, rename and delete the app's topics."`
	Clock      client.Clock      `cmd:"" group:"use" help:"Tell a sandbox's time, or let time pass there."`
	Listen     listenCommand     `cmd:"" group:"use" help:"Bring an app's callbacks to a program on this machine."`
	Completion completionCommand `cmd:"" group:"use" help:"Print a script that completes commands in your shell."`

	Serve   serveCommand   `cmd:"" group:"run" default:"withargs" help:"Run the server (the default)."`
	Sandbox sandboxCommand `cmd:"" group:"run" help:"Run WeChat in miniature as a process of its own."`
	Migrate migrateCommand `cmd:"" group:"run" help:"Bring the database to this version's schema and exit."`
	Apps    appsCommand    `cmd:"" group:"run" help:"List apps, or create one."`
	App     appCommand     `cmd:"" hidden:"" help:"Create an app and print its token (apps create)."`
	Backup  backupCommand  `cmd:"" group:"run" help:"Copy the database, beside a running server too."`
	Restore restoreCommand `cmd:"" group:"run" help:"Put a backup in the place of the database."`
	Admin   adminCommand   `cmd:"" group:"run" help:"Print a link by which whoever opens it becomes administrator."`
	Import  importCommand  `cmd:"" group:"run" help:"Bring followers over from another platform."`
	Menu    menuCommand    `cmd:"" group:"run" help:"Give the official account the menu whose taps the server answers."`
	Resume  resumeCommand  `cmd:"" group:"run" help:"End a pause of sending whose cause is mended."`
	Doctor  doctorCommand  `cmd:"" group:"run" help:"Check configuration and surroundings and say what to do."`
	Health  healthCommand  `cmd:"" group:"run" help:"Ask the running server whether it takes traffic, for supervisors."`
	Version versionCommand `cmd:"" group:"run" help:"Print the version."`
	Words   wordsCommand   `cmd:"" hidden:"" name:"__complete" passthrough:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hongyan:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode is what a script learns of err: 1, unless it says something else.
// Kong has a number of its own for wrong usage, which is 1 here.
func exitCode(err error) int {
	var coded kong.ExitCoder
	var usage *kong.ParseError
	if errors.As(err, &usage) || !errors.As(err, &coded) {
		return 1
	}
	return coded.ExitCode()
}

// masked is an error whose text shows no secret.
type masked struct {
	text string
	code int
}

func (m *masked) Error() string { return m.text }

// ExitCode is that of the error behind it.
func (m *masked) ExitCode() int { return m.code }

// run parses args and runs the command they name.
func run(ctx context.Context, args []string) error {
	c, command, err := parse(ctx, args)
	if err == nil {
		err = command.Run(c, client.Place{Data: c.Data})
	}
	if err != nil { // the driver of a database quotes the address it was given
		return &masked{newMask(c.secrets()).text(err.Error()), exitCode(err)}
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
		kong.ExplicitGroups(flagGroups),
		kong.Help(printHelp),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
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
