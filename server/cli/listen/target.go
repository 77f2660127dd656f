package listen

import (
	"errors"

	"hongyan/server/cli/connection"
)

// target is whom to ask, and the token to ask with, which cannot be done
// without.
func target(data, server, token string) (base, with string, err error) {
	found, err := connection.Find(data, server, token, "")
	switch {
	case errors.Is(err, connection.ErrNoServer):
		return "", "", errors.New("--server is missing: give the address of the platform, or HONGYAN_SERVER in the environment (there is no sandbox in the data folder)")
	case err != nil:
		return "", "", errors.New("--server: give scheme and host and nothing secret, such as https://push.example.com")
	case found.Token == "":
		return "", "", errors.New("--token is missing: give the app's appToken, best as HONGYAN_TOKEN in the environment")
	}
	return found.Base, found.Token, nil
}
