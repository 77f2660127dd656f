package store

import "sync"

// bells wakes the goroutines of this process that listen to a channel.
type bells struct {
	mu   sync.Mutex
	on   map[string]map[chan struct{}]struct{}
	need func() // starts what brings other nodes' signals; may be nil
}

func newBells() *bells {
	return &bells{on: make(map[string]map[chan struct{}]struct{})}
}

// Listen returns a channel that is signalled after every commit that notified
// channel, on this node or (PostgreSQL) another. Signals merge while nobody
// reads, and one too many may come, so a reader looks at the database and not
// at the count. stop ends it.
func (db *DB) Listen(channel string) (wake <-chan struct{}, stop func()) {
	bell := make(chan struct{}, 1)
	db.bells.add(channel, bell)
	return bell, func() { db.bells.remove(channel, bell) }
}

func (b *bells) add(channel string, bell chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.on[channel] == nil {
		b.on[channel] = make(map[chan struct{}]struct{})
	}
	b.on[channel][bell] = struct{}{}
	if b.need != nil {
		b.need()
		b.need = nil
	}
}

// close keeps a later Listen from starting anything.
func (b *bells) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.need = nil
}

func (b *bells) remove(channel string, bell chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.on[channel], bell)
	if len(b.on[channel]) == 0 {
		delete(b.on, channel)
	}
}

func (b *bells) ring(channel string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	signal(b.on[channel])
}

// ringAll is for the time after a lost connection, when nobody knows what was
// missed.
func (b *bells) ringAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, listeners := range b.on {
		signal(listeners)
	}
}

func signal(listeners map[chan struct{}]struct{}) {
	for bell := range listeners {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}
