package console

import (
	"fmt"
	"net/http"
)

// The languages. Texts are written in the first.
const (
	chinese = "zh-CN"
	english = "en"
)

const languageCookie = "hongyan_lang"

// languageOf is what the browser chose by the switch.
func languageOf(r *http.Request) string {
	if cookie, err := r.Cookie(languageCookie); err == nil && cookie.Value == english {
		return english
	}
	return chinese
}

// translate returns the text in a language, with args in their places. A text
// without a translation stays as it is: people wrote it, or push did.
func translate(lang, text string, args ...any) string {
	if lang == english {
		if there, ok := inEnglish[text]; ok {
			text = there
		}
	}
	if len(args) == 0 {
		return text
	}
	said := make([]any, len(args))
	for i, arg := range args {
		if w, ok := arg.(words); ok {
			arg = w.in(lang)
		}
		said[i] = arg
	}
	return fmt.Sprintf(text, said...)
}

// chooseLanguage is the switch.
func (c *Console) chooseLanguage(r *request) (reply, error) {
	if err := r.parse(); err != nil {
		return reply{}, err
	}
	lang := chinese
	if r.Form.Get("lang") == english {
		lang = english
	}
	to := r.Form.Get("to")
	if !inside(to) {
		to = Prefix
	}
	a := sentTo(to)
	a.cookies = []*http.Cookie{c.cookies.make(c.cookies.lang, lang, 365*24*3600)}
	return a, nil
}
