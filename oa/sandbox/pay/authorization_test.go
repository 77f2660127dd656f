package pay

import (
	"strings"
	"testing"
)

// FuzzAuthorization reads any header without harm; what it takes it has read
// to the end, and nothing in it was left out.
func FuzzAuthorization(f *testing.F) {
	good := scheme + ` mchid="1900000109",nonce_str="n",timestamp="1554208460",serial_no="1DDE",signature="a+/="`
	for _, seed := range []string{good, strings.ReplaceAll(good, ",", ", "), good + ",", good + `,mchid="2"`, scheme + " ", "", scheme + ` mchid="鸿雁`, strings.ToLower(good)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization(header)
		if err != nil {
			if a != (authorization{}) {
				t.Errorf("%q: refused, yet read as %+v", header, a)
			}
			return
		}
		length := len(scheme) + len(` mchid="",nonce_str="",timestamp="",serial_no="",signature=""`)
		for name, value := range map[string]string{"mchid": a.mchid, "nonce_str": a.nonce, "timestamp": a.timestamp, "serial_no": a.serial, "signature": a.signature} {
			if value == "" || !strings.Contains(header, name+`="`+value+`"`) {
				t.Errorf("%q: %s read as %q", header, name, value)
			}
			length += len(value)
		}
		if spaces := strings.Count(header, " "); len(header) < length || len(header) > length+spaces {
			t.Errorf("%q: %d bytes were read as %d", header, len(header), length)
		}
	})
}
