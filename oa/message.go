package oa

// Text is what a follower typed, or the text of the menu-message item tapped.
type Text struct {
	head
	Content string
	// MenuID is the id of the tapped item of a menu message, empty when the
	// text was typed. WeChat sends 0 for some menus, which is empty here: tell
	// those by their Content.
	MenuID string
}

// Image is a picture sent by a follower.
type Image struct {
	head
	URL     string
	MediaID string
}

// Voice is speech sent by a follower.
type Voice struct {
	head
	MediaID     string
	Format      string
	MediaID16K  string
	Recognition string // empty unless speech recognition is switched on
}

// Video is a video sent by a follower.
type Video struct {
	head
	MediaID      string
	ThumbMediaID string
	Short        bool // shortvideo
}

// Location is a place sent by a follower.
type Location struct {
	head
	X, Y  float64 // latitude, longitude
	Scale float64
	Label string
}

// Link is an article or page shared by a follower.
type Link struct {
	head
	Title       string
	Description string
	URL         string
}
