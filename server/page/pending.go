package page

import (
	"context"
	"errors"
	"time"

	"hongyan/push/content"
)

// Page is a message as its follower may read it.
type Page struct {
	Title, AppName     string
	AppID              int64
	Summary, Body, URL string
	Kind               content.Kind
	SentAt             time.Time
	Deleted            bool
}

// Open finds the message behind a handle.
type Open func(ctx context.Context, handle string) (Page, error)

// ErrNoMessage says that there is no message behind the handle.
var ErrNoMessage = errors.New("no message")
