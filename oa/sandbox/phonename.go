package sandbox

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

// ErrName says that a name cannot be one.
var ErrName = errors.New(wordsBadName)

// maxName is the longest name in characters.
const maxName = 12

// validName allows an empty name, which is the one made of the openid.
func validName(name string) error {
	if utf8.RuneCountInString(name) > maxName || name != "" && strings.TrimSpace(name) == "" {
		return ErrName
	}
	return nil
}

// Rename sets what the phone calls the user; an empty name is again the one
// made of the openid. WeChat tells the account no names.
func (f *Follower) Rename(name string) error {
	if err := validName(name); err != nil {
		return err
	}
	if !f.s.crowd.with(f.OpenID, func(_ *shard, m *member) { m.name = strings.TrimSpace(name) }) {
		return ErrNoFollower
	}
	f.s.touch()
	return nil
}

func (s *Sandbox) controlRename(r *http.Request) (any, error) {
	ask, err := read[struct {
		Name string `json:"name"`
	}](r)
	if err != nil {
		return nil, err
	}
	return done, s.Follower(r.PathValue("openid")).Rename(ask.Name)
}
