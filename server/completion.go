package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"hongyan/server/cli/client"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help tells how to switch it on.
func (*completionCommand) Help() string {
	return `For this and every later shell:

	bash: echo 'source <(hongyan completion bash)' >>~/.bashrc
	zsh:  echo 'source <(hongyan completion zsh)' >>~/.zshrc
	fish: hongyan completion fish >~/.config/fish/completions/hongyan.fish`
}

// Run prints the script. It asks this program for the words at every key, so
// it never grows old.
func (c *completionCommand) Run() error {
	fmt.Print(completionScripts[c.Shell])
	return nil
}

var completionScripts = map[string]string{
	"bash": `_hongyan() {
	local IFS=$'\n' line
	COMPREPLY=()
	for line in $("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
		COMPREPLY+=("${line%%$'\t'*}")
	done
}
complete -o default -F _hongyan hongyan
`,
	"zsh": `#compdef hongyan
_hongyan() {
	local line
	local -a found
	for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
		[[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	if (( $#found )); then
		_describe hongyan found
	else
		_files
	fi
}
if (( ! $+functions[compdef] )); then
	autoload -Uz compinit && compinit
fi
compdef _hongyan hongyan
`,
	"fish": `function __hongyan_words
	set -l words (commandline -opc) (commandline -ct)
	command $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c hongyan -n 'test -n "$(__hongyan_words)"' -f -a '(__hongyan_words)'
`,
}

// wordsCommand is what the scripts call.
type wordsCommand struct {
	Words []string `arg:"" optional:"" help:"The words so far, the last one unfinished."`
}

// topicsWithin bounds the question for topics: whoever pressed the key waits.
const topicsWithin = time.Second

// Run prints what could stand in the place of the last word, each with a tab
// and what it means behind it. It prints nothing where a file belongs.
func (w *wordsCommand) Run(ctx context.Context, k *kong.Context, at client.Place) error {
	if len(w.Words) == 0 {
		return nil
	}
	last := len(w.Words) - 1
	node, flag, args := readLine(k.Model.Node, w.Words[:last])
	for _, one := range candidates(ctx, node, flag, args, w.Words[last], at) {
		if strings.HasPrefix(one.word, w.Words[last]) {
			fmt.Printf("%s\t%s\n", one.word, one.meaning)
		}
	}
	return nil
}

type candidate struct{ word, meaning string }

// readLine finds the command that words name, the flag that still wants its
// value, and how many arguments there are.
func readLine(node *kong.Node, words []string) (_ *kong.Node, wants *kong.Flag, args int) {
	for _, word := range words {
		if wants != nil {
			wants = nil
			continue
		}
		if name, ok := strings.CutPrefix(word, "--"); ok {
			if f := flagOf(node, name); f != nil && !f.IsBool() {
				wants = f // "--name=value" is no flag's name and wants nothing
			}
			continue
		}
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == word })
		if i < 0 || args > 0 {
			args++
			continue
		}
		node = node.Children[i]
	}
	return node, wants, args
}

// shownFlags are those that help shows for the command.
func shownFlags(node *kong.Node) (all []*kong.Flag) {
	for n := node; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			if !f.Hidden && (n.Type != kong.ApplicationNode || f.Name == "help" || node.Type != kong.ApplicationNode && reads(node, f.Name)) {
				all = append(all, f)
			}
		}
	}
	return all
}

func flagOf(node *kong.Node, name string) *kong.Flag {
	for n := node; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			if f.Name == name {
				return f
			}
		}
	}
	return nil
}

func candidates(ctx context.Context, node *kong.Node, wants *kong.Flag, args int, word string, at client.Place) (all []candidate) {
	if wants != nil {
		return valuesOf(ctx, wants.Value, at)
	}
	if strings.HasPrefix(word, "-") {
		for _, f := range shownFlags(withDefault(node)) {
			all = append(all, candidate{"--" + f.Name, f.Help})
		}
		return all
	}
	if args == 0 {
		for _, n := range node.Children {
			if !n.Hidden {
				all = append(all, candidate{n.Name, n.Help})
			}
		}
	}
	if args < len(node.Positional) {
		all = append(all, valuesOf(ctx, node.Positional[args], at)...)
	}
	return all
}

// withDefault is the command that runs when nothing more is said. The program
// itself stays: its flags are the server's, which are many.
func withDefault(node *kong.Node) *kong.Node {
	if node.Type != kong.ApplicationNode && node.DefaultCmd != nil {
		return node.DefaultCmd
	}
	return node
}

// valuesOf are what a flag or argument can be.
func valuesOf(ctx context.Context, v *kong.Value, at client.Place) (all []candidate) {
	if v.Tag.Get("complete") == "topics" {
		ctx, cancel := context.WithTimeout(ctx, topicsWithin)
		defer cancel()
		for number, name := range client.TopicNames(ctx, at) {
			all = append(all, candidate{number, name})
		}
		return all
	}
	for _, one := range v.EnumSlice() {
		all = append(all, candidate{one, ""})
	}
	return all
}
