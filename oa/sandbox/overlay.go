package sandbox

import (
	"maps"

	"hongyan/oa/sandbox/pay"
)

// An Overlay changes settings for as long as the faults stand.
type Overlay struct {
	DropFinish      *float64 `json:"dropFinish,omitempty"`
	DuplicateFinish *float64 `json:"duplicateFinish,omitempty"`
	EarlyFinish     *float64 `json:"earlyFinish,omitempty"`
	ReorderFinish   *float64 `json:"reorderFinish,omitempty"`
	FailFinish      *float64 `json:"failFinish,omitempty"`
	FinishStatus    *string  `json:"finishStatus,omitempty"`
	BusyDelivered   *float64 `json:"busyDelivered,omitempty"`
	CutDelivered    *float64 `json:"cutDelivered,omitempty"`
	HangDelivered   *float64 `json:"hangDelivered,omitempty"`
	// KillTokens makes every token given out so far die at once.
	KillTokens bool `json:"killTokens,omitempty"`
	// Pay lies over the settings of WeChat Pay.
	Pay pay.Dial `json:"pay,omitempty"`
}

func (o *Overlay) apply(s *Settings) {
	set(&s.DropFinish, o.DropFinish)
	set(&s.DuplicateFinish, o.DuplicateFinish)
	set(&s.EarlyFinish, o.EarlyFinish)
	set(&s.ReorderFinish, o.ReorderFinish)
	set(&s.FailFinish, o.FailFinish)
	set(&s.FinishStatus, o.FinishStatus)
	set(&s.BusyDelivered, o.BusyDelivered)
	set(&s.CutDelivered, o.CutDelivered)
	set(&s.HangDelivered, o.HangDelivered)
	if over, err := s.Pay.Over(o.Pay); err == nil { // Dial has tried it
		s.Pay = over
	}
}

// merge takes over what later sets.
func (o *Overlay) merge(later Overlay) {
	take(&o.DropFinish, later.DropFinish)
	take(&o.DuplicateFinish, later.DuplicateFinish)
	take(&o.EarlyFinish, later.EarlyFinish)
	take(&o.ReorderFinish, later.ReorderFinish)
	take(&o.FailFinish, later.FailFinish)
	take(&o.FinishStatus, later.FinishStatus)
	take(&o.BusyDelivered, later.BusyDelivered)
	take(&o.CutDelivered, later.CutDelivered)
	take(&o.HangDelivered, later.HangDelivered)
	if len(later.Pay) > 0 {
		both := maps.Clone(o.Pay)
		if both == nil {
			both = pay.Dial{}
		}
		maps.Copy(both, later.Pay)
		o.Pay = both
	}
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func take[T any](field **T, value *T) {
	if value != nil {
		*field = value
	}
}
