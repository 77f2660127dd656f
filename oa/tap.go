package oa

// Click is a tap on a menu button with a key.
type Click struct {
	head
	Key string
}

// View is a tap on a menu button that opens a page.
type View struct {
	head
	URL    string
	MenuID string
}

// ViewMiniProgram is a tap on a menu button that opens a mini program.
type ViewMiniProgram struct {
	head
	Path   string
	MenuID string
}

// ScanCode is a code scanned by a menu button.
type ScanCode struct {
	head
	Key    string
	Kind   string // ScanType, such as qrcode
	Result string
	Waits  bool // scancode_waitmsg: the phone waits for the reply
}

// Pictures were taken or picked by a menu button; they follow as messages.
type Pictures struct {
	head
	Key   string
	Count int64
	MD5   []string
}

// LocationPicked is a place chosen by a menu button.
type LocationPicked struct {
	head
	Key   string
	X, Y  float64 // latitude, longitude
	Scale float64
	Label string
	POI   string // may be empty
}

// Position is where a follower is, reported on entering the chat or every
// five seconds within it.
type Position struct {
	head
	Latitude, Longitude, Precision float64
}
