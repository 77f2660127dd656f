package client

import (
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"hongyan/server/cli/term"
)

// mostContent is far above what a message may be, and bounds what is read.
const mostContent = 1 << 20

// content is the text of the message: of one source, and without the line end
// that editors and echo put behind it.
func (s *Send) content() (string, error) {
	raw, err := s.read()
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(strings.TrimPrefix(raw, "\ufeff"), "\r\n")
	switch {
	case len(raw) > mostContent:
		return "", usage("the message is larger than 1 MiB; a message has at most 40000 characters")
	case !utf8.ValidString(text):
		return "", usage("the message is not UTF-8 text: convert it first, for example with iconv -f GB18030")
	case strings.TrimSpace(text) == "":
		return "", usage("the message is empty")
	}
	return text, nil
}

func (s *Send) read() (string, error) {
	switch {
	case s.File != "" && s.Text != "":
		return "", usage("give the message once: as an argument or by --file")
	case s.File != "" && s.File != "-":
		file, err := os.Open(s.File)
		if err != nil {
			return "", err
		}
		defer file.Close()
		return readAll(file)
	case s.Text != "" && s.Text != "-":
		return s.Text, nil
	case s.Text == "" && s.File == "" && term.IsTerminal(os.Stdin):
		return "", errNoText
	}
	return readAll(os.Stdin)
}

var errNoText = errors.New("nothing to send: give the message as an argument, by --file, or on standard input")

func readAll(r io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, mostContent+1))
	return string(raw), err
}
