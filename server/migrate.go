package main

import (
	"context"
	"fmt"

	"hongyan/store"
)

type migrateCommand struct{}

// Run opens the database, which brings it to the current schema. A SQLite file
// that a server has open is refused: that server was built for the old schema.
func (*migrateCommand) Run(ctx context.Context, c *Config) error {
	if err := c.makeData(); err != nil {
		return err
	}
	if file, ok := c.databaseFile(); ok {
		held, err := lockFile(file)
		if err != nil {
			return err
		}
		defer held.release()
	}
	db, err := store.Open(ctx, c.databaseURL(), store.Options{})
	if err != nil {
		return err
	}
	fmt.Println("the database has the current schema")
	return db.Close()
}
