// Package client is the commands of those who send: send, status and topics.
// They speak to a server over /api/v1 with the app's token, as any other
// program would, and know nothing of the server's database. A command finds
// out whom to ask (package connection), calls (call.go), and prints for a person or
// as JSON for a program; its error carries the exit code a script learns
// (failure.go).
package client

import "hongyan/server/cli/connection"

// Place is where a command runs.
type Place struct {
	Data string // the data folder, where a sandbox keeps sandbox.json
}

// Connection is how a command finds the server and the app. The zero value
// finds the sandbox of the data folder.
type Connection struct {
	Server string `help:"Address of the server. Default: that of the sandbox whose sandbox.json is in the data folder." placeholder:"URL"`
	Token  string `help:"Token of the app; better in the environment, since everybody on a machine can read its command lines. Default: the sandbox's." placeholder:"TOKEN"`
}

// target is a server and the app to act for.
type target struct {
	base, token string
	demo        string // UID of the sandbox's demo follower; empty elsewhere
}

// defaultServer is where a server listens when nobody says otherwise.
const defaultServer = "http://127.0.0.1:8080"

// find completes what was given by the sandbox of the place.
func (c *Connection) find(at Place) (target, error) {
	found, err := connection.Find(at.Data, c.Server, c.Token, defaultServer)
	if err != nil {
		err = usage("--server: give scheme and host, such as https://push.example.com")
	}
	return target{base: found.Base, token: found.Token, demo: found.Demo}, err
}

// app is find for commands that can do nothing without a token.
func (c *Connection) app(at Place) (target, error) {
	t, err := c.find(at)
	if err == nil && t.token == "" {
		err = errNoToken
	}
	return t, err
}

var errNoToken = usage("no token: set HONGYAN_TOKEN to the app's token (hongyan apps create NAME makes an app), or point --data to the data folder of a sandbox")
