package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestTopics_AreMadeRenamedAndDeleted(t *testing.T) {
	w := startWorld(t)
	s := newPrompt(t, w)
	var made, renamed struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	s.json(&made, "topics", "create", "夜间构建")
	s.json(&renamed, "topics", "rename", fmt.Sprint(made.ID), "白天")
	if made.Name != "夜间构建" || renamed.ID != made.ID || renamed.Name != "白天" {
		t.Errorf("made %+v, renamed %+v", made, renamed)
	}
	list := s.run("topics")
	want := "number  name      followers  not muted\n     1  演示主题          1          1\n     2  白天              0          0\n"
	if list.out != want {
		t.Errorf("listed\n%s, want\n%s", list.out, want)
	}
	for range 2 { // deleting twice: the second finds nothing
		list = s.run("topics", "delete", fmt.Sprint(made.ID), "--yes")
	}
	if left := s.run("topics", "--json"); strings.Count(left.out, "\n") != 1 || list.code != 2 {
		t.Errorf("left: %s; the second delete ended with %d", left.out, list.code)
	}
}

func TestApps_AreListedAndMade(t *testing.T) {
	w := startWorld(t)
	s := newPrompt(t, w)
	var made struct {
		ID    int64  `json:"id"`
		Token string `json:"appToken"`
	}
	s.json(&made, "apps", "create", "构建通知")
	if a := s.run("topics", "--token", made.Token); a.code != 0 || !strings.Contains(a.out, "no topics yet") {
		t.Errorf("the new token: %d %s%s", a.code, a.out, a.err)
	}
	a := s.run("apps")
	for _, part := range []string{"97  演示应用          1  " + w.base + "/demo/callback", "98  构建通知          0  nowhere"} {
		if !strings.Contains(a.out, part) {
			t.Errorf("it does not say %q:\n%s", part, a.out)
		}
	}
	if a := s.run("apps", "--json"); strings.Count(a.out, "\n") != 2 {
		t.Errorf("as JSON: %s", a.out)
	}
}
