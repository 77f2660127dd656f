package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// flagGroups are the headings under which help shows settings and commands.
var flagGroups = []kong.Group{
	{Key: "use", Title: "Commands for those who send:"},
	{Key: "run", Title: "Commands for those who run a server:"},
	{Key: "server", Title: "Server:"},
	{Key: "database", Title: "Database:"},
	{Key: "wechat", Title: "WeChat:"},
	{Key: "pay", Title: "WeChat Pay:"},
	{Key: "sandbox", Title: "Sandbox:"},
	{Key: "limits", Title: "Limits, sending and callbacks:"},
}

// settingsOf are the flags of Config that a command reads. They can be given to
// every command, as one environment and one file serve them all, but help and
// completion show those that matter. A command that is missing here reads all;
// a name with a dot at its end stands for all that begin so.
var settingsOf = map[string][]string{
	"send":       {"data"},
	"status":     {"data"},
	"topics":     {"data"},
	"clock":      {"data"},
	"listen":     {"data"},
	"completion": {},
	"version":    {},
	"backup":     {"config", "data", "database"},
	"restore":    {"config", "data", "database", "secret-file", "wechat.app-id"},
	"migrate":    {"config", "data", "database"},
	"apps":       {"config", "data", "database", "secret-file", "wechat.app-id", "callback.allow", "listen"},
	"app":        {"config", "data", "database", "secret-file", "wechat.app-id", "callback.allow", "listen"},
	"admin":      {"config", "data", "database", "secret-file", "wechat.app-id", "base-url", "listen"},
	"health":     {"config", "listen"},
	"resume":     {"config", "data", "database", "secret-file", "wechat.app-id"},
	"import":     {"config", "data", "database", "secret-file", "base-url", "listen", "wechat.app-id"},
	"sandbox":    {"config", "data", "listen", "base-url", "profile", "sandbox-public", "log-format", "log-level"},
}

// reads tells whether the command reads the setting.
func reads(command *kong.Node, setting string) bool {
	names, some := settingsOf[topCommand(command)]
	return !some || slices.ContainsFunc(names, func(name string) bool {
		return name == setting || strings.HasSuffix(name, ".") && strings.HasPrefix(setting, name)
	})
}

// topCommand is the first word of a command, empty for the program itself.
func topCommand(n *kong.Node) string {
	for n != nil && n.Parent != nil && n.Parent.Type != kong.ApplicationNode {
		n = n.Parent
	}
	if n == nil || n.Type == kong.ApplicationNode {
		return ""
	}
	return n.Name
}

// printHelp shows of the settings those that the command reads, and none for
// the program as a whole, whose help is the list of its commands.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	selected := ctx.Selected()
	for _, flag := range ctx.Model.Flags {
		if flag.Name != "help" {
			flag.Hidden = selected == nil || !reads(selected, flag.Name)
		}
	}
	if selected == nil {
		ctx.Model.Help += " Without a command it runs the server, whose settings are listed by: hongyan serve --help"
	}
	return kong.DefaultHelpPrinter(options, ctx)
}
