package listen

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// A follower's words do nothing to the developer's terminal.
func TestPrint_NothingGoesToTheTerminalButText(t *testing.T) {
	var out bytes.Buffer
	p := newPrinter(&out, false)
	p.callback(&hand{
		it:      item{ID: "msg_1", Body: `{"action":"send_up_cmd","data":{"content":"重启\u001b]0;pwned\u0007\r\n第二行\u202e\u009b31m"}}`},
		outcome: &outcome{Attempt: 1},
	}, verdict{Taken: true, State: "waiting", Reason: "\x1b[2J", NextAt: time.Now()})
	p.dropped(&hand{it: item{ID: "msg_1"}}, &refusal{404, "\x1b[2J没有"})
	text := out.String()
	if strings.ContainsAny(text, "\x1b\x07\r\u202e\u009b") || strings.Count(text, "\n") != 2 || !strings.Contains(text, "重启") {
		t.Errorf("printed %q", text)
	}
}

func TestLink_PausesGrowToFifteenSeconds(t *testing.T) {
	for n, want := range []time.Duration{1, 2, 4, 8, 15, 15} {
		want *= time.Second
		if least, most := pauseAfter(n, 0.999), pauseAfter(n, 0); most != want || least < want/2 || least > want/2+want/50 {
			t.Errorf("pause %d from %s to %s, want up to %s", n, least, most, want)
		}
	}
	if got := pauseAfter(1000, 0); got != longestPause {
		t.Errorf("after a thousand failures %s", got)
	}
}

func TestDescribe(t *testing.T) {
	for body, want := range map[string]string{
		`{"action":"send_up_cmd","data":{"uid":"UID_x","content":"重启"}}`:                       "send_up_cmd 重启",
		`{"action":"app_subscribe","data":{"uid":"UID_x","source":"scan","extra":"门店 7"}}`:     "app_subscribe UID_x scan 门店 7",
		`{"action":"order_pay","data":{"tradeNo":"T1","amount":-1250,"uid":"UID_x","type":2}}`: "order_pay T1 -12.50",
		`[]`: " ",
	} {
		action, what := describe(body)
		if got := action + " " + what; got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
