package oa

// Class is what to do about an error code.
type Class int

// The classes. The zero class is for codes nobody has documented.
const (
	ClassOther   Class = iota
	ClassToken         // the token is dead: refresh once and repeat
	ClassRetry         // repeat later, with the same client_msg_id
	ClassQuota         // stop this account until the quota is reset
	ClassUser          // permanent for this follower
	ClassMessage       // permanent for this message or template
	ClassConfig        // the operator must do something
)

func (c Class) String() string {
	names := [...]string{"other", "token", "retry", "quota", "user", "message", "config"}
	if c < 0 || int(c) >= len(names) {
		return "other"
	}
	return names[c]
}

// classes follows the platform's pages on each call. Codes of OAuth (40029,
// 40163) and of clear_quota (48006) are of no class: the caller alone knows.
var classes = map[int]Class{
	40001: ClassToken, 40014: ClassToken, 42001: ClassToken,

	-1: ClassRetry, 42010: ClassRetry, 43117: ClassRetry, 45011: ClassRetry,
	89504: ClassRetry, 89505: ClassRetry,

	45009: ClassQuota,

	40003: ClassUser, 43004: ClassUser, 43019: ClassUser, 43101: ClassUser,
	45015: ClassUser, 45047: ClassUser, 48002: ClassUser, 50002: ClassUser,
	50005: ClassUser, 70000: ClassUser,

	40008: ClassMessage, 40033: ClassMessage, 40036: ClassMessage, 40037: ClassMessage,
	40039: ClassMessage, 40052: ClassMessage, 40053: ClassMessage, 40241: ClassMessage,
	40249: ClassMessage, 41030: ClassMessage, 43116: ClassMessage, 44002: ClassMessage,
	45001: ClassMessage, 45002: ClassMessage, 45008: ClassMessage, 45072: ClassMessage,
	45080: ClassMessage, 45081: ClassMessage, 47001: ClassMessage, 47003: ClassMessage,

	40002: ClassConfig, 40013: ClassConfig, 40125: ClassConfig, 40164: ClassConfig,
	40200: ClassConfig, 40243: ClassConfig, 41001: ClassConfig, 41002: ClassConfig,
	41004: ClassConfig, 43002: ClassConfig, 43106: ClassConfig, 45109: ClassConfig,
	48001: ClassConfig, 48004: ClassConfig, 50001: ClassConfig, 50004: ClassConfig,
	50007: ClassConfig, 89503: ClassConfig, 89506: ClassConfig, 89507: ClassConfig,
}
