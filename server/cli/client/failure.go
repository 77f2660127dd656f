package client

import (
	"fmt"
	"strings"
)

// The exit codes of the commands.
const (
	codeUnable   = 1 // wrong usage, or no answer from the server
	codeRefused  = 2 // the server said no
	codePartly   = 3 // sent, but some receivers failed
	codeTimedOut = 4 // --wait ended before the message did
)

// exitCodes is that table for --help.
const exitCodes = `Exit codes:

	0  all receivers were accepted; with --wait, and for status, none failed
	1  wrong usage, or the server did not answer
	2  the server refused it (token, limit, invalid, unknown); nothing was sent
	3  some receivers failed
	4  --wait took longer than --timeout`

// Failure is an error with its exit code and what to do about it.
type Failure struct {
	Code int
	Text string
	Do   string // empty when the text says it
}

// Error is the text, and what to do on a line of its own.
func (f *Failure) Error() string {
	if f.Do == "" {
		return f.Text
	}
	return f.Text + "\n  → " + f.Do
}

// ExitCode is what the process ends with.
func (f *Failure) ExitCode() int { return f.Code }

func usage(format string, args ...any) *Failure {
	return &Failure{Code: codeUnable, Text: fmt.Sprintf(format, args...)}
}

// lines joins what an answer lists, one a line.
func lines(all []string) string { return "\n  " + strings.Join(all, "\n  ") }
