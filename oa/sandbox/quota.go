package sandbox

import (
	"sync"
	"sync/atomic"
	"time"
)

// A quotaCounter counts one path's calls of a Beijing day.
type quotaCounter struct {
	day  atomic.Int64
	used atomic.Int64
}

// today forgets the last day's count.
func (q *quotaCounter) today(day int64) {
	if seen := q.day.Load(); seen != day && q.day.CompareAndSwap(seen, day) {
		q.used.Store(0)
	}
}

// quotas count what is limited per second and per month.
type quotas struct {
	second  atomic.Int64
	sends   atomic.Int64
	mu      sync.Mutex
	month   string
	cleared int64
}

// spend takes one call of the path's daily quota.
func (q *quotas) spend(c *call) error {
	used := &c.route.used
	used.today(wxDay(c.now, c.rules.QuotaResetMinutes))
	n := used.used.Add(1)
	limit := c.rules.Quotas[c.route.path]
	if early := c.rules.QuotaEarly; early > 0 && c.route.path == pathTemplateSend && n > early {
		used.used.Add(-1)
		return refuse(codeQuota)
	}
	if limit > 0 && n > limit {
		used.used.Add(-1)
		return refuse(codeQuota)
	}
	return nil
}

// hurried counts a send of this second and says whether it is one too many.
func (q *quotas) hurried(now time.Time, limit int64) bool {
	if limit <= 0 {
		return false
	}
	if second := q.second.Load(); second != now.Unix() && q.second.CompareAndSwap(second, now.Unix()) {
		q.sends.Store(0)
	}
	return q.sends.Add(1) > limit
}

// clear books one of the month's clearings.
func (q *quotas) clear(c *call, limit int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if month := c.now.In(beijing).Format("2006-01"); month != q.month {
		q.month, q.cleared = month, 0
	}
	if limit > 0 && q.cleared >= limit {
		return refuse(codeClearUsed)
	}
	q.cleared++
	return nil
}

// getQuota tells what is left of a path's day.
func (s *Sandbox) getQuota(c *call) error {
	var ask struct {
		Path string `json:"cgi_path"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	about := s.routes[ask.Path]
	if about == nil {
		return refuse(codeBadQuotaPath)
	}
	about.used.today(wxDay(c.now, c.rules.QuotaResetMinutes))
	used, limit := about.used.used.Load(), c.rules.Quotas[ask.Path]
	var rate int64
	if ask.Path == pathTemplateSend {
		rate = c.rules.SoftRate
	}
	return c.answer(map[string]any{
		"errcode": 0, "errmsg": "ok",
		"quota":                map[string]int64{"daily_limit": limit, "used": used, "remain": max(limit-used, 0)},
		"rate_limit":           map[string]int64{"call_count": rate, "refresh_second": min(rate, 1)},
		"component_rate_limit": map[string]int64{"call_count": 0, "refresh_second": 0},
	})
}

func (s *Sandbox) clearQuota(c *call) error {
	var ask struct {
		AppID string `json:"appid"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	if ask.AppID != s.o.AppID {
		return refuse(codeBadAppID)
	}
	return s.clearAll(c)
}

// clearQuotaV2 needs the secret instead of a token.
func (s *Sandbox) clearQuotaV2(c *call) error {
	if c.arg("appid") != s.o.AppID {
		return refuse(codeBadAppID)
	}
	if c.arg("appsecret") != s.o.Secret {
		return refuse(codeBadSecret)
	}
	return s.clearAll(c)
}

func (s *Sandbox) clearAll(c *call) error {
	if err := s.quotas.clear(c, c.rules.ClearQuotaPerMonth); err != nil {
		return err
	}
	for _, r := range s.routes {
		r.used.used.Store(0)
	}
	s.touch()
	return c.ok()
}

// clearOneQuota clears one path; both ways share the month's count here.
func (s *Sandbox) clearOneQuota(c *call) error {
	var ask struct {
		Path string `json:"cgi_path"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	about := s.routes[ask.Path]
	if about == nil {
		return refuse(codeBadQuotaPath)
	}
	if err := s.quotas.clear(c, c.rules.ClearQuotaPerMonth); err != nil {
		return err
	}
	about.used.used.Store(0)
	s.touch()
	return c.ok()
}

// explainRID tells what a refused call was.
func (s *Sandbox) explainRID(c *call) error {
	var ask struct {
		RID string `json:"rid"`
	}
	if err := c.decode(&ask); err != nil {
		return err
	}
	known, ok := s.rids.get(ask.RID)
	if !ok || c.now.Sub(known.at) > 7*24*time.Hour {
		return refuse(codeBadRID)
	}
	return c.answer(map[string]any{
		"errcode": 0, "errmsg": "ok",
		"request": map[string]any{
			"invoke_time": known.at.Unix(), "cost_in_ms": known.cost.Milliseconds(),
			"request_url": known.url, "request_body": known.body,
			"response_body": known.answer, "client_ip": known.ip,
		},
	})
}

// callbackIPs are the addresses callbacks come from: this machine.
func (s *Sandbox) callbackIPs(c *call) error {
	return c.answer(map[string][]string{"ip_list": {"127.0.0.1", "::1"}})
}
