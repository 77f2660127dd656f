package oa

import "time"

// Privacy is a data-protection event: user_info_modified,
// user_authorization_revoke or user_authorization_cancellation.
type Privacy struct {
	head
	UserOpenID string
	UnionID    string
	AppID      string
	RevokeInfo string
}

// Certification concerns the account itself: qualification, naming, annual
// renewal, expiry. When it lapses, so does the right to send.
type Certification struct {
	head
	Expires    time.Time // zero unless given
	FailedAt   time.Time // zero unless given
	FailReason string
}

// Session is a customer-service session opened, closed or handed on
// (kf_create_session, kf_close_session, kf_switch_session).
type Session struct {
	head
	Account     string // KfAccount, or who hands the session on
	NextAccount string
}
