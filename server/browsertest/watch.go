package browsertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	logevents "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// A log is what a page did that its author may not have meant.
type log struct {
	mu       sync.Mutex
	faults   []string // errors and warnings on the console, exceptions
	dialogs  []string // alert, confirm, prompt
	requests []string // addresses that were fetched
}

// add takes one event of the browser.
func (l *log) add(event any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			l.faults = append(l.faults, fmt.Sprintf("console.%s", e.Type))
		}
	case *runtime.EventExceptionThrown:
		l.faults = append(l.faults, "exception: "+e.ExceptionDetails.Text)
	case *logevents.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			l.faults = append(l.faults, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *page.EventJavascriptDialogOpening:
		l.dialogs = append(l.dialogs, e.Message)
	case *network.EventRequestWillBeSent:
		l.requests = append(l.requests, e.Request.URL)
	}
}

// Requests returns the addresses the page fetched, itself included.
func (p *Page) Requests() []string {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return slices.Clone(p.log.requests)
}

// Faults returns what the page wrote to the console as an error or a warning.
func (p *Page) Faults() []string {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return slices.Clone(p.log.faults)
}

// Dialogs returns the messages of the dialogs the page opened.
func (p *Page) Dialogs() []string {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return slices.Clone(p.log.dialogs)
}

// WantQuiet fails the test if the page wrote errors or opened dialogs.
func (p *Page) WantQuiet() {
	p.t.Helper()
	if got := p.Faults(); len(got) > 0 {
		p.t.Errorf("console says %d things:\n%s", len(got), strings.Join(got, "\n"))
	}
	if got := p.Dialogs(); len(got) > 0 {
		p.t.Errorf("page opened dialogs: %q", got)
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}
