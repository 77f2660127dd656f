package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
)

// session is one SQLite connection with its prepared statements. One goroutine
// at a time uses it.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // by text
}

// mostStatements bounds the prepared statements of a connection. The texts of
// the program are fewer; only those with lists of varying length add up.
const mostStatements = 1024

func openSession(ctx context.Context, pool *sql.DB) (*session, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, stmts: make(map[string]*sql.Stmt)}, nil
}

// discard closes the connection for good; what it had open is rolled back.
func (s *session) discard() error {
	for _, stmt := range s.stmts {
		stmt.Close()
	}
	return s.conn.Close()
}

// prepared returns the statement for query, nil when there is no room for it.
func (s *session) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := s.stmts[query]; stmt != nil {
		return stmt, nil
	}
	if err := checkStatement(query); err != nil {
		return nil, err
	}
	if len(s.stmts) >= mostStatements {
		return nil, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

func (s *session) exec(ctx context.Context, query string, args []any) (int64, error) {
	stmt, err := s.prepared(ctx, query)
	if err != nil {
		return 0, err
	}
	var result sql.Result
	if stmt != nil {
		result, err = stmt.ExecContext(ctx, args...)
	} else {
		result, err = s.conn.ExecContext(ctx, query, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *session) query(ctx context.Context, query string, args []any) (*sql.Rows, func(), error) {
	stmt, err := s.prepared(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	var rows *sql.Rows
	if stmt != nil {
		rows, err = stmt.QueryContext(ctx, args...)
	} else {
		rows, err = s.conn.QueryContext(ctx, query, args...)
	}
	return rows, func() {}, err
}

// control runs a statement of the store's own, such as BEGIN.
func (s *session) control(ctx context.Context, query string) error {
	stmt := s.stmts[query]
	if stmt == nil {
		var err error
		if stmt, err = s.conn.PrepareContext(ctx, query); err != nil {
			return err
		}
		s.stmts[query] = stmt
	}
	_, err := stmt.ExecContext(ctx)
	return err
}

var errControl = errors.New("a closure must not control its transaction")

// controls finds statements that end or split the transaction that other
// closures share, among them every OR ROLLBACK.
var controls = regexp.MustCompile(`(?i)^\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ATTACH|DETACH|VACUUM)\b|\bOR\s+ROLLBACK\b`)

func checkStatement(query string) error {
	if controls.MatchString(query) {
		return fmt.Errorf("%q: %w", brief(query), errControl)
	}
	return nil
}
