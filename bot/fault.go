package bot

import (
	"errors"
	"fmt"
	"strings"

	"hongyan/oa"
)

// fault is the answer to an event that could not be handled. Somebody who
// wrote or tapped is told to do it again; every other event is an error, so
// that WeChat repeats it. Where the change may yet succeed, nothing is said to
// a writer: doing it again would do it twice.
func (b *Bot) fault(ev oa.Event, err error) (oa.Reply, error) {
	if !said(ev) {
		return nil, err
	}
	b.log.Error("could not answer a follower", "error", err)
	if errors.Is(err, errSlow) {
		return nil, nil
	}
	return oa.TextReply{Content: busy}, nil
}

// said reports whether a follower wrote or tapped, and so reads the answer.
func said(ev oa.Event) bool {
	switch ev.(type) {
	case *oa.Text, *oa.Voice, *oa.Image, *oa.Video, *oa.Location, *oa.Link, *oa.Click:
		return true
	}
	return false
}

// kindOf names the kind of ev, such as Text.
func kindOf(ev oa.Event) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", ev), "*oa.")
}
