package v1

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// readable makes sentences of what huma found wrong, and takes what was sent
// out of them: an answer repeats nothing that may be a secret.
func readable(_ huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	switch {
	case p.Status == http.StatusRequestEntityTooLarge:
		p.Detail, p.Errors = textBodyTooBig, nil
	case p.Status == http.StatusRequestTimeout:
		p.Detail, p.Errors = textSlowBody, nil
	case p.Status == http.StatusUnsupportedMediaType:
		p.Detail, p.Errors = textContentType, nil
	case p.Status == http.StatusBadRequest && len(p.Errors) == 0:
		p.Detail = textNoBody
	case p.Status == http.StatusBadRequest:
		p.Detail, p.Errors = textNotJSON, nil
	case len(p.Errors) > 0:
		p.Detail = fmt.Sprintf(textInvalid, len(p.Errors), invalid(p.Errors[:min(len(p.Errors), maxDetails)]))
		p.Errors = p.Errors[:min(len(p.Errors), maxDetails)]
	}
	return p, nil
}

// maxDetails bounds an answer to a request in which very much is wrong.
const maxDetails = 20

// invalid rewrites the details and tells the first in one sentence.
func invalid(details []*huma.ErrorDetail) string {
	for _, d := range details {
		d.Value, d.Message = nil, check(d.Message)
	}
	first := details[0]
	where := first.Location[strings.Index(first.Location, ".")+1:]
	return where + " " + first.Message
}

// check is the sentence for what huma says; a check that has none stays as it
// is.
func check(says string) string {
	for _, c := range checks {
		found := regexp.MustCompile("^" + c.says + "$").FindStringSubmatch(says)
		switch {
		case found == nil:
		case strings.Contains(c.text, "%s"):
			return fmt.Sprintf(c.text, found[1])
		default:
			return c.text
		}
	}
	return says
}
