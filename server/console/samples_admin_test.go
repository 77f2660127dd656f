package console_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"strconv"
	"sync"
	"time"

	"hongyan/oa"
	"hongyan/push"
	"hongyan/server/console"
)

// process is what the administrator's pages are told of a process in these
// tests.
type process struct {
	mu     sync.Mutex
	files  map[string][]byte
	backup func(context.Context, func(done, total int64)) error          // nil: at once
	runJob func(ctx context.Context, s *site, name string) (bool, error) // nil: runs
	checks []console.Check
	menus  int
}

// server are the functions that a process hands over.
func (s *site) server() console.Server {
	p := &s.process
	p.files = map[string][]byte{"hongyan-20261101-031500.db": []byte("SQLite format 3\x00 not really")}
	p.checks = []console.Check{
		{Name: "database", State: "good", Finding: "SQLite file is sound, schema is current"},
		{Name: "redis", Finding: "not configured"},
		{Name: "token", State: "bad", Finding: "wechat /cgi-bin/stable_token: 40164 invalid ip 203.0.113.9", Remedy: oa.Remedy(40164)},
		{Name: "callback", State: "bad", Finding: "<script>alert(1)</script>", Remedy: "check it"},
	}
	return console.Server{
		System: func(context.Context) console.System {
			return console.System{Version: "v1.0.0", Node: s.push.Node(), Started: s.db.Now().Add(-26 * time.Hour), Engine: "SQLite 3.51.0", Schema: 9,
				DatabaseSize: 734 << 20, Redis: "ok", DiskFree: 42 << 30, DiskSize: 100 << 30, MayFly: 32}
		},
		Account: func() console.Account {
			return console.Account{Sandbox: true, AppID: "wx0123456789abcdef", OriginalID: "gh_0123456789ab", Mode: "safe", Route: "template", API: "https://api.weixin.qq.com",
				CallbackURL: s.base + "/wechat/callback", Domain: "push.example.com", Addresses: []string{"203.0.113.9"},
				Secrets: []console.Secret{{Name: "AppSecret", Set: true}, {Name: "Token", Set: true}, {Name: "EncodingAESKey", Set: true}, {Name: "Token (previous)"}},
				Menu:    []console.MenuItem{{Name: "我的", Sub: []string{"我的UID", "我的SPT", "我的订阅"}}, {Name: "消息市场"}, {Name: "帮助"}}}
		},
		Doctor: func(ctx context.Context) iter.Seq[console.Check] {
			return func(yield func(console.Check) bool) {
				for _, c := range p.checks {
					if !yield(c) {
						return
					}
				}
			}
		},
		RestoreMenu: func(ctx context.Context) error {
			p.menus++
			return s.client.CreateMenu(ctx, []oa.Button{{Name: "帮助", Type: "click", Key: "help"}})
		},
		Jobs: []console.Job{
			{Name: "retention", Schedule: "17 * * * *", Next: func(now time.Time) time.Time { return now.Add(20 * time.Minute) }},
			{Name: "quota", Schedule: "*/10 * * * *", Next: func(now time.Time) time.Time { return now.Add(4 * time.Minute) }},
			{Name: "parked", Schedule: "* * * * *", Next: func(now time.Time) time.Time { return now.Add(30 * time.Second) }},
			{Name: "report", Schedule: "30 3 * * *"},
		},
		RunJob: func(ctx context.Context, name string) (bool, error) {
			if p.runJob != nil {
				return p.runJob(ctx, s, name)
			}
			slot, mine, err := s.push.AskRun(ctx, name)
			if err != nil || !mine {
				return false, err
			}
			return true, s.push.EndRun(ctx, name, slot, "12 rows deleted", nil)
		},
		Backups: console.Backups{
			Folder: "/var/lib/hongyan/backups",
			List:   s.listBackups,
			Make: func(ctx context.Context, progress func(done, total int64)) (console.BackupFile, error) {
				if p.backup != nil {
					if err := p.backup(ctx, progress); err != nil {
						return console.BackupFile{}, err
					}
				}
				p.mu.Lock()
				defer p.mu.Unlock()
				name := "hongyan-" + s.db.Now().UTC().Format("20060102-150405") + ".db"
				p.files[name] = []byte("SQLite format 3\x00")
				return console.BackupFile{Name: name, Size: 16}, nil
			},
			Open: func(name string) (io.ReadCloser, error) {
				p.mu.Lock()
				defer p.mu.Unlock()
				body, ok := p.files[name]
				if !ok {
					return nil, fs.ErrNotExist
				}
				return io.NopCloser(bytes.NewReader(body)), nil
			},
		},
	}
}

func (s *site) listBackups() (all []console.BackupFile, err error) {
	s.process.mu.Lock()
	defer s.process.mu.Unlock()
	for name, body := range s.process.files {
		all = append(all, console.BackupFile{Name: name, Size: int64(len(body)), At: s.db.Now().Add(-time.Hour)})
	}
	return all, nil
}

// reported is a complaint of somebody about a message of app 97.
func (s *site) reported(m *team) map[string]string {
	s.Helper()
	reader := m.readerPhone
	reader.say("#97")
	_, err := s.push.Send(s.Context(), m.token, push.Draft{Content: "中奖了", Summary: "恭喜", Kind: 1, UIDs: []push.UID{reader.user().UID}})
	s.must(err)
	message := int64(s.count(`SELECT MAX(id) FROM message`))
	_, err = s.push.Report(s.Context(), s.push.Handle(message, reader.user().ID), "诈骗")
	s.must(err)
	return map[string]string{"id": strconv.Itoa(s.count(`SELECT MAX(id) FROM report`))}
}

func stranger(_ *site, m *team) map[string]string {
	return map[string]string{"uid": string(m.strangerPhone.user().UID)}
}

// adminSamples are those of the administrator's routes.
func adminSamples() map[string]sample {
	return map[string]sample{
		"GET /console/admin/{$}":                       {},
		"GET /console/admin/live":                      {},
		"GET /console/admin/account":                   {},
		"GET /console/admin/account/doctor/live":       {},
		"POST /console/admin/account/menu":             {},
		"POST /console/admin/account/resume":           {},
		"GET /console/admin/templates":                 {},
		"GET /console/admin/templates/preview":         {},
		"POST /console/admin/templates":                {form: url.Values{"id": {"T"}, "f.thing1": {"{summary}"}}},
		"POST /console/admin/templates/try":            {form: url.Values{"id": {"SANDBOX_template_0000000000000000000000000001"}, "f.thing2": {"{summary}"}, "f.thing1": {"{app}"}, "f.time3": {"{time}"}, "f.character_string4": {"{id}"}}},
		"POST /console/admin/templates/reset":          {},
		"GET /console/admin/users":                     {},
		"GET /console/admin/users/{uid}":               {make: stranger},
		"POST /console/admin/users/{uid}/admin":        {make: stranger, form: url.Values{"on": {"1"}}},
		"POST /console/admin/users/{uid}/bar":          {make: stranger, form: url.Values{"on": {"0"}}},
		"POST /console/admin/users/{uid}/sessions/end": {make: nobody},
		"GET /console/admin/apps":                      {},
		"GET /console/admin/apps/{id}":                 {path: map[string]string{"id": "97"}},
		"POST /console/admin/apps/{id}/suspend":        {path: map[string]string{"id": "97"}, form: url.Values{"reason": {"测试"}}},
		"POST /console/admin/apps/{id}/lift":           {path: map[string]string{"id": "97"}},
		"POST /console/admin/apps/{id}/owner": {path: map[string]string{"id": "97"}, make: func(_ *site, m *team) map[string]string {
			return map[string]string{"=uid": string(m.strangerPhone.user().UID)}
		}},
		"POST /console/admin/apps/{id}/limit":      {path: map[string]string{"id": "97"}, form: url.Values{"sends": {"5"}}},
		"GET /console/admin/limits":                {},
		"POST /console/admin/limits":               {form: url.Values{"sends": {"50"}}},
		"POST /console/admin/limits/reset":         {},
		"GET /console/admin/reports":               {},
		"GET /console/admin/reports/{id}":          {make: (*site).reported},
		"GET /console/admin/reports/{id}/page":     {make: (*site).reported},
		"POST /console/admin/reports/{id}":         {make: (*site).reported, form: url.Values{"note": {"已提醒"}}},
		"GET /console/admin/products":              {},
		"GET /console/admin/products/{id}":         {make: (*site).submitted},
		"GET /console/admin/products/{id}/text":    {make: (*site).submitted},
		"POST /console/admin/products/{id}/list":   {make: (*site).submitted},
		"POST /console/admin/products/{id}/refuse": {make: (*site).submitted, form: url.Values{"reason": {"请写清楚推送的频率"}}},
		"POST /console/admin/products/{id}/delist": {make: (*site).onSale, form: url.Values{"reason": {"收到举报"}}},
		"GET /console/admin/pay":                   {},
		"POST /console/admin/pay/differences/{id}": {make: (*site).differing, form: url.Values{"note": {"另一个系统的订单"}}},
		"GET /console/admin/jobs":                  {},
		"GET /console/admin/jobs/{job}":            {path: map[string]string{"job": "quota"}},
		"POST /console/admin/jobs/{job}":           {path: map[string]string{"job": "quota"}},
		"GET /console/admin/log":                   {},
		"GET /console/admin/log.csv":               {},
		"GET /console/admin/backup":                {},
		"GET /console/admin/backup/live":           {},
		"POST /console/admin/backup": {make: func(s *site, _ *team) map[string]string {
			s.process.backup = func(context.Context, func(done, total int64)) error { return fs.ErrPermission } // which writes nothing later
			return nil
		}},
		"POST /console/admin/backup/download": {form: url.Values{"file": {"hongyan-20261101-031500.db"}}},
	}
}

// nobody is a user who is signed in nowhere.
func nobody(s *site, _ *team) map[string]string {
	p := s.phone()
	_, err := p.Follow(s.Context())
	s.must(err)
	return map[string]string{"uid": string(p.user().UID)}
}

// holding is a backup that stops at a quarter until it may go on.
func holding(held chan<- struct{}, on <-chan struct{}) func(context.Context, func(done, total int64)) error {
	return func(ctx context.Context, progress func(done, total int64)) error {
		progress(250, 1000)
		close(held)
		select {
		case <-on:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
