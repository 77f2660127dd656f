package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// createDatabase makes a database for t, a copy of template unless that is
// empty, dropped when t ends.
func createDatabase(t testing.TB, admin, template string) string {
	t.Helper()
	at, err := url.Parse(admin)
	if err != nil {
		t.Fatal("HONGYAN_TEST_POSTGRES is not a URL")
	}
	name := "hongyan_test_" + strings.ToLower(rand.Text())
	create := "CREATE DATABASE " + name
	if template != "" {
		create += " TEMPLATE " + template
	}
	run(t, admin, create)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	at.Path = "/" + name
	return at.String()
}

func run(t testing.TB, admin, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		t.Fatalf("connect to HONGYAN_TEST_POSTGRES: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

// Require returns the environment variable that names a server for tests. When
// it is unset the test is skipped, or fails when HONGYAN_TEST_STRICT is 1.
func Require(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value != "" {
		return value
	}
	if os.Getenv("HONGYAN_TEST_STRICT") == "1" {
		t.Fatalf("%s is not set, and HONGYAN_TEST_STRICT=1", name)
	}
	t.Skipf("%s is not set", name)
	return ""
}
