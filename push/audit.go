package push

import (
	"context"
	"fmt"
	"time"

	"hongyan/push/content"
	"hongyan/store"
)

// The ways by which somebody changes something.
const (
	ViaConsole = "console"
	ViaAPI     = "api"
	ViaCommand = "command" // the command line of the server's machine
	ViaWeChat  = "wechat"
)

// Actor is who changes something, for the audit log.
type Actor struct {
	User    UserID // 0: nobody signed in
	Via     string
	Address string // of the browser or client
}

type actorKey struct{}

// WithActor returns a context under which changes are written down as the
// actor's. Without it they are nobody's, by the API.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

func actorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{Via: ViaAPI}
}

// byPerson tells whether somebody signed in does it. What an app's own program
// sends is its traffic and not written down.
func byPerson(ctx context.Context) bool { return actorOf(ctx).User != 0 }

// Change is one line of the audit log. Before and After are short words for
// people; secrets are never in them.
type Change struct {
	App     AppID  // 0: about the installation
	Action  string // such as "topic.rename"
	Subject string // what it was done to
	Before  string
	After   string
}

// longestChange bounds each text of a line, in characters.
const longestChange = 200

// AuditTx writes the change down in the transaction that makes it. ctx says
// whose it is.
func (s *Service) AuditTx(ctx context.Context, tx *store.Tx, c Change) error {
	by := actorOf(ctx)
	_, err := tx.Exec(`INSERT INTO audit (at, user_id, via, address, app_id, action, subject, before, after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, store.Millis(tx.Now), int64(by.User), by.Via, by.Address,
		int64(c.App), c.Action, content.Cut(c.Subject, longestChange), content.Cut(c.Before, longestChange), content.Cut(c.After, longestChange))
	if err != nil {
		return fmt.Errorf("write down %s: %w", c.Action, err)
	}
	return nil
}

// Changed is a line of the audit log as it is shown.
type Changed struct {
	Change
	At      time.Time
	UID     UID    // of who did it; empty: nobody signed in
	Name    string // they go by in the console
	AppName string
	Via     string
	Address string

	id int64
}

// AuditFilter narrows the audit log. The zero value lists all of it.
type AuditFilter struct {
	App    AppID
	UID    UID
	Action string // or its beginning up to a dot, such as "topic"
	After  string // the cursor of the page before
	Limit  int    // 1 to 100; 0 means 20
}

// Audit lists changes, the latest first, and the cursor of the next page,
// empty at the end. Errors: *Invalid.
func (s *Service) Audit(ctx context.Context, f AuditFilter) (all []Changed, next string, err error) {
	below := int64(1<<63 - 1)
	if err := s.readCursor(cursorAudit, f.After, &below); err != nil {
		return nil, "", err
	}
	size := pageSize(f.Limit)
	where, args := ``, []any{below, size + 1}
	add := func(condition string, value any) {
		args = append(args, value)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	if f.App != 0 {
		add("l.app_id = $%d", int64(f.App))
	}
	if f.UID != "" {
		add("u.uid = $%d", string(f.UID))
	}
	if f.Action != "" {
		add(`(l.action || '.') LIKE $%d ESCAPE '\'`, literally(f.Action)+".%")
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(tx, scanChanged, `SELECT l.id, l.at, COALESCE(u.uid, ''), COALESCE(u.name, ''), l.via, l.address,
				l.app_id, COALESCE(a.name, ''), l.action, l.subject, l.before, l.after
			FROM audit l LEFT JOIN users u ON u.id = l.user_id LEFT JOIN app a ON a.id = l.app_id
			WHERE l.id < $1`+where+` ORDER BY l.id DESC LIMIT $2`, args...)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the audit log: %w", err)
	}
	if len(all) > size {
		all = all[:size]
		next = s.cursor(cursorAudit, all[size-1].id)
	}
	return all, next, nil
}

func scanChanged(r *store.Rows) (c Changed, err error) {
	var at int64
	err = r.Scan(&c.id, &at, &c.UID, &c.Name, &c.Via, &c.Address, &c.App, &c.AppName, &c.Action, &c.Subject, &c.Before, &c.After)
	c.At = store.Time(at)
	return c, err
}
