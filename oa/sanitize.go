package oa

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxTag bounds one tag in bytes; WeChat's have a name and nothing else.
const maxTag = 256

var (
	cdataOpen  = []byte("<![CDATA[")
	cdataClose = []byte("]]>")
	// cdataSplit stands for a literal ]]> within CDATA.
	cdataSplit = []byte("]]]]><![CDATA[>")
)

// sanitize returns a document an XML parser may be given: it refuses what must
// not be parsed at all, and repairs what WeChat is known to send although XML
// forbids it (control characters typed by followers, a literal ]]> in CDATA).
// A document without such oddities is returned as it is.
func sanitize(body []byte) ([]byte, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if isBlank(body) {
		return nil, ErrEmpty
	}
	if !utf8.Valid(body) {
		return nil, ErrEncoding
	}
	s := scanner{in: dropForbidden(body)}
	if err := s.scan(); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// dropForbidden removes the characters XML 1.0 cannot carry.
func dropForbidden(b []byte) []byte {
	if !hasForbidden(b) {
		return b
	}
	return bytes.Map(func(r rune) rune {
		if forbidden(r) {
			return -1
		}
		return r
	}, b)
}

// hasForbidden finds control characters, and U+FFFE and U+FFFF by their first
// two bytes, without decoding.
func hasForbidden(b []byte) bool {
	for i, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return true
		}
		if c == 0xef && b[i+1] == 0xbf && b[i+2] >= 0xbe {
			return true
		}
	}
	return false
}

// forbidden reports whether XML 1.0 has no place for r.
func forbidden(r rune) bool {
	switch {
	case r < 0x20:
		return r != '\t' && r != '\n' && r != '\r'
	case r >= 0xd800 && r <= 0xdfff:
		return true
	}
	return r == 0xfffe || r == 0xffff || r > utf8.MaxRune
}

// scanner walks a document's markup once, without understanding it, and
// copies only if something has to change.
type scanner struct {
	in   []byte
	at   int
	tags int    // and repaired CDATA ends
	out  []byte // what in[:kept] became
	kept int
}

// replace puts with in the place of in[from:to].
func (s *scanner) replace(from, to int, with []byte) {
	s.out = append(append(s.out, s.in[s.kept:from]...), with...)
	s.kept = to
}

// result is the repaired document.
func (s *scanner) result() []byte {
	if s.kept == 0 {
		return s.in
	}
	return append(s.out, s.in[s.kept:]...)
}

func (s *scanner) scan() error {
	for s.at < len(s.in) {
		next := bytes.IndexByte(s.in[s.at:], '<')
		if next < 0 {
			next = len(s.in) - s.at
		}
		s.references(s.at, s.at+next)
		s.at += next
		if s.at == len(s.in) {
			return nil
		}
		if err := s.markup(); err != nil {
			return err
		}
	}
	return nil
}

// markup steps over whatever begins at s.at with '<'.
func (s *scanner) markup() error {
	rest := s.in[s.at:]
	switch {
	case bytes.HasPrefix(rest, cdataOpen):
		return s.cdata()
	case bytes.HasPrefix(rest, []byte("<!--")):
		return s.until("-->")
	case bytes.HasPrefix(rest, []byte("<!")):
		return ErrDTD
	case bytes.HasPrefix(rest, []byte("<?")):
		return s.until("?>")
	}
	s.tags++
	end := bytes.IndexByte(rest[:min(len(rest), maxTag)], '>')
	switch {
	case s.tags > 2*maxNodes || end < 0 && len(rest) >= maxTag:
		return ErrTooMany
	case end < 0:
		return fmt.Errorf("%w: tag without end", ErrMalformed)
	}
	s.at += end + 1
	return nil
}

// until steps past mark.
func (s *scanner) until(mark string) error {
	end := bytes.Index(s.in[s.at:], []byte(mark))
	if end < 0 {
		return fmt.Errorf("%w: %s is missing", ErrMalformed, mark)
	}
	s.at += end + len(mark)
	return nil
}

// cdata steps past a CDATA section. A ]]> that no markup follows was typed by
// the follower and belongs to the text.
func (s *scanner) cdata() error {
	s.at += len(cdataOpen)
	for {
		end := bytes.Index(s.in[s.at:], cdataClose)
		if end < 0 {
			return fmt.Errorf("%w: CDATA without end", ErrMalformed)
		}
		from := s.at + end
		s.at = from + len(cdataClose)
		after := bytes.TrimLeft(s.in[s.at:], " \t\r\n")
		if len(after) == 0 || after[0] == '<' {
			return nil
		}
		if s.tags++; s.tags > 2*maxNodes {
			return ErrTooMany
		}
		s.replace(from, s.at, cdataSplit)
	}
}

// references removes from text outside CDATA the numeric references to
// characters XML forbids, such as &#2; and &#x2;.
func (s *scanner) references(from, to int) {
	for i := from; i < to; {
		next := bytes.Index(s.in[i:to], []byte("&#"))
		if next < 0 {
			return
		}
		i += next
		end := bytes.IndexByte(s.in[i:min(to, i+12)], ';')
		if end > 0 && forbiddenReference(string(s.in[i+2:i+end])) {
			s.replace(i, i+end+1, nil)
			i += end + 1
			continue
		}
		i += 2
	}
}

// forbiddenReference reports whether digits, as in &#digits;, name a character
// XML forbids.
func forbiddenReference(digits string) bool {
	base := 10
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	r, err := strconv.ParseUint(digits, base, 31)
	return err == nil && forbidden(rune(r))
}
