package pay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A line of the journal is the whole state of what changed; the last line of
// a thing counts.
type line struct {
	Order  *order  `json:"order,omitempty"`
	Refund *refund `json:"refund,omitempty"`
	Notice *notice `json:"notice,omitempty"`
}

// The journal is written line by line, each with one write, so that a killed
// process leaves at most half a line. Without a folder nothing is written.
type journal struct {
	file *os.File
}

const journalFile = "pay.ndjson"

// write puts changes into the book and the journal. The caller holds the lock,
// so nobody hears of them in between. What could not be written stays in the
// book, so that a repeat of the call meets it.
func (p *Platform) write(lines ...line) error {
	for _, l := range lines {
		p.book.put(l)
	}
	p.changed()
	if p.journal.file != nil {
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		for _, l := range lines {
			if err := e.Encode(l); err != nil {
				return fmt.Errorf("pay journal: %w", err)
			}
		}
		if _, err := p.journal.file.Write(text.Bytes()); err != nil {
			return fmt.Errorf("pay journal: %w", err)
		}
	}
	return nil
}

// load reads the journal, writes it anew without what is over, and plans what
// is still to be done.
func (p *Platform) load() error {
	if p.o.Dir == "" {
		return nil
	}
	path := filepath.Join(p.o.Dir, journalFile)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read pay journal: %w", err)
	}
	for row := range bytes.Lines(text) {
		var l line
		if json.Unmarshal(row, &l) == nil { // the last one may be half
			p.book.put(l)
		}
	}
	if err := p.compact(path); err != nil {
		return fmt.Errorf("write pay journal: %w", err)
	}
	p.replan()
	return nil
}

func (p *Platform) compact(path string) error {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	if err := errors.Join(p.book.writeTo(w), w.Flush(), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	p.journal.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

func (b *book) writeTo(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, r := range b.refunds { // before the orders that name them
		if err := e.Encode(line{Refund: r}); err != nil {
			return err
		}
	}
	for _, o := range b.list {
		if err := e.Encode(line{Order: o}); err != nil {
			return err
		}
	}
	for _, n := range b.undone {
		if err := e.Encode(line{Notice: n}); err != nil {
			return err
		}
	}
	return nil
}

// replan makes the agenda of what the journal left undone.
func (p *Platform) replan() {
	for _, o := range p.book.list {
		if o.State == statePaying {
			p.plan(due{at: o.Settles, order: o})
		}
	}
	for _, r := range p.book.refunds {
		if r.Status == refundProcessing {
			p.plan(due{at: r.Settles, refund: r})
		}
	}
	for _, n := range p.book.undone {
		p.plan(due{at: n.Next, notice: n})
	}
}

// Sync puts the journal on disk.
func (p *Platform) Sync() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.journal.file == nil {
		return nil
	}
	return p.journal.file.Sync()
}
