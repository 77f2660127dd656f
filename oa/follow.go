package oa

// Subscribe is a new follower. Scene and Ticket are set when a scene code was
// scanned to follow.
type Subscribe struct {
	head
	Scene  string // without the prefix qrscene_
	Ticket string
}

// Unsubscribe is a follower who left; no reply reaches them.
type Unsubscribe struct{ head }

// Scan is a scene code scanned by someone who follows already.
type Scan struct {
	head
	Scene  string
	Ticket string
}
