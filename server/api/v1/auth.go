package v1

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
)

// bearer names the security scheme of the document.
const bearer = "appToken"

// inQuery is the scheme of operations for tools that can put the token nowhere
// but into the address.
const inQuery = "appTokenInQuery"

type callerKey struct{}

// calling is who asks, and the token that was shown.
type calling struct {
	app   push.App
	token string
}

// caller is the app that asks.
func caller(ctx context.Context) push.App {
	c, _ := ctx.Value(callerKey{}).(calling)
	return c.app
}

// maySend counts a call that sends against the limit of the caller's token,
// which both faces of the API share.
func (a *API) maySend(ctx context.Context) error {
	c, _ := ctx.Value(callerKey{}).(calling)
	if a.o.MaySend == nil {
		return nil
	}
	return a.problem(a.o.MaySend(ctx, c.token))
}

// authenticate finds the app whose token the request bears. The token's row is
// read at every call, so a reset ends the old one at once.
func (a *API) authenticate(c huma.Context, next func(huma.Context)) {
	if len(c.Operation().Security) == 0 {
		next(c)
		return
	}
	kind, token, _ := strings.Cut(c.Header("Authorization"), " ")
	if !strings.EqualFold(kind, "bearer") {
		token = ""
	}
	if token == "" && allows(c.Operation(), inQuery) {
		token = c.Query("appToken")
	}
	token = strings.TrimSpace(token)
	app, err := a.o.Push.AppOfToken(c.Context(), token)
	if errors.Is(err, push.ErrToken) {
		c.SetHeader("WWW-Authenticate", `Bearer realm="hongyan"`)
		_ = huma.WriteErr(a.huma, c, http.StatusUnauthorized, textBadToken)
		return
	}
	if err != nil {
		a.write(c, err)
		return
	}
	next(huma.WithValue(c, callerKey{}, calling{app, token}))
}

// allows reports whether an operation takes a token by this scheme.
func allows(op *huma.Operation, scheme string) bool {
	for _, one := range op.Security {
		if _, ok := one[scheme]; ok {
			return true
		}
	}
	return false
}
