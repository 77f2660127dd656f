package oa

import (
	"crypto/subtle"
	"slices"

	"github.com/silenceper/wechat/v2/util"
)

// Signature is WeChat's proof of origin: the lower-case hex SHA-1 of the
// parts, sorted and joined. For a request the parts are the token, timestamp
// and nonce; for an encrypted document its base64 text as well.
func Signature(parts ...string) string {
	return util.Signature(slices.Clone(parts)...)
}

// signed reports in constant time whether signature is that of the parts.
func signed(signature string, parts ...string) bool {
	return subtle.ConstantTimeCompare([]byte(signature), []byte(Signature(parts...))) == 1
}
