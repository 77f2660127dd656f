package push

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTimeline_TellsEveryState: each row the queue can leave behind, and the
// steps a developer reads.
func TestTimeline_TellsEveryState(t *testing.T) {
	start := time.Date(2038, 1, 19, 3, 14, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	w := weather{now: at(30), overdue: at(20)}
	paused := w
	paused.pausedUntil, paused.pauseReason = at(60), "微信错误 45009：额度用完。"
	sent := deliveryRow{state: stateAccepted, attempts: 1, sent: at(25), msgid: 7}
	for _, c := range []struct {
		name  string
		row   deliveryRow
		w     weather
		state DeliveryState
		want  string // steps, each with its minute
	}{
		{"queued", deliveryRow{state: stateDue, due: at(0)}, w, DeliveryWaiting, "accepted@0 queued@0"},
		{"retrying", deliveryRow{state: stateDue, attempts: 2, due: at(31), reason: "暂时连不上微信"}, w, DeliveryWaiting, "accepted@0 retrying@31:暂时连不上微信"},
		{"at work", deliveryRow{state: stateLeased, attempts: 1, due: at(31)}, w, DeliveryWaiting, "accepted@0 sending"},
		{"lease over", deliveryRow{state: stateLeased, attempts: 1, due: at(29)}, w, DeliveryWaiting, "accepted@0 queued@29"},
		{"account paused", deliveryRow{state: stateDue, due: at(0)}, paused, DeliveryWaiting, "accepted@0 queued@60:微信错误 45009：额度用完。"},
		{"cancelled", deliveryRow{state: stateDue, due: at(31), message: Message{CancelledAt: at(3)}}, w, DeliveryWaiting, "accepted@0 queued@31:" + whyCancelled},
		{"deleted", deliveryRow{state: stateDue, due: at(31), message: Message{DeletedAt: at(3)}}, w, DeliveryWaiting, "accepted@0 queued@31:" + whyDeleted},
		{"sent", sent, w, DeliverySent, "accepted@0 sent@25"},
		{"overdue", deliveryRow{state: stateAccepted, sent: at(5), msgid: 7}, w, DeliveryUnconfirmed, "accepted@0 sent@5 unconfirmed@15:" + whyNoFinish},
		{"opened before the report", deliveryRow{state: stateAccepted, sent: at(25), msgid: 7, openedAt: at(26), clickedAt: at(27)}, w, DeliverySent, "accepted@0 sent@25 opened@26 clicked@27"},
		{"confirmed, opened before", deliveryRow{state: stateConfirmed, sent: at(2), done: at(4), openedAt: at(3), clickedAt: at(9)}, w, DeliveryConfirmed, "accepted@0 sent@2 opened@3 confirmed@4 clicked@9"},
		{"never sent", deliveryRow{state: stateFailed, done: at(2), reason: whyNotFollowing}, w, DeliveryFailed, "accepted@0 failed@2:" + whyNotFollowing},
		{"refused by the report", deliveryRow{state: stateFailed, sent: at(2), msgid: 7, done: at(3), reason: whyUserBlocks}, w, DeliveryFailed, "accepted@0 sent@2 failed@3:" + whyUserBlocks},
		{"no reason", deliveryRow{state: stateFailed, done: at(2)}, w, DeliveryFailed, "accepted@0 failed@2:" + textNoReason},
		{"given up", deliveryRow{state: stateUnconfirmed, sent: at(2), msgid: 7, done: at(12), reason: whyNoFinish}, w, DeliveryUnconfirmed, "accepted@0 sent@2 unconfirmed@12:" + whyNoFinish},
		{"no answer", deliveryRow{state: stateUnconfirmed, done: at(12), reason: whyUnconfirmed}, w, DeliveryUnconfirmed, "accepted@0 unconfirmed@12:" + whyUnconfirmed},
	} {
		c.row.message.At = start
		var got []string
		for _, step := range timeline(c.row, c.w) {
			word := string(step.Kind)
			if !step.At.IsZero() {
				word += "@" + minutes(step.At.Sub(start))
			}
			if step.Reason != "" {
				word += ":" + step.Reason
			}
			got = append(got, word)
			if step.Text == "" || (step.Reason == "") != (step.Remedy == "") {
				t.Errorf("%s: step without words or remedy: %+v", c.name, step)
			}
		}
		if got := strings.Join(got, " "); got != c.want || c.row.stateAt(c.w) != c.state {
			t.Errorf("%s: got %s %q, want %s %q", c.name, c.row.stateAt(c.w), got, c.state, c.want)
		}
	}
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d.Minutes())) }

// TestRemedy_EveryReasonHasOne: a reason of our own by name, any other by what
// it says itself.
func TestRemedy_EveryReasonHasOne(t *testing.T) {
	for reason := range remedies {
		if do := Remedy(reason); do == "" || do == doAsSaid {
			t.Errorf("%s: %q", reason, do)
		}
		if do := Remedy(gaveUp(reason)); do != remedies[reason] {
			t.Errorf("%s: %q, want as for its last reason", gaveUp(reason), do)
		}
	}
	for reason, want := range map[string]string{
		"微信错误 43019：请移出。":                     doAsSaid,
		gaveUp("回调超时"):                        doGaveUp,
		gaveUp(""):                            doGaveUp,
		finishReason("failed: system failed"): doSendLater,
	} {
		if got := Remedy(reason); got != want {
			t.Errorf("%s: %q, want %q", reason, got, want)
		}
	}
}
