package callback

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// MaxURL is the longest callback URL, in characters.
const MaxURL = 1000

// URLError says in a Chinese sentence what is wrong with a callback URL. It
// never repeats the URL, which may carry a secret.
type URLError struct {
	Text string
	err  error
}

func (e *URLError) Error() string { return e.Text }

// Unwrap gives ErrRefused when the address is not public.
func (e *URLError) Unwrap() error { return e.err }

// ValidateURL tells whether raw can be a callback URL under o. It looks
// nothing up: a name that resolves to a private address passes here and is
// refused at the dial. The error is a *URLError.
func ValidateURL(raw string, o Options) error { return newGuard(o).checkURL(raw) }

// checkURL is ValidateURL; it also stands before every call, since a row may
// be older than the configuration.
func (g *guard) checkURL(raw string) error {
	u, err := parseURL(raw)
	if err != nil {
		return err
	}
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return err
	}
	port, err := portOf(u)
	if err != nil {
		return err
	}
	if g.allowsHost(host, port) {
		return nil
	}
	return g.checkHost(host)
}

// parseURL refuses what is no plain http or https URL.
func parseURL(raw string) (*url.URL, error) {
	if n := utf8.RuneCountInString(raw); n > MaxURL {
		return nil, &URLError{Text: fmt.Sprintf(wordURLLong, MaxURL, n)}
	}
	if !utf8.ValidString(raw) {
		return nil, &URLError{Text: wordURLBroken}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Scheme != "" && u.Opaque != "":
		return nil, &URLError{Text: wordURLBroken}
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, &URLError{Text: wordURLScheme}
	case u.User != nil:
		return nil, &URLError{Text: wordURLUser}
	case u.Hostname() == "":
		return nil, &URLError{Text: wordURLHost}
	}
	return u, nil
}

// asciiHost spells a host as the dialer will: international names in
// punycode, full-width digits as digits, without the dot of a rooted name.
func asciiHost(host string) (string, error) {
	if !isASCII(host) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", &URLError{Text: wordURLHost}
		}
		host = ascii
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" || strings.HasSuffix(host, ".") || strings.ContainsAny(host, " \t\\/") {
		return "", &URLError{Text: wordURLHost}
	}
	return host, nil
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

func portOf(u *url.URL) (string, error) {
	port := u.Port()
	if port == "" {
		return map[string]string{"http": "80", "https": "443"}[u.Scheme], nil
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", &URLError{Text: wordURLPort}
	}
	return port, nil
}

// checkHost judges a host that stands in no allow-list.
func (g *guard) checkHost(host string) error {
	if a, err := netip.ParseAddr(host); err == nil {
		if err := g.check(a); err != nil {
			return &URLError{Text: wordRefused, err: ErrRefused}
		}
		return nil
	}
	if strings.ContainsAny(host, ":%") {
		return &URLError{Text: wordURLHost}
	}
	if endsInNumber(host) {
		return &URLError{Text: wordURLNumber, err: ErrRefused}
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return &URLError{Text: wordRefused, err: ErrRefused}
	}
	return nil
}

// endsInNumber finds hosts such as 2130706433, 0x7f.1 and 127.0.0.01, which
// some resolvers read as IPv4 addresses. No top-level domain is a number.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, err := strconv.ParseUint(last, 0, 64)
	return (err == nil || errors.Is(err, strconv.ErrRange)) && strings.HasPrefix(last, "0x") || last == "0x"
}

// ParseAllow reads the entries of Setting: a prefix (10.0.0.0/8), an address
// (10.1.2.3) or a target (intern.example:8080).
func ParseAllow(entries []string) (prefixes []netip.Prefix, hosts []string, err error) {
	for _, e := range entries {
		e = strings.TrimSpace(e)
		if p, err := netip.ParsePrefix(e); err == nil {
			prefixes = append(prefixes, p.Masked())
			continue
		}
		if a, err := netip.ParseAddr(e); err == nil {
			a = a.Unmap()
			prefixes = append(prefixes, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		u, err := url.Parse("http://" + e + "/")
		if err != nil || u.Port() == "" || u.Host != e || u.Hostname() == "" {
			return nil, nil, fmt.Errorf("%s: %q is no prefix, address or host:port", Setting, e)
		}
		hosts = append(hosts, e)
	}
	return prefixes, hosts, nil
}
