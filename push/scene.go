package push

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"hongyan/store"
)

// What a code is for.
const (
	SceneApp   = "app"
	SceneTopic = "topic"
	SceneSPT   = "spt"
	// SceneAccount follows the official account and nothing else.
	SceneAccount = "account"
	// SceneMigrant is the personal code of somebody from another platform.
	SceneMigrant = "migrant"
	// SceneApproval asks whoever scans it to allow something; see push/session.
	SceneApproval = "approval"
	// SceneProduct leads to the page of a product; package billing sells it.
	SceneProduct = "product"
)

const (
	maxExtra     = 64
	defaultValid = 30 * time.Minute
	maxValid     = 30 * 24 * time.Hour
)

// Scene is a QR code: what a scan of its handle means.
type Scene struct {
	Handle  string
	Purpose string
	App     AppID
	Topic   TopicID
	Product ProductID
	Extra   string
	Link    string    // what the code encodes, given by WeChat; empty before SceneLink
	Expires time.Time // zero: never
	Expired bool
}

// NewScene asks for a code that follows an app.
type NewScene struct {
	Extra string        // 1 to 64 characters, echoed to the developer
	Valid time.Duration // zero means 30 minutes; at most 30 days
}

// Validate refuses what a code cannot carry.
func (n *NewScene) Validate() error {
	if size := utf8.RuneCountInString(n.Extra); size < 1 || size > maxExtra {
		return &Invalid{"extra", fmt.Sprintf(textExtra, maxExtra, size)}
	}
	if err := checkText("extra", n.Extra, 1, maxExtra); err != nil {
		return err
	}
	if n.Valid == 0 {
		return nil
	}
	_, err := ValidFor(int64(n.Valid / time.Second))
	return err
}

// ValidFor is the time a code is asked to be good for, in seconds: 1 to 30 days.
// A 0 that was asked for is refused, and what no Duration holds is too.
func ValidFor(seconds int64) (time.Duration, error) {
	most := int64(maxValid / time.Second)
	if seconds < 1 || seconds > most {
		return 0, &Invalid{"validTime", fmt.Sprintf(textValidTime, most, seconds)}
	}
	return time.Duration(seconds) * time.Second, nil
}

// NewScene makes a code for the app that owns the token. The caller asks WeChat
// for its picture and hands that in by SceneLink. ErrToken, *Invalid.
func (s *Service) NewScene(ctx context.Context, token string, n NewScene) (Scene, error) {
	return s.newScene(ctx, n, func(tx *store.Tx) (AppID, error) { return appOfToken(tx, token) })
}

// NewSceneOf is NewScene for an app by its number, and writes down who made
// the code. ErrNoApp, *Invalid.
func (s *Service) NewSceneOf(ctx context.Context, app AppID, n NewScene) (Scene, error) {
	return s.newScene(ctx, n, func(tx *store.Tx) (AppID, error) {
		if _, err := findApp(tx, app); err != nil {
			return 0, err
		}
		return app, s.AuditTx(ctx, tx, Change{App: app, Action: "code.create", Subject: n.Extra})
	})
}

func (s *Service) newScene(ctx context.Context, n NewScene, owner func(*store.Tx) (AppID, error)) (Scene, error) {
	if err := n.Validate(); err != nil {
		return Scene{}, err
	}
	if n.Valid == 0 {
		n.Valid = defaultValid
	}
	made := Scene{Handle: randomHandle(), Purpose: SceneApp, Extra: n.Extra}
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if made.App, err = owner(tx); err != nil {
			return err
		}
		made.Expires = tx.Now.Add(n.Valid)
		return insertScene(tx, made)
	})
	if err != nil {
		return Scene{}, fmt.Errorf("new scene: %w", err)
	}
	return made, nil
}

// PermanentScene returns the one code without end for a purpose: following an
// app or a topic, or getting an SPT (neither app nor topic).
func (s *Service) PermanentScene(ctx context.Context, purpose string, app AppID, topic TopicID) (Scene, error) {
	handle := s.permanentHandle(purpose, app, topic)
	found, err := s.Scene(ctx, handle)
	if !errors.Is(err, ErrNoScene) {
		return found, err
	}
	made := Scene{Handle: handle, Purpose: purpose, App: app, Topic: topic}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return insertScene(tx, made) })
	if err != nil {
		return Scene{}, fmt.Errorf("permanent scene for %s: %w", purpose, err)
	}
	return made, nil
}

// ProductScene returns the one code without end of a product that the app
// sells, whose page it leads to.
func (s *Service) ProductScene(ctx context.Context, app AppID, product ProductID) (Scene, error) {
	handle := s.permanentHandle(SceneProduct, app, TopicID(product))
	found, err := s.Scene(ctx, handle)
	if !errors.Is(err, ErrNoScene) {
		return found, err
	}
	made := Scene{Handle: handle, Purpose: SceneProduct, App: app, Product: product}
	err = s.db.Update(ctx, func(tx *store.Tx) error { return insertScene(tx, made) })
	if err != nil {
		return Scene{}, fmt.Errorf("scene of product %d: %w", product, err)
	}
	return made, nil
}

// ApprovalSceneTx makes a code for an approval. The caller asks WeChat for its
// picture and hands that in by SceneLink.
func (s *Service) ApprovalSceneTx(tx *store.Tx, expires time.Time) (Scene, error) {
	made := Scene{Handle: randomHandle(), Purpose: SceneApproval, Expires: expires}
	return made, insertScene(tx, made)
}

func insertScene(tx *store.Tx, c Scene) error {
	_, err := tx.Exec(`INSERT INTO scene (handle, id, purpose, app_id, topic_id, extra, created_at, expires_at, product_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (handle) DO NOTHING`,
		c.Handle, handleNumber(c.Handle), c.Purpose, int64(c.App), int64(c.Topic), c.Extra, store.Millis(tx.Now), store.Millis(c.Expires), int64(c.Product))
	return err
}

// SceneLink keeps what the code encodes, as WeChat gave it.
func (s *Service) SceneLink(ctx context.Context, handle, link string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE scene SET link = $2 WHERE handle = $1`, handle, link)
		if err == nil && n == 0 {
			err = ErrNoScene
		}
		if err != nil {
			return fmt.Errorf("link of scene: %w", err)
		}
		return nil
	})
}

// Scene returns the code with this handle, expired or not, or ErrNoScene.
func (s *Service) Scene(ctx context.Context, handle string) (found Scene, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err = readScene(tx, handle)
		return err
	})
	return found, err
}

func readScene(tx *store.Tx, handle string) (c Scene, err error) {
	if !isHandle(handle) {
		return Scene{}, ErrNoScene
	}
	var expires int64
	err = tx.QueryRow(`SELECT handle, purpose, app_id, topic_id, product_id, extra, link, expires_at FROM scene WHERE handle = $1`, handle).
		Scan(&c.Handle, &c.Purpose, &c.App, &c.Topic, &c.Product, &c.Extra, &c.Link, &expires)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoScene
	}
	c.Expires = store.Time(expires)
	c.Expired = expires != 0 && !tx.Now.Before(c.Expires)
	return c, err
}
