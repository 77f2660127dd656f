package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa/sandbox"
	"hongyan/oa/sandbox/pay"
)

// inShop runs fn in a bubble with a shop whose sandbox runs.
func inShop(t *testing.T, fn func(*testing.T, *shop), change ...func(*sandbox.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t, change...)
		running(t, s.platform)
		fn(t, s)
	})
}

// F4: an unanswered notice comes on WeChat Pay's schedule, 24 h 4 m in all,
// each time with the same id; then never again.
func TestPay_NoticeSchedule(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.answers(http.StatusInternalServerError)
		s.sold("schedule-01", 100)
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		got := s.all()
		var gaps []time.Duration
		for i := 1; i < len(got); i++ {
			gaps = append(gaps, got[i].at.Sub(got[i-1].at))
			if got[i].id != got[0].id || got[i].err != nil {
				t.Errorf("attempt %d: id %s error %v", i+1, got[i].id, got[i].err)
			}
		}
		const s15, m = 15 * time.Second, time.Minute
		want := []time.Duration{s15, s15, 2 * s15, 3 * m, 10 * m, 20 * m, 30 * m, 30 * m, 30 * m, 60 * m,
			180 * m, 180 * m, 180 * m, 360 * m, 360 * m}
		if !slices.Equal(gaps, want) {
			t.Errorf("gaps are %v, want %v", gaps, want)
		}
		if total := got[len(got)-1].at.Sub(got[0].at); total != 24*time.Hour+4*time.Minute {
			t.Errorf("the schedule lasts %s, want 24h4m", total)
		}
		if n := s.Payments().Notices; n.GivenUp != 1 || n.Sent != 16 || len(n.Pending) != 0 {
			t.Errorf("counted %+v, want 16 sent and given up", n)
		}
	})
}

// The schedule is the sandbox's clock's: Advance sends what became due.
func TestPay_NoticeScheduleByAdvancing(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.answers(http.StatusBadRequest)
		s.sold("advance-001", 100)
		synctest.Wait()
		for i, gap := range append(slices.Clone(pay.Schedule), 24*time.Hour) {
			if got := len(s.all()); got != i+1 {
				t.Errorf("before %s: %d attempts, want %d", gap, got, i+1)
			}
			s.Advance(gap - time.Millisecond)
			synctest.Wait()
			if got := len(s.all()); gap < 24*time.Hour && got != i+1 {
				t.Errorf("a millisecond before %s: %d attempts, want %d", gap, got, i+1)
			}
			s.Advance(time.Millisecond)
			synctest.Wait()
		}
	}, frozen)
}

// F4: 200 and 204 end it; other answers, none within five seconds, and a
// redirect do not.
func TestPay_NoticeAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		ends   bool
	}{
		{"200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, true},
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, true},
		{"202", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, false},
		{"302", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/else", http.StatusFound) }, false},
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, false},
		{"a cut connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
		{"200 after 4.9 s", func(w http.ResponseWriter, _ *http.Request) { time.Sleep(4900 * time.Millisecond); w.WriteHeader(200) }, true},
		{"200 after 5.1 s", func(w http.ResponseWriter, _ *http.Request) { time.Sleep(5100 * time.Millisecond); w.WriteHeader(200) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				s.account.replies(c.answer)
				s.sold("answer-0001", 100)
				time.Sleep(6 * time.Second)
				synctest.Wait()
				got := s.Payments()
				if ended := len(got.Notices.Pending) == 0; ended != c.ends {
					t.Errorf("pending %+v, want ended %v", got.Notices.Pending, c.ends)
				}
				if n := got.Transactions[0].Notices; n.Sent != 1 || (n.Answered == 1) != c.ends {
					t.Errorf("counted %+v", n)
				}
				time.Sleep(time.Hour) // let the last one end
			})
		})
	}
}

// F7: notices are signed by either key in the share that is set, and answers
// by the one that was asked for.
func TestPay_TwoKeys(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.set(`{"pay":{"certificateNotices":0.5}}`)
		for i := range 40 {
			s.sold(fmt.Sprintf("keys-%06d", i), 100)
		}
		synctest.Wait()
		by := map[string]int{}
		for _, n := range s.all() {
			if n.err != nil {
				t.Fatal(n.err)
			}
			by[n.serial]++
		}
		a := sandbox.DefaultPay()
		certificate := "5A6E64B0788A97E15A6E64B0788A97E15A6E64B0"
		if len(by) != 2 || by[a.PublicKeyID] < 8 || by[certificate] < 8 {
			t.Errorf("keys %v, want both", by)
		}
		for asked, want := range map[string]string{"": a.PublicKeyID, a.PublicKeyID: a.PublicKeyID, certificate: certificate} {
			_, _, answer := s.raw("GET", "/v3/pay/transactions/out-trade-no/keys-000001?mchid="+a.MchID, "", func(h *signature) {
				if asked != "" {
					h.header["Wechatpay-Serial"] = []string{asked}
				}
			})
			if got := answer.Header.Get("Wechatpay-Serial"); got != want {
				t.Errorf("asked for %q: signed by %q, want %q", asked, got, want)
			}
		}
	})
}

// Every fake is refused by the official SDK or by a comparison with the order;
// the real notice follows.
func TestPay_Fakes(t *testing.T) {
	refusedBySDK := []string{"signtest", "forged", "serial", "stale", "resource", "cipher"}
	for _, kind := range pay.FakeKinds {
		t.Run(kind, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				s.set(`{"pay":{"fakes":{%q:1}}}`, kind)
				s.sold("fake-000001", 100)
				synctest.Wait()
				got := s.all()
				if len(got) != 2 || got[1].err != nil {
					t.Fatalf("heard %+v, want a fake and a good one", got)
				}
				fake, paid := got[0], got[1].paid
				if refused := fake.err != nil; refused != slices.Contains(refusedBySDK, kind) {
					t.Errorf("the SDK says %v", fake.err)
				}
				if fake.err == nil && fmt.Sprint(fake.paid) == fmt.Sprint(paid) {
					t.Errorf("the fake says what the real one says: %v", fake.paid)
				}
				tally := s.Payments().Notices.Fakes[kind]
				if want := (pay.FakeTally{Sent: 1}); fake.err != nil && tally != want {
					t.Errorf("counted %+v, want %+v", tally, want)
				} else if want.Accepted = 1; fake.err == nil && tally != want {
					t.Errorf("counted %+v, want %+v", tally, want)
				}
			})
		})
	}
}

// What the fakes about the order say.
func TestPay_FakesAboutTheOrder(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.set(`{"pay":{"fakesOnly":true,"fakes":{"amount":1,"currency":1,"mchid":1,"appid":1,"payer":1}}}`)
		s.sold("fake-000002", 100)
		synctest.Wait()
		got := s.all()
		if len(got) != 5 {
			t.Fatalf("heard %d, want 5 and no good one", len(got))
		}
		wrong := map[string]int{}
		for _, h := range got {
			p := h.paid
			for name, is := range map[string]bool{"amount": *p.Amount.Total != 100, "currency": *p.Amount.Currency != "CNY",
				"mchid": *p.Mchid != sandbox.DefaultPay().MchID, "appid": *p.Appid != appID, "payer": *p.Payer.Openid != s.buyer.OpenID} {
				if is {
					wrong[name]++
				}
			}
		}
		if len(wrong) != 5 {
			t.Errorf("wrong are %v, want each once", wrong)
		}
		s.set(`{"pay":{"fakesOnly":false,"fakes":{"amount":0,"currency":0,"mchid":0,"appid":0,"payer":0}}}`)
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if got := s.all(); len(got) != 6 || *got[5].paid.Amount.Total != 100 {
			t.Errorf("the good one did not come by the schedule: %d heard", len(got))
		}
	})
}

// The dials of notices, by the faults API; clearing the faults clears them.
func TestPay_NoticeDials(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		dial := func(object string) {
			t.Helper()
			var d pay.Dial
			if err := json.Unmarshal([]byte(object), &d); err != nil {
				t.Fatal(err)
			}
			s.fault(sandbox.Fault{Overlay: sandbox.Overlay{Pay: d}})
		}
		heardOf := func(no string) (times []time.Duration) {
			began := s.Now()
			s.sold(no, 100)
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			for _, h := range s.all() {
				if h.paid.OutTradeNo != nil && *h.paid.OutTradeNo == no {
					times = append(times, h.at.Sub(began))
				}
			}
			return times
		}
		dial(`{"dropNotices":1}`)
		if got := heardOf("dial-dropped"); len(got) != 0 || s.Payments().Notices.Dropped != 1 {
			t.Errorf("dropped: heard at %v", got)
		}
		dial(`{"dropNotices":0,"duplicateNotices":1}`)
		if got := heardOf("dial-doubled"); len(got) != 2 {
			t.Errorf("doubled: heard at %v, want twice", got)
		}
		dial(`{"duplicateNotices":0,"noticeMinMs":20000,"noticeMaxMs":20000}`)
		if got := heardOf("dial-delayed"); len(got) != 1 || got[0] != 20*time.Second {
			t.Errorf("delayed: heard at %v, want 20s", got)
		}
		dial(`{"noticeMinMs":0,"noticeMaxMs":0,"reorderNotices":1}`)
		if got := heardOf("dial-reordered"); len(got) != 1 || got[0] < time.Second || got[0] > time.Minute {
			t.Errorf("held back: heard at %v, want 1s to 1m", got)
		}
		s.ClearFaults()
		if got := heardOf("dial-cleared"); len(got) != 1 || got[0] != 0 {
			t.Errorf("cleared: heard at %v, want at once", got)
		}
		if err := s.Dial(sandbox.Fault{Overlay: sandbox.Overlay{Pay: pay.Dial{"dropNotice": json.RawMessage("1")}}}); err == nil {
			t.Error("a dial of no setting was taken")
		}
	})
}

// The faults of every call meet WeChat Pay too, and those with its codes.
func TestPay_CallFaults(t *testing.T) {
	s := newShop(t)
	s.fault(sandbox.Fault{Path: nativePath, Code: "SYSTEM_ERROR", Times: 1})
	_, err := s.native("fault-0001", 100)
	wantAPI(t, "dialled", err, "SYSTEM_ERROR")
	s.fault(sandbox.Fault{Path: nativePath, Code: "FREQUENCY_LIMITED", Delivered: true, Times: 1})
	_, err = s.native("fault-0001", 100)
	wantAPI(t, "dialled after the work", err, "FREQUENCY_LIMITED")
	if got := s.state("fault-0001"); got != "NOTPAY" {
		t.Errorf("the order is %s, want NOTPAY", got)
	}
	for _, f := range []sandbox.Fault{{Cut: true}, {Status: 502, HTML: true}, {Truncate: true, Delivered: true}, {Cut: true, Delivered: true}} {
		f.Path, f.Times = nativePath, 1
		s.fault(f)
		if code, err := s.native("fault-0002", 100); err == nil {
			t.Errorf("%+v: got %q, want an error", f, code)
		}
	}
	got := s.Calls().Calls
	if n := got[nativePath]; n.Calls != 6 || n.Answers["500"] != 1 || n.Answers["429"] != 1 {
		t.Errorf("counted %+v", n)
	}
	if n := got["/v3/pay/transactions/out-trade-no/{no}"]; n.Answers["0"] != 1 {
		t.Errorf("counted %+v", n)
	}
}

// F5: accepted is not done; each end has its notice.
func TestPay_RefundEnds(t *testing.T) {
	for end, left := range map[string]int64{"SUCCESS": 100, "ABNORMAL": 100, "CLOSED": 0} {
		t.Run(end, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				s.set(`{"pay":{"refundMinMs":7000,"refundMaxMs":7000,"refundEnd":%q}}`, end)
				s.sold("ends-000001", 100)
				answer, err := s.refund("ends-000001", "E1", 100, 100)
				if err != nil || string(*answer.Status) != "PROCESSING" || answer.SuccessTime != nil {
					t.Fatalf("accepted: %v %v, want PROCESSING", answer, err)
				}
				time.Sleep(7*time.Second - time.Millisecond)
				if got := s.refundState("E1"); got != "PROCESSING" {
					t.Errorf("before its time: %s", got)
				}
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if got := s.refundState("E1"); got != end {
					t.Errorf("got %s, want %s", got, end)
				}
				got := s.all()
				last := got[len(got)-1]
				if len(got) != 2 || last.err != nil || last.event != "REFUND."+end || last.refund["refund_status"] != end || last.refund["out_refund_no"] != "E1" {
					t.Errorf("heard %+v, want REFUND.%s", last, end)
				}
				if got := s.Payments().Transactions[0].Refunded; got != left {
					t.Errorf("refunded %d, want %d", got, left)
				}
			})
		})
	}
}
