package listen

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"hongyan/push/callback"
)

// refusal is the platform's own word that a call cannot be done.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the server answered %d: %s", r.status, r.detail)
}

// errStranger: what answers is not this platform.
var errStranger = errors.New("what answers there is no Hongyan server")

// final reports that asking again cannot help.
func final(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.status < 500 && r.status != http.StatusTooManyRequests && r.status != http.StatusRequestTimeout
}

// finalAtFirst is final for the first call, when nothing speaks yet for the
// address being right.
func finalAtFirst(err error) bool {
	var name *net.DNSError
	return final(err) || errors.Is(err, errStranger) || errors.As(err, &name) && name.IsNotFound || callback.Distrusted(err)
}

// withoutAddress leaves out what net/http repeats of a call.
func withoutAddress(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
