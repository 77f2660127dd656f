package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"hongyan/oa/sandbox/pay"
)

// A Fault makes calls go wrong. Path limits it to one path; Times to so many
// calls (0 is until cleared); Ratio to a share of them (0 is all).
//
// With Delivered the call does its work first and only the answer goes wrong,
// which is what makes a time-out ambiguous.
type Fault struct {
	Path      string  `json:"path,omitempty"`
	Times     int64   `json:"times,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"`
	Delivered bool    `json:"delivered,omitempty"`

	ErrCode   int    `json:"errcode,omitempty"`
	ErrMsg    string `json:"errmsg,omitempty"`
	Code      string `json:"code,omitempty"`      // the code of a path under /v3/, with errmsg and status
	Status    int    `json:"status,omitempty"`    // HTTP status, alone or with another fault
	LatencyMs int    `json:"latencyMs,omitempty"` // before anything else
	Body      string `json:"body,omitempty"`      // answered as it stands
	HTML      bool   `json:"html,omitempty"`      // an error page of some proxy
	Truncate  bool   `json:"truncate,omitempty"`  // half of the answer, then the connection ends
	Cut       bool   `json:"cut,omitempty"`       // the connection ends without an answer
	Hang      bool   `json:"hang,omitempty"`      // no answer until the caller gives up
	SlowMs    int    `json:"slowMs,omitempty"`    // between two bytes of the answer
	Huge      bool   `json:"huge,omitempty"`      // 4 MiB of answer

	Overlay
}

// A dialled fault counts down the calls it still spoils.
type dialled struct {
	Fault
	left atomic.Int64
}

// ErrFault says that a fault makes no sense.
var ErrFault = errors.New("bad fault")

// Validate says what is wrong with f.
func (f *Fault) Validate() error {
	switch {
	case f.Ratio < 0 || f.Ratio > 1:
		return fmt.Errorf("%w: ratio %g is not within 0 and 1", ErrFault, f.Ratio)
	case f.Times < 0:
		return fmt.Errorf("%w: times %d is negative", ErrFault, f.Times)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("%w: status %d is not within 200 to 599", ErrFault, f.Status)
	case f.Path != "" && !strings.HasPrefix(f.Path, "/"):
		return fmt.Errorf("%w: path %q does not begin with /", ErrFault, f.Path)
	}
	base := pay.Real()
	if _, err := base.Over(f.Pay); err != nil {
		return fmt.Errorf("%w: %w", ErrFault, err)
	}
	return nil
}

// spoils says whether f does anything to calls, beside its overlay.
func (f *Fault) spoils() bool {
	return f.ErrCode != 0 || f.Code != "" || f.Status != 0 || f.LatencyMs != 0 || f.Body != "" || f.HTML ||
		f.Truncate || f.Cut || f.Hang || f.SlowMs != 0 || f.Huge
}

// Dial adds a fault to those that stand; what it overlays replaces what an
// earlier one overlaid.
func (s *Sandbox) Dial(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	if f.KillTokens {
		s.tokens.kill(s.clock.Now(), f.ErrCode)
		f.ErrCode = 0
	}
	s.config.mu.Lock()
	defer s.config.mu.Unlock()
	faults := s.config.get().faults
	if f.spoils() {
		d := &dialled{Fault: f}
		d.left.Store(f.Times)
		faults = append(faults[:len(faults):len(faults)], d)
	}
	s.config.dial.merge(f.Overlay)
	s.config.replace(faults)
	return nil
}

// ClearFaults takes back every fault.
func (s *Sandbox) ClearFaults() {
	s.config.mu.Lock()
	defer s.config.mu.Unlock()
	s.config.dial = Overlay{}
	s.config.replace(nil)
}

// Faults lists the faults that still stand.
func (s *Sandbox) Faults() []Fault {
	list := []Fault{}
	for _, d := range s.config.get().faults {
		f := d.Fault
		if f.Times > 0 {
			if f.Times = d.left.Load(); f.Times <= 0 {
				continue
			}
		}
		list = append(list, f)
	}
	return list
}

// fault picks the first standing fault that meets a call of path.
func (s *Sandbox) fault(rules *ruleSet, path string) *Fault {
	for _, d := range rules.faults {
		if d.Path != "" && d.Path != path {
			continue
		}
		if d.Ratio > 0 && !s.dice.Chance(d.Ratio) {
			continue
		}
		if d.Times > 0 && d.left.Add(-1) < 0 {
			continue
		}
		return &d.Fault
	}
	return nil
}
