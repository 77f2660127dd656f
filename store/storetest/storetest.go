// Package storetest opens stores for tests.
package storetest

import (
	"testing"

	"hongyan/store"
)

func Each(t *testing.T, f func(t *testing.T, db *store.DB))                    { panic("soon") }
func EachClock(t *testing.T, f func(t *testing.T, db *store.DB, clock *Clock)) { panic("soon") }
func SQLite(t testing.TB) *store.DB                                            { panic("soon") }
func Open(t testing.TB, engine string, o store.Options) *store.DB              { panic("soon") }
