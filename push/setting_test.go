package push_test

import (
	"bytes"
	"errors"
	"testing"

	"hongyan/push"
	"hongyan/store"
	"hongyan/store/storetest"
)

func TestStamp_RefusesAnotherMode(t *testing.T) {
	eachWorld(t, func(w *world) {
		for range 2 {
			if err := w.Stamp(t.Context(), "sandbox"); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Stamp(t.Context(), "wx0123456789abcdef"); !errors.Is(err, push.ErrOtherMode) {
			t.Errorf("another mode: %v", err)
		}
	})
}

func TestNew_KeepsItsKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		opened := func(secret []byte) (*push.Service, error) {
			return push.New(t.Context(), db, push.Options{Secret: secret})
		}
		first, err := opened(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := opened(nil)
		if err != nil {
			t.Fatal(err)
		}
		if first.PublicRecord(1) != again.PublicRecord(1) || first.Handle(1, 1) != again.Handle(1, 1) {
			t.Error("ids changed at the second start")
		}
		if _, err := opened(bytes.Repeat([]byte("x"), 32)); !errors.Is(err, push.ErrOtherKey) {
			t.Errorf("a foreign server key: %v", err)
		}
		if _, err := opened([]byte("short")); err == nil {
			t.Error("a key of five bytes was taken")
		}
	})
}

// A database made with a secret file holds no server key, and is refused
// without the file instead of getting a new key that opens nothing.
func TestNew_WithASecretFile(t *testing.T) {
	eachWorld(t, func(w *world) {
		if n := w.count(`SELECT count(*) FROM setting WHERE name = 'server_key'`); n != 0 {
			t.Error("the server key is in the database")
		}
		if _, err := push.New(t.Context(), w.db, push.Options{}); !errors.Is(err, push.ErrOtherKey) {
			t.Errorf("without the secret: %v", err)
		}
		newService(t, w.db)
	})
}
