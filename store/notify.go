package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// notifyChannel is the one channel of PostgreSQL in use; its payload names the
// channel of Tx.Notify.
const notifyChannel = "hongyan"

// announce sends the notifications of the closure with its commit.
func (tx *Tx) announce() error {
	for channel := range tx.rings {
		if _, err := tx.Exec(`SELECT pg_notify($1, $2)`, notifyChannel, channel); err != nil {
			return err
		}
	}
	return nil
}

// listen rings the bells for what other nodes announce, until ctx ends. After a
// lost connection it rings all of them, for nobody knows what was missed.
func (e *remote) listen(ctx context.Context) {
	const first, longest = 50 * time.Millisecond, 5 * time.Second
	for wait := first; ctx.Err() == nil; wait = min(2*wait, longest) {
		began := time.Now()
		err := e.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		e.db.opts.Log.Warn("the listener lost its connection", "error", err)
		if time.Since(began) > longest {
			wait = first
		}
		if pause(ctx, wait) != nil {
			return
		}
	}
}

func (e *remote) listenOnce(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, e.config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+notifyChannel); err != nil {
		return err
	}
	e.db.bells.ringAll()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		e.db.bells.ring(n.Payload)
	}
}
