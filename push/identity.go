package push

// Row ids. They never leave the platform, except app and topic ids, which
// people type.
type (
	UserID  int64
	AppID   int64
	TopicID int64
)

// UID names a user to developers ("UID_…"), SPT lets whoever holds it push to
// its user ("SPT_…"), OpenID is WeChat's name for the user.
type (
	UID    string
	SPT    string
	OpenID string
)

// Source tells how somebody came to follow an app or a topic.
type Source string

// The sources of contract and database.
const (
	ByScan    Source = "scan"
	ByLink    Source = "link"
	ByCommand Source = "command"
	ByOrder   Source = "order"
	ByOwner   Source = "owner" // put into a topic by the app's owner
)
