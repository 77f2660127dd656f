package session

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"hongyan/push"
	"hongyan/store"
)

// Purpose is what is asked of whoever scans the code.
type Purpose string

// The purposes.
const (
	Login  Purpose = "login"  // to let a browser into the console
	Step   Purpose = "step"   // to let a session do one thing that matters
	Invite Purpose = "member" // to become a member of an app
	First  Purpose = "first"  // to become the first administrator, and to log in
)

// Valid is how long a code may be scanned and answered.
const (
	Valid       = 3 * time.Minute
	InviteValid = 30 * time.Minute
)

// State is how far an approval has come.
type State int

// The states of the approval table.
const (
	Shown State = iota
	Scanned
	Allowed
	Refused
	Used
)

var (
	// ErrNoApproval: there is no such approval, it is over, or it is not this
	// browser's or this person's.
	ErrNoApproval = errors.New("no such approval")
	// ErrNotAllowed: nobody has allowed it yet.
	ErrNotAllowed = errors.New("not allowed yet")
)

// Ask is what is to be allowed.
type Ask struct {
	Purpose Purpose
	// Browser is the secret of the browser that asks, which alone can redeem
	// the approval. For a Step and an Invite it is the session's.
	Browser string
	User    push.UserID // of a Step: who has to allow it
	Digest  []byte      // of a Step: what exactly it is
	App     push.AppID  // of an Invite
	Role    push.Role   // of an Invite
	What    string      // as the phone shows it, such as "重置应用「构建」的 AppToken"
	Place   string      // the browser and its address, as the phone shows it
}

// Approval is something that waits for a person's answer.
type Approval struct {
	Handle  string // of its code
	Purpose Purpose
	App     push.AppID
	Role    push.Role
	What    string
	Place   string
	Code    string // both screens show it, so that the person can compare
	State   State
	Expires time.Time
	User    push.UserID

	browser, digest []byte
}

// CodeLetters are those that nobody takes for one another.
const CodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// CodeLen is the length of what both screens show.
const CodeLen = 4

func newCode() string {
	random := make([]byte, CodeLen)
	rand.Read(random)
	for i, b := range random {
		random[i] = CodeLetters[int(b)%len(CodeLetters)]
	}
	return string(random)
}

// Begin asks for something. The caller has WeChat make the picture of the code
// for Valid or InviteValid, and hands its link to push.SceneLink.
func (s *Service) Begin(ctx context.Context, a Ask) (made Approval, err error) {
	valid := Valid
	if a.Purpose == Invite {
		valid = InviteValid
	}
	if a.Digest == nil {
		a.Digest = []byte{}
	}
	made = Approval{Purpose: a.Purpose, App: a.App, Role: a.Role, What: a.What, Place: a.Place, Code: newCode(), User: a.User}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		made.Expires = tx.Now.Add(valid)
		scene, err := s.push.ApprovalSceneTx(tx, made.Expires)
		if err != nil {
			return err
		}
		made.Handle = scene.Handle
		_, err = tx.Exec(`INSERT INTO approval (handle, purpose, browser, digest, app_id, role, what, place, code, user_id, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			made.Handle, string(a.Purpose), hash(a.Browser), a.Digest, int64(a.App), string(a.Role), a.What, a.Place, made.Code,
			int64(a.User), store.Millis(tx.Now), store.Millis(made.Expires))
		return err
	})
	if err != nil {
		return Approval{}, fmt.Errorf("ask for an approval: %w", err)
	}
	return made, nil
}

const approvalColumns = `handle, purpose, browser, digest, app_id, role, what, place, code, user_id, state, expires_at`

func scanApproval(row interface{ Scan(...any) error }) (a Approval, err error) {
	var expires int64
	err = row.Scan(&a.Handle, &a.Purpose, &a.browser, &a.digest, &a.App, &a.Role, &a.What, &a.Place, &a.Code, &a.User, &a.State, &expires)
	a.Expires = store.Time(expires)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoApproval
	}
	return a, err
}

func readApproval(tx *store.Tx, handle string) (Approval, error) {
	a, err := scanApproval(tx.QueryRow(`SELECT `+approvalColumns+` FROM approval WHERE handle = $1`+tx.ForUpdate(), handle))
	if err == nil && !tx.Now.Before(a.Expires) {
		err = ErrNoApproval
	}
	return a, err
}

// of tells whether the approval was asked for by this browser.
func (a Approval) of(browser string) bool {
	return browser != "" && subtle.ConstantTimeCompare(a.browser, hash(browser)) == 1
}

// Look returns an approval to the browser that asked for it, else
// ErrNoApproval.
func (s *Service) Look(ctx context.Context, handle, browser string) (a Approval, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		a, err = scanApproval(tx.QueryRow(`SELECT `+approvalColumns+` FROM approval WHERE handle = $1`, handle))
		if err == nil && (!tx.Now.Before(a.Expires) || !a.of(browser)) {
			err = ErrNoApproval
		}
		return err
	})
	if err != nil {
		return Approval{}, fmt.Errorf("look at an approval: %w", err)
	}
	return a, nil
}

// Scan is what a scan of the code does: the scanner is the one who may answer.
// Another person's scan, a second scanner's and one that comes too late give
// ErrNoApproval and change nothing.
func (s *Service) Scan(t *push.Turn, handle string) (Approval, error) {
	a, err := readApproval(t.Tx, handle)
	if err != nil {
		return Approval{}, err
	}
	if a.User != 0 && a.User != t.User.ID || a.State != Shown && a.State != Scanned {
		return Approval{}, ErrNoApproval
	}
	a.User, a.State = t.User.ID, Scanned
	_, err = t.Tx.Exec(`UPDATE approval SET user_id = $2, state = $3 WHERE handle = $1`, a.Handle, int64(a.User), int64(a.State))
	if err != nil {
		return Approval{}, fmt.Errorf("scan the code of an approval: %w", err)
	}
	return a, nil
}

// Answer allows or refuses what the follower scanned and has the code in front
// of them. What needs no browser is done in the same transaction. Errors:
// ErrNoApproval, and those of becoming a member or administrator.
func (s *Service) Answer(ctx context.Context, t *push.Turn, code string, allow bool) (Approval, error) {
	a, err := scanApproval(t.Tx.QueryRow(`SELECT `+approvalColumns+` FROM approval
		WHERE user_id = $1 AND code = $2 AND state = 1 AND expires_at > $3 ORDER BY created_at DESC LIMIT 1`+t.Tx.ForUpdate(),
		int64(t.User.ID), code, store.Millis(t.Tx.Now)))
	if err != nil {
		return Approval{}, err
	}
	if a.State = Refused; allow {
		a.State = Allowed
	}
	ctx = push.WithActor(ctx, push.Actor{User: t.User.ID, Via: push.ViaWeChat})
	if allow && a.Purpose == Invite {
		a.State = Used
		if err := s.push.AdmitTx(ctx, t.Tx, a.App, t.User.ID, a.Role); err != nil {
			return a, err
		}
	}
	if allow && a.Purpose == First {
		if err := s.push.FirstAdminTx(ctx, t.Tx, t.User.ID); err != nil {
			return a, err
		}
	}
	_, err = t.Tx.Exec(`UPDATE approval SET state = $2 WHERE handle = $1`, a.Handle, int64(a.State))
	if err != nil {
		return Approval{}, fmt.Errorf("answer an approval: %w", err)
	}
	return a, nil
}

// SignIn redeems an allowed login, once, for the browser that asked: it
// returns what the cookie of the new session holds. Errors: ErrNoApproval,
// ErrNotAllowed.
func (s *Service) SignIn(ctx context.Context, handle, browser, agent, address string) (secret string, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.redeem(tx, handle, browser)
		if err != nil {
			return err
		}
		if a.Purpose != Login && a.Purpose != First {
			return ErrNoApproval
		}
		if secret, err = open(tx, a.User, agent, address); err != nil {
			return err
		}
		ctx := push.WithActor(ctx, push.Actor{User: a.User, Via: push.ViaConsole, Address: address})
		return s.push.AuditTx(ctx, tx, push.Change{Action: "session.begin", Subject: agent})
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return secret, nil
}

// Take redeems an allowed step, once, for the session and exactly what was
// asked for. Errors: ErrNoApproval, ErrNotAllowed.
func (s *Service) Take(ctx context.Context, handle, browser string, user push.UserID, digest []byte) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		a, err := s.redeem(tx, handle, browser)
		if err == nil && (a.Purpose != Step || a.User != user || subtle.ConstantTimeCompare(a.digest, digest) != 1) {
			err = ErrNoApproval
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("take an allowed step: %w", err)
	}
	return nil
}

// redeem uses up an approval of this browser that was allowed.
func (s *Service) redeem(tx *store.Tx, handle, browser string) (Approval, error) {
	a, err := readApproval(tx, handle)
	switch {
	case err != nil:
		return Approval{}, err
	case !a.of(browser), a.State == Refused, a.State == Used:
		return Approval{}, ErrNoApproval
	case a.State != Allowed:
		return Approval{}, ErrNotAllowed
	}
	_, err = tx.Exec(`UPDATE approval SET state = $2 WHERE handle = $1`, a.Handle, int64(Used))
	return a, err
}
