package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dustin/go-humanize"

	"hongyan/server/cli/term"
	"hongyan/store"
)

type backupCommand struct {
	File string `arg:"" optional:"" help:"Where the copy goes: a file, or a folder for one named hongyan-YYYYMMDD-HHMMSS.db. Default: backups/ in the data folder."`
	Keep int    `env:"-" help:"Keep the newest N backups of such names in the folder and remove older ones; 0 keeps all." placeholder:"N"`
	JSON bool   `name:"json" env:"-" help:"Report as JSON."`
}

// Help says what the summary leaves out.
func (*backupCommand) Help() string {
	return `Works beside a running server, which goes on sending meanwhile, and without one. The copy is one SQLite file as the database stood at one moment; it is checked before the command ends, and a file that is there already is never overwritten. It holds all that the database holds, so keep it as safe as the database: without --secret-file that is the server key, too.

On PostgreSQL the command says which pg_dump line does it.`
}

// Run copies the database as it is: a schema older than this program stays as
// it is in the original and in the copy, so a backup can be made before the
// first start of a new version.
func (b *backupCommand) Run(ctx context.Context, c *Config) error {
	if b.Keep < 0 {
		return fmt.Errorf("--keep %d: give how many backups to keep, or 0 for all", b.Keep)
	}
	db, err := c.openBeside(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	progress := term.NewProgress(term.Stderr())
	made, err := b.make(ctx, c, db, func(done, total int64) {
		progress.Say(fmt.Sprintf("copied %s of %s", humanBytes(done), humanBytes(total)))
	})
	progress.End()
	if err != nil {
		return err
	}
	if b.JSON {
		return term.WriteJSON(os.Stdout, map[string]any{
			"file": made.Path, "bytes": made.Bytes, "milliseconds": made.Took.Milliseconds(), "account": made.Mode, "schema": made.Schema,
		})
	}
	fmt.Printf("%s  %s in %s, checked: belongs to %s, schema %d\n",
		made.Path, humanBytes(made.Bytes), made.Took.Round(10*time.Millisecond), made.Mode, made.Schema)
	return nil
}

// make backs up to the file, or into the folder.
func (b *backupCommand) make(ctx context.Context, c *Config, db *store.DB, progress func(done, total int64)) (backedUp, error) {
	folder := b.File
	if folder == "" {
		folder = c.backupsFolder()
	} else if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		if b.Keep > 0 {
			return backedUp{}, errors.New("--keep counts the backups of a folder: leave FILE out, or give a folder that exists")
		}
		return backupTo(ctx, db, b.File, progress)
	}
	return backupInto(ctx, db, folder, b.Keep, progress)
}

// openBeside opens the database for reading, beside a server and as it is. On
// PostgreSQL there is nothing to read as it is, and opening it migrates, so
// only its address is looked at.
func (c *Config) openBeside(ctx context.Context) (*store.DB, error) {
	file, ok := c.databaseFile()
	if !ok {
		return nil, store.DumpInstead(c.databaseURL())
	}
	db, err := store.OpenBeside(ctx, file, store.Options{})
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no database at %s yet; give --data or --database of the server", file)
	}
	return db, err
}

func humanBytes(n int64) string { return humanize.IBytes(uint64(n)) }
