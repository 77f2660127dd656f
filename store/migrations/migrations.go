// Package migrations is the schema: one text for SQLite and PostgreSQL, with
// {{identity}} for a row id the database gives and {{blob}} for bytes.
package migrations

import "embed"

// FS holds the files NNNN_name.sql, in goose's format.
//
//go:embed *.sql
var FS embed.FS
