package main

import "sync"

// fuse crashes a node at one of the points where a crash hurts most. It is lit
// by the weather.
type fuse struct {
	mu    sync.Mutex
	point string
	left  int
	after func() // what follows the crash
}

// The points at which a node can be made to crash.
var crashPoints = []string{"WeChat answered", "card sent", "developer answered", "event answered", "send answered"}

func (f *fuse) light(point string, left int, after func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.point, f.left, f.after = point, left, after
}

func (f *fuse) burn(n *simNode, point string) {
	f.mu.Lock()
	if f.point != point || n.gone() {
		f.mu.Unlock()
		return
	}
	f.left--
	if f.left > 0 {
		f.mu.Unlock()
		return
	}
	after := f.after
	f.point, f.after = "", nil
	f.mu.Unlock()
	n.crash("right after: " + point)
	after()
}
