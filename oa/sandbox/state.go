package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// A snapshot is the sandbox without its users.
type snapshot struct {
	Settings  Settings         `json:"settings"`
	Offset    time.Duration    `json:"clockOffset"`
	Tokens    *tokenSet        `json:"tokens,omitempty"`
	Codes     []*qrCode        `json:"codes"`
	Templates []Template       `json:"templates"`
	Menu      json.RawMessage  `json:"menu,omitempty"`
	Used      map[string]int64 `json:"used"`
	Day       int64            `json:"day"`
	Month     string           `json:"month"`
	Cleared   int64            `json:"cleared"`
	Reports   []report         `json:"reports"`
	MsgID     int64            `json:"msgid"`
}

// A savedMember is one line of the followers' file.
type savedMember struct {
	OpenID      string       `json:"openid"`
	Following   bool         `json:"following,omitempty"`
	Name        string       `json:"name,omitempty"`
	Blocking    bool         `json:"blocking,omitempty"`
	Since       int64        `json:"since,omitempty"`
	Via         string       `json:"via,omitempty"`
	Scene       string       `json:"scene,omitempty"`
	SaidUntil   int64        `json:"saidUntil,omitempty"`
	Said        int          `json:"said,omitempty"`
	TappedUntil int64        `json:"tappedUntil,omitempty"`
	Tapped      int          `json:"tapped,omitempty"`
	Chat        []savedEntry `json:"chat,omitempty"`
}

type savedEntry struct {
	Kind  string          `json:"kind"`
	At    int64           `json:"at"`
	Text  string          `json:"text,omitempty"`
	Title string          `json:"title,omitempty"`
	URL   string          `json:"url,omitempty"`
	Card  json.RawMessage `json:"card,omitempty"`
	Items []Choice        `json:"items,omitempty"`
	MsgID int64           `json:"msgid,omitempty"`
}

const (
	stateFile     = "sandbox-state.json"
	followersFile = "sandbox-followers.ndjson"
	// saveEvery is the least distance of two saves. A save that took long
	// makes the next one wait longer, so that saving stays below a fiftieth
	// of the time.
	saveEvery = 2 * time.Second
	saveShare = 50
)

// saveWhileChanging saves whenever something changed, until ctx ends.
func (s *Sandbox) saveWhileChanging(ctx context.Context) {
	if s.o.Dir == "" {
		return
	}
	saved, wait := s.changed.Load(), saveEvery
	for pause(ctx, wait) {
		now := s.changed.Load()
		if now == saved {
			wait = saveEvery
			continue
		}
		began := time.Now()
		if err := s.save(); err != nil {
			s.log.Error("sandbox state not saved", "error", err)
		} else {
			saved = now
		}
		wait = max(saveEvery, time.Since(began)*saveShare)
	}
}

// save writes the state files, each whole or not at all.
func (s *Sandbox) save() error {
	if s.o.Dir == "" {
		return nil
	}
	err := writeWhole(filepath.Join(s.o.Dir, stateFile), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(s.snapshot())
	})
	return errors.Join(err, writeWhole(filepath.Join(s.o.Dir, followersFile), s.writeMembers))
}

// writeWhole replaces a file by what fill writes, after it is on disk.
func writeWhole(path string, fill func(io.Writer) error) error {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	w := bufio.NewWriterSize(file, 256<<10)
	err = errors.Join(fill(w), w.Flush(), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

func (s *Sandbox) snapshot() *snapshot {
	out := &snapshot{
		Settings: s.baseSettings(), Offset: time.Duration(s.clock.offset.Load()), Tokens: s.tokens.set.Load(),
		Templates: s.templates.list(), Used: map[string]int64{}, Reports: s.reports.pending(), MsgID: s.msgids.Load(),
		Codes: s.codes.latest(maxCodes * 2),
	}
	out.Day = wxDay(s.clock.Now(), out.Settings.QuotaResetMinutes)
	if menu := s.menu.Load(); menu != nil {
		out.Menu = *menu
	}
	for path, r := range s.routes {
		r.used.today(out.Day)
		if n := r.used.used.Load(); n > 0 {
			out.Used[path] = n
		}
	}
	s.quotas.mu.Lock()
	out.Month, out.Cleared = s.quotas.month, s.quotas.cleared
	s.quotas.mu.Unlock()
	return out
}

// writeMembers writes the users, oldest first, without stopping the others.
func (s *Sandbox) writeMembers(w io.Writer) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, openid := range s.crowd.all() {
		var line savedMember
		if !s.crowd.with(openid, func(_ *shard, m *member) { line = m.saved() }) {
			continue
		}
		if err := lines.Encode(&line); err != nil {
			return err
		}
	}
	return nil
}

func (m *member) saved() savedMember {
	out := savedMember{OpenID: m.openid, Name: m.name, Following: m.following, Blocking: m.blocking, Since: m.since, Via: m.via, Scene: m.scene,
		SaidUntil: m.windows.saidUntil, Said: m.windows.said, TappedUntil: m.windows.tappedUntil, Tapped: m.windows.tapped}
	for _, e := range m.chat {
		out.Chat = append(out.Chat, savedEntry{Kind: e.kind, At: e.at, Text: e.text, Title: e.title, URL: e.url, Card: e.card, Items: e.items, MsgID: e.msgid})
	}
	return out
}

// load reads what save wrote. Files that are not there are a new sandbox.
func (s *Sandbox) load() error {
	if s.o.Dir == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(s.o.Dir, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	state := snapshot{Settings: s.config.base}
	if err := json.Unmarshal(text, &state); err != nil {
		return fmt.Errorf("read %s: %w", stateFile, err)
	}
	s.restore(&state)
	return s.loadMembers()
}

// restore takes the state over. What the options say of the account stands
// above what was saved, and so does a profile they name.
func (s *Sandbox) restore(state *snapshot) {
	if s.o.Profile == "" || s.o.Profile == state.Settings.Profile {
		state.Settings.CallbackMode, state.Settings.CallbackJSON = s.o.Mode, s.o.JSON
		if state.Settings.Validate() == nil {
			s.config.init(state.Settings)
		}
	}
	if !s.o.OneClock {
		s.clock.offset.Store(int64(state.Offset))
	}
	if state.Tokens != nil {
		s.tokens.set.Store(state.Tokens)
	}
	for i := len(state.Codes) - 1; i >= 0; i-- {
		s.codes.put(state.Codes[i])
	}
	for _, t := range state.Templates {
		s.templates.add(t)
	}
	if state.Menu != nil {
		menu := []byte(state.Menu)
		s.menu.Store(&menu)
	}
	for path, n := range state.Used {
		if r := s.routes[path]; r != nil {
			r.used.day.Store(state.Day)
			r.used.used.Store(n)
		}
	}
	s.quotas.month, s.quotas.cleared = state.Month, state.Cleared
	for _, f := range state.Reports {
		s.reports.put(f, f.Due, 0, true)
	}
	s.msgids.Store(max(s.msgids.Load(), state.MsgID))
}

func (s *Sandbox) loadMembers() error {
	file, err := os.Open(filepath.Join(s.o.Dir, followersFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read followers: %w", err)
	}
	defer file.Close()
	lines := json.NewDecoder(bufio.NewReaderSize(file, 256<<10))
	for {
		var line savedMember
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read %s: %w", followersFile, err)
		}
		s.crowd.add(line.member())
	}
}

func (l *savedMember) member() *member {
	m := &member{openid: l.OpenID, name: l.Name, following: l.Following, blocking: l.Blocking, since: l.Since, via: l.Via, scene: l.Scene,
		windows: windows{saidUntil: l.SaidUntil, said: l.Said, tappedUntil: l.TappedUntil, tapped: l.Tapped}}
	for _, e := range l.Chat {
		m.chat = append(m.chat, entry{kind: e.Kind, at: e.At, text: e.Text, title: e.Title, url: e.URL, card: e.Card, items: e.Items, msgid: e.MsgID})
	}
	return m
}
