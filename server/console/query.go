package console

import "slices"

// turned is the address of the next page: this one with a cursor.
func turned(r *request, cursor string) string {
	if cursor == "" {
		return ""
	}
	return with(r, "after", cursor)
}

// with is the address of this page with one value of its query changed; an
// empty value goes.
func with(r *request, name, value string) string {
	q := r.URL.Query()
	if value == "" {
		q.Del(name)
	} else {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + q.Encode()
}

// said puts options into the language of the reader.
func said(r *request, options ...option) []option {
	options = slices.Clone(options)
	for i := range options {
		options[i].Text = translate(r.lang, options[i].Text)
	}
	return options
}
