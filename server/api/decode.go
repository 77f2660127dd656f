package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxBody is the largest body read, in bytes.
const maxBody = 1 << 20

// decode reads the JSON body of q into dst, whatever Content-Type it claims.
func decode(q *request, dst any) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, q.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(fmt.Sprintf(textTooLarge, maxBody>>20))
	case err != nil:
		return refuse(textBrokenBody)
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf")))
	switch {
	case len(body) == 0:
		return refuse(textEmptyBody)
	case !utf8.Valid(body):
		return refuse(textNotUTF8)
	case body[0] != '{':
		return refuse(textNotObject)
	}
	if err := json.Unmarshal(body, dst); err != nil {
		return refuse(whyNotJSON(err))
	}
	return nil
}

// whyNotJSON says where a body broke, without repeating any of it.
func whyNotJSON(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var field *fieldError
	switch {
	case errors.As(err, &field):
		return field.Error()
	case errors.As(err, &kind):
		return fmt.Sprintf(textWrongKind, kind.Field)
	case errors.As(err, &syntax):
		return fmt.Sprintf(textSyntax, syntax.Offset)
	}
	return textBrokenBody
}

// fieldError is a value of a kind no client sends by mistake.
type fieldError struct{ want string }

func (e *fieldError) Error() string { return fmt.Sprintf(textWrongValue, e.want) }

// text takes a string, and a number or a truth value as its text. null and a
// missing field are "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(t))
	case '[', '{':
		return &fieldError{"字符串"}
	case 'n':
		*t = ""
	default:
		*t = text(b)
	}
	return nil
}

// number takes 1, "1", 1.0, "" and null; the last two are 0 and not given.
type number struct {
	value int64
	given bool
}

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.TrimSpace(strings.Trim(string(b), `"`))
	if s == "" || s == "null" {
		*n = number{}
		return nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(s, 64)
		if ferr != nil || f != float64(int64(f)) || f > 1<<53 || f < -1<<53 {
			return &fieldError{"整数"}
		}
		v = int64(f)
	}
	*n = number{v, true}
	return nil
}

// truth takes true, "true", 1, "1" and their opposites; null and "" are false.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*t = true
	case "false", "0", "", "null":
		*t = false
	default:
		return &fieldError{"true 或 false"}
	}
	return nil
}

// texts takes an array of strings, a single one, and null. Empty items are
// dropped.
type texts []string

func (t *texts) UnmarshalJSON(b []byte) error {
	var many []text
	switch b[0] {
	case '[':
		if err := json.Unmarshal(b, &many); err != nil {
			return err
		}
	default:
		many = make([]text, 1)
		if err := many[0].UnmarshalJSON(b); err != nil {
			return err
		}
	}
	*t = nil
	for _, one := range many {
		if one != "" {
			*t = append(*t, string(one))
		}
	}
	return nil
}

// numbers takes an array of numbers or numeric strings, a single one, and null.
type numbers []int64

func (n *numbers) UnmarshalJSON(b []byte) error {
	many := make([]number, 1)
	var err error
	if b[0] == '[' {
		err = json.Unmarshal(b, &many)
	} else {
		err = many[0].UnmarshalJSON(b)
	}
	if err != nil {
		return err
	}
	*n = nil
	for _, one := range many {
		if one.given {
			*n = append(*n, one.value)
		}
	}
	return nil
}

// number reads a query value that must be an integer when it is given.
func (v values) number(name string) (number, error) {
	var n number
	if err := n.UnmarshalJSON([]byte(v[name])); err != nil {
		return n, refuse(fmt.Sprintf(textWrongKind, name))
	}
	return n, nil
}
