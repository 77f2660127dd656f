package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"hongyan/store"
	"hongyan/store/migrations"
)

// templateLock is the advisory lock under which a template is made.
const templateLock = 0x686f6e677961

// template returns the name of a migrated database to copy for each test,
// which takes half the time of migrating an empty one. There is one for a
// schema; the first test that needs it makes it, and it stays on the server.
func template(t testing.TB, admin string) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	name := "hongyan_template_" + schema(t)
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		t.Fatalf("connect to HONGYAN_TEST_POSTGRES: %v", err)
	}
	defer conn.Close(ctx)
	if !finished(t, conn, name) {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
			t.Fatalf("lock the making of templates: %v", err)
		}
		if !finished(t, conn, name) {
			makeTemplate(t, conn, admin, name)
		}
	}
	return name
}

// finished tells whether the template is there and migrated.
func finished(t testing.TB, conn *pgx.Conn, name string) (is bool) {
	t.Helper()
	err := conn.QueryRow(context.WithoutCancel(t.Context()),
		"SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&is)
	if err != nil {
		t.Fatalf("look for %s: %v", name, err)
	}
	return is
}

func makeTemplate(t testing.TB, conn *pgx.Conn, admin, name string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	do := func(statement string) {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	do("DROP DATABASE IF EXISTS " + name) // of a test that was killed here
	do("CREATE DATABASE " + name)
	at, err := url.Parse(admin)
	if err != nil {
		t.Fatal("HONGYAN_TEST_POSTGRES is not a URL")
	}
	at.Path = "/" + name
	db, err := store.Open(ctx, at.String(), store.Options{})
	if err != nil {
		t.Fatalf("migrate %s: %v", name, err)
	}
	if err := db.Close(); err != nil {
		t.Fatalf("close %s: %v", name, err)
	}
	do("ALTER DATABASE " + name + " IS_TEMPLATE true ALLOW_CONNECTIONS false")
}

// schema is a digest of all migrations.
func schema(t testing.TB) string {
	t.Helper()
	sum := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.FS, path)
		sum.Write(text)
		return err
	})
	if err != nil {
		t.Fatalf("read the migrations: %v", err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:6])
}
