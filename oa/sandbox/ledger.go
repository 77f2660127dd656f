package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// A Card is one line of the ledger: a card that reached a phone.
type Card struct {
	OpenID      string `json:"openid"`
	ClientMsgID string `json:"client_msg_id"`
	MsgID       int64  `json:"msgid"`
	At          int64  `json:"at"` // Unix milliseconds
	Digest      uint64 `json:"-"`
}

// The ledger is written card by card, each with one write, so that a killed
// process leaves at most half a line. Without a folder it stays in memory.
type ledger struct {
	mu     sync.Mutex
	file   *os.File
	path   string
	memory [][]byte // full pages, and the one being filled
	line   []byte
	count  int64
	failed error
}

const ledgerPage = 64 << 10

// openLedger opens the folder's ledger and hands its late cards to remember.
func openLedger(dir string, remember func(Card)) (*ledger, error) {
	l := &ledger{}
	if dir == "" {
		return l, nil
	}
	l.path = filepath.Join(dir, "ledger.ndjson")
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	l.file = file
	if err := l.replay(remember); err != nil {
		return nil, errors.Join(fmt.Errorf("read ledger: %w", err), file.Close())
	}
	return l, nil
}

// replayed is how much of the ledger's end is read at start: more cards than
// ten minutes can hold.
const replayed = 64 << 20

// replay reads the end of the file. A last line without its end is closed, so
// that the next card does not continue it.
func (l *ledger) replay(remember func(Card)) error {
	size, err := l.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	from := max(size-replayed, 0)
	lines := bufio.NewScanner(io.NewSectionReader(l.file, from, size-from))
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for lines.Scan() {
		var card Card
		if json.Unmarshal(lines.Bytes(), &card) == nil {
			l.count++
			remember(card)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	var last [1]byte
	if size > 0 {
		if _, err := l.file.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			_, err = l.file.Write([]byte{'\n'})
		}
	}
	return err
}

// put writes one card.
func (l *ledger) put(c Card) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if l.file != nil {
		l.line = c.append(l.line[:0])
		if _, err := l.file.Write(l.line); err != nil && l.failed == nil {
			l.failed = err
		}
		return
	}
	if n := len(l.memory); n == 0 || len(l.memory[n-1]) > ledgerPage-1024 {
		l.memory = append(l.memory, make([]byte, 0, ledgerPage))
	}
	last := len(l.memory) - 1
	l.memory[last] = c.append(l.memory[last])
}

func (c *Card) append(out []byte) []byte {
	out = append(out, `{"openid":`...)
	out = appendString(out, c.OpenID)
	out = append(out, `,"client_msg_id":`...)
	out = appendString(out, c.ClientMsgID)
	out = append(out, `,"msgid":`...)
	out = strconv.AppendInt(out, c.MsgID, 10)
	out = append(out, `,"at":`...)
	out = strconv.AppendInt(out, c.At, 10)
	out = append(out, `,"digest":"`...)
	out = appendHex(appendHex(out, uint32(c.Digest>>32)), uint32(c.Digest))
	return append(out, "\"}\n"...)
}

// WriteTo writes the whole ledger as NDJSON. What is put meanwhile may or may
// not be in it.
func (l *ledger) WriteTo(w io.Writer) (int64, error) {
	if l.path != "" {
		file, err := os.Open(l.path)
		if err != nil {
			return 0, err
		}
		defer file.Close()
		return io.Copy(w, file)
	}
	l.mu.Lock()
	pages := make([]io.Reader, len(l.memory))
	for i, page := range l.memory {
		pages[i] = bytes.NewReader(page)
	}
	l.mu.Unlock()
	return io.Copy(w, io.MultiReader(pages...))
}

// sync puts the ledger on disk and says whether every card was written.
func (l *ledger) sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil || l.failed != nil {
		return l.failed
	}
	return l.file.Sync()
}

// Ledger lists the cards that reached phones, oldest first.
func (s *Sandbox) Ledger() ([]Card, error) {
	var text bytes.Buffer
	if _, err := s.ledger.WriteTo(&text); err != nil {
		return nil, err
	}
	var list []Card
	for line := range bytes.Lines(text.Bytes()) {
		var card Card
		if err := json.Unmarshal(line, &card); err == nil {
			list = append(list, card)
		}
	}
	return list, nil
}

// remember puts a card of the last run back into the memory of sends.
func (s *Sandbox) remember(c Card) {
	s.msgids.Store(max(s.msgids.Load(), c.MsgID))
	if c.ClientMsgID == "" {
		return
	}
	sh := s.crowd.shard(c.OpenID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.sent.put(sentKey{c.OpenID, c.ClientMsgID}, sentCard{msgid: c.MsgID, at: c.At}, 10*time.Minute)
}
