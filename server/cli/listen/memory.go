package listen

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hongyan/push/callback"
	"hongyan/store/filelock"
)

// outcome is what the program made of a callback at one attempt.
type outcome struct {
	ID       string            `json:"id"`
	Attempt  int               `json:"attempt"`
	Began    time.Time         `json:"began"`
	Exchange callback.Exchange `json:"exchange"`
}

// answered reports that the program took the callback.
func (o *outcome) answered() bool { return o.Exchange.Status >= 200 && o.Exchange.Status < 300 }

// memory holds the outcomes that the server has not taken, in a file that
// survives this process: a line is written behind the last for each outcome
// and for each that may be forgotten. It is not synced to the disk, so that a
// power cut may cost what a kill does not. The file also keeps this listener's
// name, by which the server knows it again.
type memory struct {
	name string
	lock *os.File

	mu       sync.Mutex
	path     string
	file     *os.File
	lines    int
	outcomes map[string]outcome // by webhook-id
}

// line is one line of the file.
type line struct {
	Listener string   `json:"listener,omitempty"`
	Outcome  *outcome `json:"outcome,omitempty"`
	Forget   string   `json:"forget,omitempty"`
}

const (
	// keepOutcome is how long an outcome is kept that no attempt asked for
	// again; the server keeps callbacks no longer.
	keepOutcome = 7 * 24 * time.Hour
	// mostLines is when a file is written anew.
	mostLines = 1000
)

func openMemoryAt(path string) (*memory, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open the memory: %w", err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the memory: %w", err)
	}
	m := &memory{lock: lock, path: path, outcomes: make(map[string]outcome)}
	switch held, err := filelock.TryLock(lock); {
	case err != nil:
		return nil, errors.Join(err, m.close())
	case !held:
		return nil, errors.Join(errors.New("another hongyan listen of this app runs on this machine: stop it first, or give this one a state folder of its own with XDG_STATE_HOME"), m.close())
	}
	if err := m.read(); err != nil {
		return nil, errors.Join(err, m.close())
	}
	if m.name == "" {
		m.name = rand.Text()[:16]
	}
	if err := m.rewrite(); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// read reads the file. A line that a kill left unfinished is none.
func (m *memory) read() error {
	raw, err := os.ReadFile(m.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the memory: %w", err)
	}
	for text := range bytes.Lines(raw) {
		var l line
		if json.Unmarshal(text, &l) != nil {
			continue
		}
		switch {
		case l.Listener != "":
			m.name = l.Listener
		case l.Forget != "":
			delete(m.outcomes, l.Forget)
		case l.Outcome != nil && time.Since(l.Outcome.Began) < keepOutcome:
			m.outcomes[l.Outcome.ID] = *l.Outcome
		}
	}
	return nil
}

// rewrite replaces the file by one with what is still remembered. The caller
// holds mu or is alone.
func (m *memory) rewrite() error {
	all := []line{{Listener: m.name}}
	for _, o := range m.outcomes {
		all = append(all, line{Outcome: &o})
	}
	var text bytes.Buffer
	for _, l := range all {
		if err := json.NewEncoder(&text).Encode(l); err != nil {
			return fmt.Errorf("write the memory: %w", err)
		}
	}
	if err := os.WriteFile(m.path+".new", text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the memory: %w", err)
	}
	if err := os.Rename(m.path+".new", m.path); err != nil {
		return fmt.Errorf("write the memory: %w", err)
	}
	if m.file != nil {
		_ = m.file.Close()
	}
	var err error
	if m.file, err = os.OpenFile(m.path, os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return fmt.Errorf("write the memory: %w", err)
	}
	m.lines = len(all)
	return nil
}

// remember keeps an outcome until forget.
func (m *memory) remember(o *outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outcomes[o.ID] = *o
	return m.write(line{Outcome: o})
}

// forget drops what is kept for a callback.
func (m *memory) forget(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, kept := m.outcomes[id]; !kept {
		return nil
	}
	delete(m.outcomes, id)
	return m.write(line{Forget: id})
}

func (m *memory) write(l line) error {
	if m.lines > mostLines && m.lines > 4*len(m.outcomes) {
		return m.rewrite()
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write the memory: %w", err)
	}
	if _, err := m.file.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("write the memory: %w", err)
	}
	m.lines++
	return nil
}

// of is the outcome that serves for a claimed callback: the program answered
// it, no replay has asked for it since, and the server did not take that
// answer. What failed at an earlier attempt is tried again.
func (m *memory) of(it *item) (o outcome, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok = m.outcomes[it.ID]
	if !ok || o.Attempt <= it.Before || o.Attempt != it.Attempt && !o.answered() {
		return outcome{}, false
	}
	o.Attempt = it.Attempt
	return o, true
}

// all are the outcomes of an earlier process.
func (m *memory) all() (all []outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.outcomes {
		all = append(all, o)
	}
	return all
}

func (m *memory) close() error {
	var errs []error
	if m.file != nil {
		errs = append(errs, m.file.Close())
	}
	return errors.Join(append(errs, m.lock.Close())...)
}
