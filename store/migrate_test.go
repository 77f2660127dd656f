package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"hongyan/store/migrations"
)

func openTestPool(t *testing.T) *sql.DB {
	t.Helper()
	pool, err := openPool(filepath.Join(t.TempDir(), "hongyan.db"), time.Second, "_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

func tables(t *testing.T, pool *sql.DB) (all []string) {
	t.Helper()
	result, err := pool.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	for result.Next() {
		var name string
		if err := result.Scan(&name); err != nil {
			t.Fatal(err)
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func source(bodies ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, body := range bodies {
		files["000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + body)}
	}
	return files
}

const (
	first  = "CREATE TABLE a (id {{identity}}, body {{blob}});\n"
	second = "CREATE TABLE b (id {{identity}});\nCREATE TABLE c (id {{identity}});\n"
	wrong  = "CREATE TABLE b (id {{identity}});\nCREATE TABLE a (id {{identity}});\n"
)

func TestMigrate_AddsWhatIsMissingAndNothingTwice(t *testing.T) {
	pool, ctx := openTestPool(t), context.Background()
	for _, files := range []fstest.MapFS{source(first), source(first), source(first, second), source(first, second)} {
		if err := migrate(ctx, pool, sqliteDialect(), files); err != nil {
			t.Fatal(err)
		}
	}
	if got := tables(t, pool); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("tables %q", got)
	}
}

func TestMigrate_AFailedStepLeavesNothing(t *testing.T) {
	pool, ctx := openTestPool(t), context.Background()
	if err := migrate(ctx, pool, sqliteDialect(), source(first, wrong)); err == nil {
		t.Error("no error")
	}
	if got := tables(t, pool); !slices.Equal(got, []string{"a"}) {
		t.Errorf("tables %q", got)
	}
	if err := migrate(ctx, pool, sqliteDialect(), source(first, second)); err != nil {
		t.Errorf("the mended step: %v", err)
	}
}

func TestMigrate_RefusesANewerDatabase(t *testing.T) {
	pool, ctx := openTestPool(t), context.Background()
	if err := migrate(ctx, pool, sqliteDialect(), source(first, second)); err != nil {
		t.Fatal(err)
	}
	if err := migrate(ctx, pool, sqliteDialect(), source(first)); !errors.Is(err, ErrNewer) {
		t.Errorf("err = %v, want ErrNewer", err)
	}
}

func TestMigrate_TwoProcessesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hongyan.db")
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			db, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wait.Wait()
}

func TestMigrations_LeaveNoBlankAndNoDialect(t *testing.T) {
	for _, d := range []dialect{sqliteDialect(), postgresDialect()} {
		files, err := d.translate(migrations.FS)
		if err != nil {
			t.Fatal(err)
		}
		for name, file := range files.(fstest.MapFS) {
			body := string(file.Data)
			for line := range strings.Lines(body) {
				statement, _, _ := strings.Cut(line, "--")
				if strings.Contains(statement, "{{") || strings.Contains(statement, "::") {
					t.Errorf("%s for %s: %s", name, d.goose, line)
				}
			}
		}
	}
}
