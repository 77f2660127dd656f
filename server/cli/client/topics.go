package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"os"

	"hongyan/server/cli/term"
)

// Topics are the app's topics.
type Topics struct {
	List   TopicsList   `cmd:"" default:"withargs" help:"List the topics (the default)."`
	Create TopicsCreate `cmd:"" help:"Create a topic."`
	Rename TopicsRename `cmd:"" help:"Rename a topic."`
	Delete TopicsDelete `cmd:"" help:"Delete a topic; its number is never given again."`
}

// TopicsList lists them.
type TopicsList struct {
	Connection `group:"Connection:"`
	JSON       bool `name:"json" env:"-" help:"One JSON object a line."`
}

// countTo is where the server stops counting in a list.
const countTo = 10_000

// Run lists all topics, page by page.
func (l *TopicsList) Run(ctx context.Context, at Place) error {
	t, err := l.app(at)
	if err != nil {
		return err
	}
	all, err := t.topics(ctx)
	if err != nil {
		return err
	}
	out := term.Stdout()
	if l.JSON {
		for _, one := range all {
			if err := term.WriteJSON(out, one); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "no topics yet; hongyan topics create NAME makes one")
		return nil
	}
	var table term.Table
	table.Numbers(0, 2, 3)
	table.Head("number", "name", "followers", "not muted")
	for _, one := range all {
		table.Add(term.Text(one.ID), term.Text(one.Name), term.Text(upTo(one.Followers)), term.Text(upTo(one.Active)))
	}
	table.Write(out)
	return nil
}

func upTo(n int64) string {
	if n == countTo {
		return fmt.Sprintf("%d+", n)
	}
	return fmt.Sprint(n)
}

// topics asks for every topic of the app.
func (t *target) topics(ctx context.Context) (all []topic, err error) {
	for after := ""; ; {
		var page list[topic]
		if err := t.do(ctx, call{method: http.MethodGet, path: "/api/v1/topics?limit=100&after=" + url.QueryEscape(after)}, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" || page.Next == after {
			return all, nil
		}
		after = page.Next
	}
}

// TopicNames are the numbers and names of the app's topics, for completion:
// of the server and with the token of the environment, or of the sandbox. A
// server that does not answer has none.
func TopicNames(ctx context.Context, at Place) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		c := Connection{Server: os.Getenv("HONGYAN_SERVER"), Token: os.Getenv("HONGYAN_TOKEN")}
		t, err := c.app(at)
		if err != nil {
			return
		}
		all, _ := t.topics(ctx)
		for _, one := range all {
			if !yield(fmt.Sprint(one.ID), term.Clean(one.Name)) {
				return
			}
		}
	}
}

// TopicsCreate makes one.
type TopicsCreate struct {
	Connection `group:"Connection:"`
	Name       string `arg:"" help:"What followers see."`
	JSON       bool   `name:"json" env:"-" help:"Print as JSON."`
}

// Run creates the topic. A lost answer is not asked for again, since every call
// makes a topic of its own.
func (c *TopicsCreate) Run(ctx context.Context, at Place) error {
	return c.change(ctx, at, c.JSON, call{method: http.MethodPost, path: "/api/v1/topics", body: map[string]string{"name": c.Name}, once: true})
}

// TopicsRename gives one another name.
type TopicsRename struct {
	Connection `group:"Connection:"`
	ID         int64  `arg:"" complete:"topics" help:"Number of the topic."`
	Name       string `arg:"" help:"What followers see from now on."`
	JSON       bool   `name:"json" env:"-" help:"Print as JSON."`
}

// Run renames the topic.
func (r *TopicsRename) Run(ctx context.Context, at Place) error {
	return r.change(ctx, at, r.JSON, call{method: http.MethodPatch, path: topicPath(r.ID), body: map[string]string{"name": r.Name}})
}

// change makes the call and prints the topic it answers.
func (c *Connection) change(ctx context.Context, at Place, asJSON bool, what call) error {
	t, err := c.app(at)
	if err != nil {
		return err
	}
	var made topic
	if err := t.do(ctx, what, &made); err != nil {
		return err
	}
	out := term.Stdout()
	if asJSON {
		return term.WriteJSON(out, made)
	}
	fmt.Fprintf(out, "topic %d  %s  (%d followers)\n", made.ID, term.Clean(made.Name), made.Followers)
	return nil
}

// TopicsDelete deletes one.
type TopicsDelete struct {
	Connection `group:"Connection:"`
	ID         int64 `arg:"" complete:"topics" help:"Number of the topic."`
	Yes        bool  `env:"-" help:"Really delete it."`
	JSON       bool  `name:"json" env:"-" help:"Print as JSON."`
}

// Run deletes the topic, or says what that would delete.
func (d *TopicsDelete) Run(ctx context.Context, at Place) error {
	t, err := d.app(at)
	if err != nil {
		return err
	}
	var one topic
	if err := t.do(ctx, call{method: http.MethodGet, path: topicPath(d.ID)}, &one); err != nil {
		return err
	}
	if !d.Yes {
		return usage("topic %d is 「%s」 with %d followers; add --yes to delete it, which nothing brings back", one.ID, term.Clean(one.Name), one.Followers)
	}
	if err := t.do(ctx, call{method: http.MethodDelete, path: topicPath(d.ID)}, nil); err != nil {
		return err
	}
	out := term.Stdout()
	if d.JSON {
		return term.WriteJSON(out, map[string]any{"id": one.ID, "deleted": true})
	}
	fmt.Fprintf(out, "deleted topic %d  %s\n", one.ID, term.Clean(one.Name))
	return nil
}

func topicPath(id int64) string { return fmt.Sprintf("/api/v1/topics/%d", id) }
