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
	ViaJob     = "job" // the platform itself, at its time
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

// Note writes down what changed nothing in the database, such as a menu that
// was set at WeChat.
func (s *Service) Note(ctx context.Context, c Change) error {
	return s.db.Update(ctx, func(tx *store.Tx) error { return s.AuditTx(ctx, tx, c) })
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
	Via    string
	After  string // the cursor of the page before
	Limit  int    // 1 to 100; 0 means 20
}

// Audit lists changes, the latest first, and the cursor of the next page,
// empty at the end. A page by action or way looks at no more than 20,000 lines,
// so it may be short, even empty, and still have a next one. Errors: *Invalid.
func (s *Service) Audit(ctx context.Context, f AuditFilter) (all []Changed, next string, err error) {
	below := int64(1<<63 - 1)
	if err := s.readCursor(cursorAudit, f.After, &below); err != nil {
		return nil, "", err
	}
	all, low, more, err := s.audit(ctx, f, below, pageSize(f.Limit))
	if err != nil {
		return nil, "", fmt.Errorf("list the audit log: %w", err)
	}
	if more {
		next = s.cursor(cursorAudit, low)
	}
	return all, next, nil
}

// mostExported is how many lines one reading of EachAudit takes.
const mostExported = 1000

// EachAudit calls do for every line that the filter means, the latest first,
// and ends when it fails. It reads in short pieces, so that an export of
// everything holds up nobody.
func (s *Service) EachAudit(ctx context.Context, f AuditFilter, do func(Changed) error) error {
	below, more := int64(1<<63-1), true
	for more {
		all, low, further, err := s.audit(ctx, f, below, mostExported)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		for _, c := range all {
			if err := do(c); err != nil {
				return err
			}
		}
		below, more = low, further
	}
	return nil
}

// audit reads up to size lines below one; more tells that there may be others
// below low.
func (s *Service) audit(ctx context.Context, f AuditFilter, below int64, size int) (all []Changed, low int64, more bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, low, more = nil, 0, false
		within, args := "l.id < $1", []any{below}
		add := func(to *string, condition string, value any) {
			args = append(args, value)
			*to += fmt.Sprintf(" AND "+condition, len(args))
		}
		if f.App != 0 {
			add(&within, "l.app_id = $%d", int64(f.App))
		}
		if f.UID != "" {
			user, err := userByUID(tx, UID(storable(string(f.UID))))
			if err != nil || user == 0 {
				return err
			}
			add(&within, "l.user_id = $%d", int64(user))
		}
		if f.Action != "" || f.Via != "" {
			if low, more, err = auditFloor(tx, within, args); err != nil {
				return err
			}
			add(&within, "l.id >= $%d", low)
		}
		if f.Action != "" {
			add(&within, `(l.action || '.') LIKE $%d ESCAPE '\'`, literally(storable(f.Action))+".%")
		}
		if f.Via != "" {
			add(&within, "l.via = $%d", storable(f.Via))
		}
		args = append(args, size+1)
		all, err = store.Collect(tx, scanChanged, fmt.Sprintf(`SELECT l.id, l.at, COALESCE(u.uid, ''), COALESCE(u.name, ''), l.via, l.address,
				l.app_id, COALESCE(a.name, ''), l.action, l.subject, l.before, l.after
			FROM audit l LEFT JOIN users u ON u.id = l.user_id LEFT JOIN app a ON a.id = l.app_id
			WHERE %s ORDER BY l.id DESC LIMIT $%d`, within, len(args)), args...)
		if len(all) > size {
			all = all[:size]
			low, more = all[size-1].id, true
		}
		return err
	})
	return all, low, more, err
}

// auditFloor is how far down a filtered page looks, and whether there may be
// lines below it.
func auditFloor(tx *store.Tx, within string, args []any) (low int64, more bool, err error) {
	var n int
	err = tx.QueryRow(fmt.Sprintf(`SELECT COALESCE(MIN(id), 0), COUNT(*) FROM (SELECT l.id FROM audit l WHERE %s ORDER BY l.id DESC LIMIT $%d) w`,
		within, len(args)+1), append(args[:len(args):len(args)], mostLooked)...).Scan(&low, &n)
	return low, n == mostLooked, err
}

func scanChanged(r *store.Rows) (c Changed, err error) {
	var at int64
	err = r.Scan(&c.id, &at, &c.UID, &c.Name, &c.Via, &c.Address, &c.App, &c.AppName, &c.Action, &c.Subject, &c.Before, &c.After)
	c.At = store.Time(at)
	return c, err
}
