package sandbox

import (
	"errors"
	"fmt"

	"hongyan/oa"
	"hongyan/oa/sandbox/pay"
)

// Settings are what WeChat does and does not say it does. Every unknown of
// the platform is a field; a Profile fills them all. Names ending in Ms are
// milliseconds; ratios lie between 0 and 1; a limit of 0 is none.
type Settings struct {
	Profile string `json:"profile"`

	// Callbacks. Attempts counts the first one too. With OverlapMs the next
	// attempt starts that long after the last one started although it is
	// still open; otherwise SpacingMs after the last one ended.
	CallbackMode      oa.Mode `json:"callbackMode"`
	CallbackJSON      bool    `json:"callbackJSON"`
	CallbackTimeoutMs int     `json:"callbackTimeoutMs"`
	CallbackAttempts  int     `json:"callbackAttempts"`
	CallbackSpacingMs int     `json:"callbackSpacingMs"`
	CallbackOverlapMs int     `json:"callbackOverlapMs"`
	CallbackPool      int     `json:"callbackPool"`
	// CallbackDuplicate is how often an answered callback is sent again.
	CallbackDuplicate float64 `json:"callbackDuplicate"`
	// Noise is how often a document carries what the tables do not name:
	// unknown nodes, empty CDATA where a number stands, a control character.
	Noise float64 `json:"noise"`
	// MenuID says how a tapped menu message gives its id: given, zero, empty
	// or absent.
	MenuID string `json:"menuID"`

	// Tokens.
	TokenSeconds         int   `json:"tokenSeconds"`
	TokenOverlapSeconds  int   `json:"tokenOverlapSeconds"`
	StableForcePerDay    int   `json:"stableForcePerDay"`
	StableForceSpacingMs int   `json:"stableForceSpacingMs"`
	TokenDeathCode       int   `json:"tokenDeathCode"` // 40001, 40014, 42001; 0 is the natural one
	ClearQuotaPerMonth   int64 `json:"clearQuotaPerMonth"`

	// The account. AllowIPs refuses other callers with 40164; AccountCode
	// refuses every call (48004, 50002, …); TokenCode refuses tokens (89503).
	AllowIPs    []string `json:"allowIPs"`
	AccountCode int      `json:"accountCode"`
	TokenCode   int      `json:"tokenCode"`

	// Quotas by path and Beijing day. QuotaEarly answers 45009 after so many
	// sends whatever the counter says.
	Quotas            map[string]int64 `json:"quotas"`
	QuotaEarly        int64            `json:"quotaEarly"`
	QuotaResetMinutes int              `json:"quotaResetMinutes"`
	BusyCounts        bool             `json:"busyCounts"` // a -1 answer uses quota

	// Rates of template sends.
	SoftRate     int64   `json:"softRate"`    // a second; above it -1
	MaxInFlight  int64   `json:"maxInFlight"` // all calls; above it -1
	LatencyMinMs int     `json:"latencyMinMs"`
	LatencyMaxMs int     `json:"latencyMaxMs"`
	BusyRatio    float64 `json:"busyRatio"` // -1, not delivered
	// BusyDelivered, CutDelivered and HangDelivered are sends that arrive and
	// whose answer is -1, a cut connection, or none at all.
	BusyDelivered float64 `json:"busyDelivered"`
	CutDelivered  float64 `json:"cutDelivered"`
	HangDelivered float64 `json:"hangDelivered"`

	// Template messages.
	CheckFields     bool     `json:"checkFields"`
	CheckTemplate   bool     `json:"checkTemplate"`
	CheckKeys       bool     `json:"checkKeys"` // every key of the template must be given
	CheckFollow     bool     `json:"checkFollow"`
	UnfollowedCode  int      `json:"unfollowedCode"` // 43004 or 40003
	UserPerMinute   int      `json:"userPerMinute"`  // above it 43117
	RepeatSeconds   int      `json:"repeatSeconds"`  // same card again: 40241
	BlockedWords    []string `json:"blockedWords"`   // 40249
	BannedTemplates []string `json:"bannedTemplates"`
	// ClientMsgIDAnswer to a repeated client_msg_id: same (0 and the old
	// msgid), new (0 and a new msgid), error (ClientMsgIDCode).
	ClientMsgIDSeconds int    `json:"clientMsgIDSeconds"`
	ClientMsgIDAnswer  string `json:"clientMsgIDAnswer"`
	ClientMsgIDCode    int    `json:"clientMsgIDCode"`
	ClientMsgIDMax     int    `json:"clientMsgIDMax"`   // bytes
	ClientMsgIDASCII   bool   `json:"clientMsgIDASCII"` // only letters, digits, - and _

	// Finish reports.
	FinishMinMs     int     `json:"finishMinMs"`
	FinishMaxMs     int     `json:"finishMaxMs"`
	DropFinish      float64 `json:"dropFinish"`
	DuplicateFinish float64 `json:"duplicateFinish"`
	EarlyFinish     float64 `json:"earlyFinish"` // before the HTTP answer
	ReorderFinish   float64 `json:"reorderFinish"`
	FailFinish      float64 `json:"failFinish"`
	FinishStatus    string  `json:"finishStatus"` // of the failed ones
	FinishLower     bool    `json:"finishLower"`  // event name in lower case
	FinishShown     bool    `json:"finishShown"`  // a failed card is shown all the same

	// Customer messages: count and length of the two windows, and whether a
	// second message adds to the count or sets it anew.
	CheckWindows bool `json:"checkWindows"`
	SaidQuota    int  `json:"saidQuota"`
	SaidHours    int  `json:"saidHours"`
	TapQuota     int  `json:"tapQuota"`
	TapSeconds   int  `json:"tapSeconds"`
	WindowAdds   bool `json:"windowAdds"`

	// QR codes and OAuth.
	QRDefaultSeconds int    `json:"qrDefaultSeconds"`
	QRPermanentMax   int    `json:"qrPermanentMax"`
	QRAnswersZero    bool   `json:"qrAnswersZero"` // expire_seconds 0 in the answer
	CodeSeconds      int    `json:"codeSeconds"`
	OAuthDomain      string `json:"oauthDomain"` // empty allows every host
	Snapshot         bool   `json:"snapshot"`    // a virtual openid
	UnionID          bool   `json:"unionID"`

	// The phone keeps ChatEntries a follower, fewer when ChatTotal of all
	// followers together would be passed.
	ChatEntries int `json:"chatEntries"`
	ChatTotal   int `json:"chatTotal"`

	// Pay is WeChat Pay.
	Pay pay.Settings `json:"pay"`
}

// ErrSetting says that a setting has a value it cannot have.
var ErrSetting = errors.New("bad setting")

// Validate names the first setting that cannot be.
func (s *Settings) Validate() error {
	switch {
	case s.CallbackMode != oa.ModePlain && s.CallbackMode != oa.ModeCompatible && s.CallbackMode != oa.ModeSafe:
		return fmt.Errorf("%w: callbackMode %q is none of plain, compatible, safe", ErrSetting, s.CallbackMode)
	case s.CallbackAttempts < 1 || s.CallbackAttempts > 10:
		return fmt.Errorf("%w: callbackAttempts %d is not within 1 to 10", ErrSetting, s.CallbackAttempts)
	case s.CallbackTimeoutMs < 1:
		return fmt.Errorf("%w: callbackTimeoutMs %d is not positive", ErrSetting, s.CallbackTimeoutMs)
	case s.CallbackPool < 1 || s.CallbackPool > 1024:
		return fmt.Errorf("%w: callbackPool %d is not within 1 to 1024", ErrSetting, s.CallbackPool)
	case !oneOf(s.MenuID, "given", "zero", "empty", "absent"):
		return fmt.Errorf("%w: menuID %q is none of given, zero, empty, absent", ErrSetting, s.MenuID)
	case !oneOf(s.ClientMsgIDAnswer, "same", "new", "error"):
		return fmt.Errorf("%w: clientMsgIDAnswer %q is none of same, new, error", ErrSetting, s.ClientMsgIDAnswer)
	case s.TokenSeconds < 1:
		return fmt.Errorf("%w: tokenSeconds %d is not positive", ErrSetting, s.TokenSeconds)
	}
	return s.Pay.Validate()
}

func oneOf(s string, allowed ...string) bool {
	for _, a := range allowed {
		if s == a {
			return true
		}
	}
	return false
}
