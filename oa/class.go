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

// classOf follows the platform's pages on each call. Codes of OAuth (40029,
// 40163) and of clear_quota (48006) are of no class: the caller alone knows.
func classOf(code int) Class {
	switch code {
	case 40001, 40014, 42001:
		return ClassToken
	case -1, 42010, 43117, 45011, 89504, 89505:
		return ClassRetry
	case 45009:
		return ClassQuota
	case 40003, 43004, 43019, 43101, 45015, 45047, 48002, 50002, 50005, 70000:
		return ClassUser
	case 40008, 40033, 40036, 40037, 40039, 40052, 40053, 40241, 40249, 41030,
		43116, 44002, 45001, 45002, 45008, 45072, 45080, 45081, 47001, 47003:
		return ClassMessage
	case 40002, 40013, 40125, 40164, 40200, 40243, 41001, 41002, 41004, 43002,
		43106, 45109, 48001, 48004, 50001, 50004, 50007, 89503, 89506, 89507:
		return ClassConfig
	}
	return ClassOther
}
