package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"hongyan/push"
)

// errSecret says that a call cannot be signed. It never carries the secret.
var errSecret = errors.New("the signing secret is missing or damaged")

// request builds the POST: the body byte for byte, and one signature for each
// secret, so that a receiver may hold the old or the new one during a
// rotation.
func (c *Channel) request(ctx context.Context, call *push.Call, now time.Time) (*http.Request, error) {
	header, err := Headers(call, now, c.o.UserAgent)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return nil, &URLError{Text: wordURLBroken}
	}
	req.Header = header
	return req, nil
}

// Headers are what goes with a call's body: what it is, who sends it and the
// signature. The error says that there is no secret to sign with.
func Headers(call *push.Call, now time.Time, userAgent string) (http.Header, error) {
	signature, err := sign(call, now)
	if err != nil {
		return nil, err
	}
	h := make(http.Header)
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("User-Agent", orDefault(userAgent))
	h.Set(standardwebhooks.HeaderWebhookID, call.ID)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return h, nil
}

// orDefault is the name a call goes by.
func orDefault(userAgent string) string {
	if userAgent == "" {
		return "Hongyan-Callback/1.0"
	}
	return userAgent
}

// sign returns the value of webhook-signature: "v1,…" for each secret,
// separated by spaces.
func sign(call *push.Call, now time.Time) (string, error) {
	if len(call.Secrets) == 0 {
		return "", errSecret
	}
	signatures := make([]string, len(call.Secrets))
	for i, secret := range call.Secrets {
		if strings.TrimPrefix(secret, "whsec_") == "" {
			return "", errSecret
		}
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", errSecret
		}
		if signatures[i], err = hook.Sign(call.ID, now, call.Body); err != nil {
			return "", errSecret
		}
	}
	return strings.Join(signatures, " "), nil
}

// headerText writes the request's headers for the log, one a line. A
// signature would let a reader of the log replay the call, so only its
// version stays.
func headerText(req *http.Request) string {
	lines := make([]string, 0, len(req.Header))
	for name, values := range req.Header {
		value := strings.Join(values, ", ")
		if strings.EqualFold(name, standardwebhooks.HeaderWebhookSignature) {
			value = redact(value)
		}
		lines = append(lines, fmt.Sprintf("%s: %s", name, value))
	}
	sort.Strings(lines)
	return clean([]byte(strings.Join(lines, "\n")))
}

func redact(signatures string) string {
	return strings.TrimSpace(strings.Repeat("v1,… ", strings.Count(signatures, "v1,")))
}
