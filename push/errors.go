package push

import "errors"

// The conditions callers test with errors.Is. Their texts are for logs; what
// people read is chosen by whoever answers them.
var (
	// ErrToken: no app has this token.
	ErrToken = errors.New("unknown app token")
	// ErrNoApp: there is no such app, or it was deleted.
	ErrNoApp = errors.New("no such app")
	// ErrNoTopic: there is no such topic, or it was deleted.
	ErrNoTopic = errors.New("no such topic")
	// ErrNoLogo: there is no such picture of an app.
	ErrNoLogo = errors.New("no such logo")
	// ErrNoUser: there is no user with this id.
	ErrNoUser = errors.New("no such user")
	// ErrTicketUsed: the browser's ticket signed somebody in already.
	ErrTicketUsed = errors.New("the ticket was used already")
	// ErrNoDoor: the app has no page of its own for followers, or the user has
	// nothing to do with the app.
	ErrNoDoor = errors.New("no page of the app for this user")
	// ErrNoScene: no code has this handle.
	ErrNoScene = errors.New("no such scene")
	// ErrNoText: no text is kept under this number, or no longer.
	ErrNoText = errors.New("no such kept text")
	// ErrNoMessage: nothing was sent under this id, it was removed, or it is
	// too old to be shown.
	ErrNoMessage = errors.New("no such message")
	// ErrNoFollower: the app has no such record in its list of followers.
	ErrNoFollower = errors.New("no such follower")
	// ErrNoScheduled: no scheduled send has this key, or no longer.
	ErrNoScheduled = errors.New("no such scheduled send")
	// ErrScheduledDone: the scheduled send was made, or failed, and can be
	// neither changed nor cancelled.
	ErrScheduledDone = errors.New("the scheduled send is over")
	// ErrRejected: the app's owner does not want this follower.
	ErrRejected = errors.New("rejected by the app")
	// ErrNotFollowing: the follower does not follow this app.
	ErrNotFollowing = errors.New("not following the app")
	// ErrTooFast: too many upstream messages in a short time.
	ErrTooFast = errors.New("too many upstream messages")
	// ErrOtherOrigin: the app's followers were read from another place before.
	ErrOtherOrigin = errors.New("the followers of this app come from another app or platform")
	// ErrOtherMode: the database belongs to another mode or official account.
	ErrOtherMode = errors.New("the database belongs to another account")
	// ErrOtherKey: the server key is not the one this database was made with.
	ErrOtherKey = errors.New("the server key is not the one this database was made with")
)

// Invalid is input refused before anything was written. Text is a Chinese
// sentence with the rule and the value's size; it never repeats the value.
type Invalid struct {
	Field string // as on the wire
	Text  string
}

// Error returns the sentence.
func (e *Invalid) Error() string { return e.Text }
