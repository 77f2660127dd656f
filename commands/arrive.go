package commands

import (
	"errors"

	"hongyan/push"
)

// arrive answers the personal code of somebody who comes from another
// platform.
func (c *Commands) arrive(t *push.Turn, handle string) error {
	a, err := c.push.Arrive(t, handle)
	switch {
	case errors.Is(err, push.ErrNoScene), errors.Is(err, push.ErrNoApp):
		t.Reply = unknownCode
	case errors.As(err, new(*push.Suspended)):
		t.Reply = suspended
	case err != nil:
		return err
	case a.Taken:
		t.Reply = codeTaken(a.App.Name, a.App.ID)
	case a.Rejected:
		t.Reply = rejected
	default:
		t.Reply = arrived(a.App.Name, a.App.ID, a.Topics) + ifMuted(t)
	}
	return nil
}
