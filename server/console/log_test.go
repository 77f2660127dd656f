package console_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hongyan/server/console"
	"hongyan/store"
)

func TestLog_SaysWhoChangedWhat(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		s.must(s.push.SetName(s.Context(), m.ownerPhone.user().ID, "老板"))
		s.must(s.push.SetName(s.Context(), m.developerPhone.user().ID, "小明"))
		m.owner.send(settings, url.Values{"name": {"机房"}, "greeting": {""}, "description": {""}, "contact": {""}})
		m.developer.send(settings, url.Values{"name": {"机房"}, "greeting": {"欢迎"}, "description": {""}, "contact": {""}})
		m.reader.get("/console/app/97/log")
		m.reader.shows("老板", "改了名称", "服务器监控", "机房", "小明", "改了欢迎语", "控制台", "加入了成员", "开发者", "新建了应用")
		for query, c := range map[string]struct{ has, hasNot string }{
			"kind=member": {"加入了成员", "改了名称"},
			"kind=app":    {"改了名称", "加入了成员"},
			"who=" + string(m.developerPhone.user().UID): {"改了欢迎语", "改了名称 "},
			"kind=topic": {"没有符合条件的操作", "改了名称"},
			"kind=%25":   {"没有符合条件的操作", "改了名称"},
			"kind=app&who=" + string(m.ownerPhone.user().UID): {"改了名称", "改了欢迎语"},
		} {
			m.reader.get("/console/app/97/log?" + query)
			m.reader.shows(c.has)
			if strings.Contains(list(m.reader.Page), c.hasNot) {
				t.Errorf("%s shows %q", query, c.hasNot)
			}
		}
		if got := m.reader.get("/console/app/97/log?after=x"); got != 422 {
			t.Errorf("a strange cursor: %d", got)
		}
	})
}

// list is the page without its filters.
func list(page string) string {
	_, after, _ := strings.Cut(body(page), "</form>")
	return after
}

// TestLog_PageByPage reads ten thousand lines, a page at a time, by the index.
func TestLog_PageByPage(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		s.exec(`INSERT INTO audit (at, user_id, via, app_id, action, subject)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
			SELECT i, 0, 'api', 97, 'app.token', 'line ' || i FROM n`)
		m.reader.get("/console/app/97/log?kind=app.token")
		m.reader.shows("line 10000", "line 9951<")
		next := nextPage(m.reader.Page)
		if strings.Contains(m.reader.Page, "line 9950<") || next == "" {
			t.Fatalf("page of more than 50, or no next: %q", next)
		}
		m.reader.get(next)
		m.reader.shows("line 9950<", "line 9901<")
		s.must(s.db.View(s.Context(), func(tx *store.Tx) error {
			if s.db.Postgres() {
				return nil // its planner looks at figures that a new table has not
			}
			steps, err := store.Collect(tx, func(r *store.Rows) (step string, err error) {
				var a, b, c int
				return step, r.Scan(&a, &b, &c, &step)
			}, `EXPLAIN QUERY PLAN SELECT l.id, u.uid FROM audit l LEFT JOIN users u ON u.id = l.user_id
				WHERE l.id < $1 AND l.app_id = $2 ORDER BY l.id DESC LIMIT 51`, int64(9e15), 97)
			plan := strings.Join(steps, "\n")
			if err == nil && (!strings.Contains(plan, "audit_app") || strings.Contains(plan, "TEMP B-TREE")) {
				t.Errorf("plan:\n%s", plan)
			}
			return err
		}))
	})
}

// nextPage is where the list goes on.
func nextPage(page string) string {
	_, after, ok := strings.Cut(page, `<p class="more"><a class="button quiet" href="`)
	if !ok {
		return ""
	}
	path, _, _ := strings.Cut(after, `"`)
	return strings.ReplaceAll(path, "&amp;", "&")
}

// TestLog_EveryActionHasWords: what any verb writes down can be read.
func TestLog_EveryActionHasWords(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../../push/*.go", "../../push/session/*.go", "../../billing/*.go", "../*.go"} {
		some, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, some...)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok || fmt.Sprint(pair.Key) != "Action" {
				return true
			}
			lit, ok := pair.Value.(*ast.BasicLit)
			if !ok {
				return true
			}
			action, err := strconv.Unquote(lit.Value)
			if err != nil || !strings.Contains(action, ".") {
				return true
			}
			found++
			if !console.ActionHasWords(action) {
				t.Errorf("%s writes down %q, for which there are no words", file, action)
			}
			return true
		})
	}
	if found < 8 {
		t.Errorf("only %d actions were found", found)
	}
}
