package console

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"hongyan/push"
)

// Every form carries a ticket that its session alone can use, once, within
// formLasts: a form sent twice changes once, and one made elsewhere nothing.
const (
	formField = "once"
	formLasts = 12 * time.Hour
)

var (
	// errFormUsed: this form was sent before.
	errFormUsed = errors.New("the form was used already")
	// errFormStrange: it is not a form of this session, or it is too old.
	errFormStrange = errors.New("not a form of this session")
)

// ticket is for one form of the session.
func (c *Console) ticket(r *request) string {
	mark := sha256.Sum256([]byte(r.secret))
	plain := make([]byte, 8+8+12)
	copy(plain, mark[:8])
	binary.BigEndian.PutUint64(plain[8:], uint64(c.o.Now().UnixMilli()))
	rand.Read(plain[16:])
	return c.forms.Seal(plain)
}

// useForm uses the ticket up, unless its handler does by key.
func (c *Console) useForm(r *request, keyed bool) error {
	if err := r.parse(); err != nil {
		return err
	}
	value := r.Form.Get(formField)
	plain, err := c.forms.Open(value)
	if err != nil || len(plain) != 28 {
		return errFormStrange
	}
	mark := sha256.Sum256([]byte(r.secret))
	issued := time.UnixMilli(int64(binary.BigEndian.Uint64(plain[8:])))
	age := c.o.Now().Sub(issued)
	if !bytes.Equal(plain[:8], mark[:8]) || age < -time.Minute || age > formLasts {
		return errFormStrange
	}
	if keyed {
		return nil
	}
	err = c.o.Push.UseTicket(r.Context(), value, issued)
	if errors.Is(err, push.ErrTicketUsed) {
		return errFormUsed
	}
	return err
}

// mostMemory keeps files out of the disk, where nobody would take them away;
// how much comes at all, the door says.
const mostMemory = 16 << 20

// errForm: the form cannot be read.
var errForm = errors.New("the form cannot be read")

// parse reads a form of either kind.
func (r *request) parse() error {
	if r.Form != nil {
		return nil
	}
	err := r.Request.ParseForm()
	if err == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(mostMemory)
	}
	if err != nil {
		return errors.Join(errForm, err)
	}
	return nil
}

// value is a field of the form, without blanks around it and with the line
// ends of this side.
func (r *request) value(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(r.Form.Get(name), "\r\n", "\n"))
}

// A form is what stands in the fields of a page, and what is wrong with it.
type form struct {
	Values url.Values
	Wrong  map[string]string // by field; "" is about the whole
}

// typed is the form as it was sent.
func typed(r *request) form { return form{Values: r.Form, Wrong: map[string]string{}} }

// filled is a form with these values: name, value, name, value, …
func filled(pairs ...string) form {
	f := form{Values: url.Values{}, Wrong: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Values.Set(pairs[i], pairs[i+1])
	}
	return f
}

// refuse takes in an error about the input; others are not for the form.
func (f form) refuse(err error) bool {
	var invalid *push.Invalid
	if !errors.As(err, &invalid) {
		return false
	}
	f.Wrong[invalid.Field] = strings.TrimPrefix(invalid.Text, "参数"+invalid.Field)
	return true
}

// Value is what stands in a field.
func (f form) Value(name string) string { return f.Values.Get(name) }

// Error is what is wrong with a field.
func (f form) Error(name string) string { return f.Wrong[name] }

// A field is one row of a form.
type field struct {
	Form                    form
	Name, Label, Help, Kind string // Kind: text, url, number, textarea, …
	Required                bool
	Most                    int // characters; 0: no limit is shown
	Rows                    int
	Options                 []option // of a select
}

// An option is one choice of a select.
type option struct{ Value, Text string }

func (f field) Value() string { return f.Form.Value(f.Name) }
func (f field) Error() string { return f.Form.Error(f.Name) }

// file is the file in a field, nil when none was chosen.
func (r *request) file(name string) ([]byte, error) {
	if r.MultipartForm == nil || len(r.MultipartForm.File[name]) == 0 {
		return nil, nil
	}
	f, err := r.MultipartForm.File[name][0].Open()
	if err != nil {
		return nil, errors.Join(errForm, err)
	}
	defer f.Close()
	file, err := io.ReadAll(f)
	if err != nil {
		return nil, errors.Join(errForm, err)
	}
	if len(file) == 0 {
		return nil, nil
	}
	return file, nil
}
