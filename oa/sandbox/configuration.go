package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
)

// A rule set is what one call is judged by: settings and the faults dialled
// in. It is never changed, only replaced, so that a call reads it unlocked.
type ruleSet struct {
	Settings
	faults []*dialled
}

type configuration struct {
	mu   sync.Mutex // serialises replacement
	now  atomic.Pointer[ruleSet]
	base Settings // without what the faults overlay
	dial Overlay
}

func (c *configuration) init(s Settings) {
	c.base = s
	c.now.Store(&ruleSet{Settings: s})
}

func (c *configuration) get() *ruleSet { return c.now.Load() }

// replace installs what base, the overlay and the faults make together.
// The caller holds mu.
func (c *configuration) replace(faults []*dialled) {
	next := &ruleSet{Settings: c.base, faults: faults}
	c.dial.apply(&next.Settings)
	c.now.Store(next)
}

// Settings returns the settings in force.
func (s *Sandbox) Settings() Settings { return s.config.get().Settings }

// Set replaces the settings.
func (s *Sandbox) Set(next Settings) error {
	if err := next.Validate(); err != nil {
		return err
	}
	s.config.mu.Lock()
	defer s.config.mu.Unlock()
	s.config.base = next
	s.config.replace(s.config.get().faults)
	s.touch()
	return nil
}

// Change replaces the settings a JSON object names. Unknown names are refused.
func (s *Sandbox) Change(object []byte) error {
	next := s.baseSettings()
	quotas := make(map[string]int64, len(next.Quotas))
	for path, limit := range next.Quotas {
		quotas[path] = limit
	}
	next.Quotas = quotas
	next.AllowIPs, next.BlockedWords, next.BannedTemplates = clip(next.AllowIPs), clip(next.BlockedWords), clip(next.BannedTemplates)
	next.Pay = next.Pay.Clone()
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(&next); err != nil {
		return fmt.Errorf("%w: %w", ErrSetting, err)
	}
	return s.Set(next)
}

// clip returns a copy, so that decoding into it leaves the original alone.
func clip(list []string) []string { return append([]string(nil), list...) }

func (s *Sandbox) baseSettings() Settings {
	s.config.mu.Lock()
	defer s.config.mu.Unlock()
	return s.config.base
}

// UseProfile chooses a profile; how callbacks are written stays as it is.
func (s *Sandbox) UseProfile(name string) error {
	next, err := Profile(name)
	if err != nil {
		return err
	}
	old := s.baseSettings()
	next.CallbackMode, next.CallbackJSON = old.CallbackMode, old.CallbackJSON
	return s.Set(next)
}
