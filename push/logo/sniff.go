package logo

import (
	"bytes"
	"fmt"
)

// sniff tells what a file is by how it begins.
func sniff(file []byte) (*format, error) {
	switch {
	case len(file) == 0:
		return nil, &Refused{wordEmpty}
	case len(file) > MaxFile:
		return nil, &Refused{fmt.Sprintf(wordHeavy, MaxFile>>20)}
	}
	for i := range formats {
		for _, begin := range formats[i].begins {
			if begins(file, begin) {
				return &formats[i], nil
			}
		}
	}
	if isSVG(file) {
		return nil, &Refused{wordSVG}
	}
	return nil, &Refused{wordUnknown}
}

func begins(file []byte, with string) bool {
	if len(file) < len(with) {
		return false
	}
	for i := range len(with) {
		if with[i] != '?' && with[i] != file[i] {
			return false
		}
	}
	return true
}

// isSVG finds the drawing's element among the first of a text.
func isSVG(file []byte) bool {
	return bytes.Contains(bytes.ToLower(file[:min(len(file), 4096)]), []byte("<svg"))
}
