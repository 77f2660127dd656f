package push

import (
	"context"
	"time"

	"hongyan/store"
)

type queue struct{}
type confirmer struct{}

func newDeliveryQueue(s *Service) *queue { return nil }
func newCallbackQueue(s *Service) *queue { return nil }
func newConfirmer(s *Service) *confirmer { return nil }

type newCallback struct {
	App              AppID
	Action, EventKey string
	User             UserID
	Body             []byte
	Born             bool
	Pending          *Pending
}

func (s *Service) enqueueCallback(tx *store.Tx, c newCallback) error   { panic("seam") }
func (s *Service) RunDeliveries(ctx context.Context, ch Channel) error { panic("seam") }
func (s *Service) RunCallbacks(ctx context.Context, ch Channel) error  { panic("seam") }
func (s *Service) RunFanout(ctx context.Context) error                 { panic("seam") }
func (s *Service) Confirm(ctx context.Context, msgid int64, ok bool, status string) error {
	panic("seam")
}
func (s *Service) Pause(ctx context.Context, until time.Time, reason string) error { panic("seam") }
func (s *Service) Resume(ctx context.Context) error                                { panic("seam") }
func (s *Service) SweepUnconfirmed(ctx context.Context) (int, error)               { panic("seam") }
func (s *Service) Retain(ctx context.Context) (int, error)                         { panic("seam") }
func (s *Service) JoinParked(ctx context.Context) (int, error)                     { panic("seam") }
func (s *Service) Hold(on bool)                                                    { panic("seam") }
