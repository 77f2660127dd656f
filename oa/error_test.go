package oa

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"unicode"
)

// platformCodes are the codes of the platform's pages, by what to do.
func platformCodes() map[Class][]int {
	return map[Class][]int{
		ClassToken:   {40001, 40014, 42001},
		ClassRetry:   {-1, 43117, 42010, 45011, 89504, 89505},
		ClassQuota:   {45009},
		ClassUser:    {40003, 43004, 50005, 43019, 43101, 48002, 50002, 70000, 45015, 45047},
		ClassMessage: {40241, 40037, 40036, 40039, 40249, 43116, 47003, 47001, 40008, 41030, 44002, 45001, 45002, 45008, 45072, 45080, 45081, 40033, 40052, 40053},
		ClassConfig: {41001, 40002, 41002, 41004, 40013, 40125, 40243, 40164, 89503, 89506, 89507, 50004, 50007,
			43106, 40200, 45109, 48001, 48004, 50001, 43002},
		ClassOther: {40029, 40163, 48006},
	}
}

// TestF15_EveryCodeHasItsClassAndRemedy goes by the answer of a send.
func TestF15_EveryCodeHasItsClassAndRemedy(t *testing.T) {
	for class, codes := range platformCodes() {
		for _, code := range codes {
			p := newPlatform()
			p.answer = func(call) string { return fmt.Sprintf(`{"errcode":%d,"errmsg":"x rid: 1-2-3"}`, code) }
			_, err := p.client().SendTemplate(t.Context(), card("o1"))
			var e *Error
			if !errors.As(err, &e) || e.Code != code || e.Class() != class {
				t.Errorf("%d: got %v of class %v, want class %v", code, err, e.Class(), class)
				continue
			}
			if !speaksChinese(e.Remedy()) || e.Remedy() != Remedy(code) {
				t.Errorf("%d has the remedy %q", code, e.Remedy())
			}
			calls := 1
			if class == ClassToken {
				calls = 2
			}
			if len(p.calls) != calls {
				t.Errorf("%d: called %d times, want %d", code, len(p.calls), calls)
			}
		}
	}
}

func speaksChinese(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
}

func TestF15_UnknownCodesAreOther(t *testing.T) {
	e := &Error{Path: pathTemplate, Code: 99999}
	if e.Class() != ClassOther || e.Remedy() != "" {
		t.Errorf("class %v, remedy %q", e.Class(), e.Remedy())
	}
}

// TestF15_ABadSecretIsNoDeadToken: 40001 means something else where the secret
// itself is sent.
func TestF15_ABadSecretIsNoDeadToken(t *testing.T) {
	for _, path := range []string{pathToken, pathExchange} {
		e := &Error{Path: path, Code: 40001}
		if e.Class() != ClassConfig || !strings.Contains(e.Remedy(), "AppSecret 错误") {
			t.Errorf("%s: class %v, remedy %q", path, e.Class(), e.Remedy())
		}
	}
}

func TestError_ReadsWell(t *testing.T) {
	for want, err := range map[string]error{
		"wechat /a: 40164 invalid ip 1.2.3.4, not in whitelist (rid 1-2-3)": func() error {
			text, rid := splitRID("invalid ip 1.2.3.4, not in whitelist, rid: 1-2-3")
			return &Error{Path: "/a", Code: 40164, Message: text, RID: rid}
		}(),
		"wechat /a: -1 system error":                      &Error{Path: "/a", Code: -1, Message: "system error"},
		"wechat /a: HTTP status 502, it may have arrived": &NetworkError{"/a", true, 502, errors.New("HTTP status 502")},
		"wechat /a: connection refused, nothing was sent": &NetworkError{"/a", false, 0, errors.New("connection refused")},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if ClassQuota.String() != "quota" || Class(99).String() != "other" {
		t.Error("classes have no names")
	}
}

// TestImports_NothingThatLogsOrCalls: silenceper's root package and its server
// set the process's logger to debug and print followers' messages.
func TestImports_NothingThatLogsOrCalls(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "hongyan/oa").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(out)) {
		switch line {
		case "github.com/sirupsen/logrus", "github.com/silenceper/wechat/v2", "github.com/silenceper/wechat/v2/officialaccount",
			"github.com/silenceper/wechat/v2/officialaccount/server":
			t.Errorf("oa imports %s", line)
		}
	}
}
