package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"hongyan/push"
	"hongyan/server/cli/term"
	"hongyan/store"
)

type restoreCommand struct {
	File string `arg:"" help:"A file that hongyan backup made."`
	JSON bool   `name:"json" env:"-" help:"Report as JSON."`
}

// Help says what a restore means for what happened after the backup.
func (*restoreCommand) Help() string {
	return `Stop the server first: a database in use is refused. The file is checked before anything is touched: that it is whole, that its schema is no newer than this version of hongyan, that it belongs to the configured account (or sandbox), and that the configured server key opens its secrets. The present database is kept beside the restored one, as hongyan.db.before-restore-YYYYMMDD-HHMMSS.

What happened after the backup is unknown to the restored database. Messages accepted since are gone, and their senders get "no such message" for them. Cards that were due or under way when the backup was made are sent again: WeChat drops the repetition only within ten minutes of the first attempt (by client_msg_id), so followers may see such a card twice. Who followed, unfollowed or muted since stands as before, and callbacks that were waiting are sent again with the same webhook-id. Apps and topics made since are missing, and app tokens that were reset since are the old ones again.

To keep due cards from leaving at the first start, start with --push.hold and look first.`
}

// Run puts the backup in the place of the database.
func (r *restoreCommand) Run(ctx context.Context, c *Config) error {
	path, ok := c.databaseFile()
	if !ok {
		return store.DumpInstead(c.databaseURL())
	}
	secret, err := serverKey(c.SecretFile)
	if err != nil {
		return err
	}
	held, err := lockFile(path)
	if err != nil {
		return fmt.Errorf("stop the server before a restore: %w", err)
	}
	defer held.release()
	done, err := restore(ctx, r.File, path, time.Now(), func(db *store.DB) error {
		return couldNotGoOn(c, push.Belongs(ctx, db, c.mode(), secret))
	})
	if err != nil {
		return err
	}
	if r.JSON {
		return term.WriteJSON(os.Stdout, map[string]any{
			"database": path, "bytes": done.Bytes, "account": c.mode(), "schema": done.Schema, "before": done.Aside,
		})
	}
	fmt.Printf("restored %s (%s, belongs to %s, schema %d)\n", path, humanBytes(done.Bytes), c.mode(), done.Schema)
	if done.Aside != "" {
		fmt.Printf("kept     %s, the database before\n", done.Aside)
	}
	if done.Schema < done.Newest {
		fmt.Printf("next     the first start brings it to schema %d\n", done.Newest)
	}
	fmt.Println("next     start the server; hongyan doctor checks the rest. Cards that were due at the time of the backup are sent again: --push.hold keeps them back")
	return nil
}

// couldNotGoOn says what to do about a copy that belongs to something else.
func couldNotGoOn(c *Config, err error) error {
	switch {
	case errors.Is(err, push.ErrOtherMode):
		return otherMode(c, err)
	case errors.Is(err, push.ErrOtherKey):
		return fmt.Errorf("%w; give the --secret-file it was made with, or leave it out if the key was in the database", err)
	}
	return err
}
