package main

import (
	"context"
	"os"
	"sync"
	"time"

	"hongyan/server/console"
	"hongyan/store"
)

// systemFor is how long what is known of the machine is believed: a big
// database takes a moment to tell its size, and several people may look.
const systemFor = 10 * time.Second

// system tells of the machine below the platform.
func (n *node) system() func(context.Context) console.System {
	var mu sync.Mutex
	var known console.System
	var at time.Time
	started := time.Now()
	return func(ctx context.Context) console.System {
		mu.Lock()
		defer mu.Unlock()
		if at.IsZero() || time.Since(at) > systemFor {
			known, at = n.lookAtSystem(ctx), time.Now()
			known.Started = started
		}
		known.InFlight, known.MayFly = n.push.Stats().Deliveries.InFlight, n.push.Stats().Deliveries.Limit
		return known
	}
}

// lookAtSystem reads what there is; what cannot be read is left out.
func (n *node) lookAtSystem(ctx context.Context) console.System {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s := console.System{Version: version(), Node: n.push.Node(), Engine: "SQLite"}
	engine := `SELECT sqlite_version()`
	if n.db.Postgres() {
		s.Engine, engine = "PostgreSQL", `SELECT current_setting('server_version')`
	}
	err := n.db.View(ctx, func(tx *store.Tx) error {
		var v string
		if err := tx.QueryRow(engine).Scan(&v); err != nil {
			return err
		}
		s.Engine += " " + v
		if n.db.Postgres() {
			if err := tx.QueryRow(`SELECT pg_database_size(current_database())`).Scan(&s.DatabaseSize); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.Schema, _, err = n.db.Schema(ctx)
	}
	if err != nil {
		n.log.Warn("the database tells nothing of itself", "err", err)
	}
	if file, ok := n.config.databaseFile(); ok {
		s.DatabaseSize = sizeOf(file) + sizeOf(file+"-wal")
	}
	s.DiskFree, s.DiskSize = diskOf(n.config.Data)
	if n.redis != nil {
		s.Redis = "ok"
		if n.redis.Ping(ctx).Err() != nil {
			s.Redis = "unreachable"
		}
	}
	return s
}

// sizeOf is how long a file is, 0 if there is none.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
