package oa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/silenceper/wechat/v2/credential"
)

// Token returns the account's access token, for calls this client does not
// know. It is good for a few minutes at least, unless it is taken away.
func (c *Client) Token(ctx context.Context) (string, error) {
	t, err := c.token(ctx)
	if err != nil {
		return "", heldBack(pathToken, err)
	}
	return t.value, nil
}

// GetAccessToken is [Client.Token] for programs written against silenceper's
// interfaces.
func (c *Client) GetAccessToken() (string, error) { return c.Token(context.Background()) }

// GetAccessTokenContext is [Client.Token] under silenceper's name.
func (c *Client) GetAccessTokenContext(ctx context.Context) (string, error) { return c.Token(ctx) }

// A client serves wherever silenceper wants a source of tokens.
var _ credential.AccessTokenContextHandle = (*Client)(nil)

// token is get for a context a call may be made with.
func (c *Client) token(ctx context.Context) (accessToken, error) {
	if c.refuse(ctx) {
		return accessToken{}, fmt.Errorf("wechat %s: %w", pathToken, ErrInTransaction)
	}
	return c.tokens.get(ctx)
}

// fetchToken asks for a stable token: programs that share the secret and do
// the same get the same one. The classic call would end their tokens.
func (c *Client) fetchToken(ctx context.Context, force bool) (string, time.Duration, error) {
	body := map[string]any{"grant_type": "client_credential", "appid": c.appID, "secret": c.secret, "force_refresh": force}
	var answer struct {
		Token   string   `json:"access_token"`
		Seconds flexible `json:"expires_in"`
	}
	if err := c.call(ctx, question{path: pathToken, body: body}, &answer); err != nil {
		return "", 0, err
	}
	if answer.Token == "" || answer.Seconds <= 0 {
		return "", 0, &NetworkError{Path: pathToken, Sent: true, Status: http.StatusOK, Err: errAnswerJSON}
	}
	return answer.Token, time.Duration(answer.Seconds) * time.Second, nil
}

// heldBack explains to the caller of path why there is no token. Whatever went
// wrong, the call itself was not made.
func heldBack(path string, err error) error {
	var held *heldError
	if errors.As(err, &held) {
		return &Error{Path: path, Code: 40001, Message: held.Error(), RetryAt: held.until}
	}
	var network *NetworkError
	if errors.As(err, &network) {
		unsent := *network
		unsent.Sent = false
		return &unsent
	}
	return err
}
