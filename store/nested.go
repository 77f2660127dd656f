package store

import (
	"context"
	"runtime"
)

// inClosure is the key of the mark a closure's context bears.
type inClosure struct{}

func mark(ctx context.Context) context.Context {
	return context.WithValue(ctx, inClosure{}, true)
}

// InTx reports whether ctx is the context of a closure of Update or View. Who
// calls the outside world refuses such a context: a transaction must not wait
// for a network, and the closure may run twice.
func InTx(ctx context.Context) bool { return ctx.Value(inClosure{}) != nil }

// refuseNested panics when the caller is inside a closure: it would wait for
// itself on SQLite and read past its own writes on PostgreSQL. The mark of the
// context tells it cheaply; a context captured from outside bears no mark, so
// the goroutine's own stack is searched for the frame that runs closures.
func refuseNested(ctx context.Context) {
	if InTx(ctx) || onClosureStack() {
		panic("store: Update or View inside a closure")
	}
}

// callClosure is the only caller of closures.
//
//go:noinline
func callClosure(tx *Tx, fn func(*Tx) error) error { return fn(tx) }

func onClosureStack() bool {
	var pcs [64]uintptr
	for skip := 3; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			// A return address may stand after the frame's last call.
			if f := runtime.FuncForPC(pc - 1); f != nil && f.Name() == closureFrame {
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

const closureFrame = "hongyan/store.callClosure"
