package console

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"hongyan/push"
)

var (
	errNoJob   = errors.New("no such job")
	errJobRuns = errors.New("the job runs already")
)

// jobView is one line of the job table with its latest run.
type jobView struct {
	ID, Name, What, Schedule string
	Last                     *push.JobRun
	Next                     time.Time
}

// Failed tells that the latest run did.
func (v jobView) Failed() bool { return v.Last != nil && v.Last.Failed() }

// Took is how long a run lasted.
func took(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// Took is how long the latest run lasted.
func (v jobView) Took() string {
	if v.Last == nil {
		return "–"
	}
	return took(v.Last.Took())
}

func (c *Console) jobOf(j Job, last map[string]push.JobRun, lang string) jobView {
	known, ok := wordsJobs[j.Name]
	if !ok {
		known = jobText{name: j.Name}
	}
	v := jobView{ID: j.Name, Name: translate(lang, known.name), What: translate(lang, known.what), Schedule: scheduleText(lang, j.Schedule)}
	if run, ok := last[j.Name]; ok {
		v.Last = &run
	}
	if j.Next != nil {
		v.Next = j.Next(c.o.Now())
	}
	return v
}

func (c *Console) jobsPage(r *request) (reply, error) {
	names := make([]string, len(c.o.Server.Jobs))
	for i, j := range c.o.Server.Jobs {
		names[i] = j.Name
	}
	last, err := c.o.Push.LastRuns(r.Context(), names)
	if err != nil {
		return reply{}, err
	}
	all := make([]jobView, len(names))
	for i, j := range c.o.Server.Jobs {
		all[i] = c.jobOf(j, last, r.lang)
	}
	return shown("admin_jobs", wordsJobsPage, all), nil
}

// runsView is a job with its history.
type runsView struct {
	jobView
	Runs []runView
	More string
	Able bool
}

// A runView is one run.
type runView struct {
	push.JobRun
	Said string // what it came to, in words
}

// Lasted is how long it did.
func (v runView) Lasted() string { return took(v.Took()) }

// outcomeText is what a run came to: its figures in words, or why it failed.
func outcomeText(lang string, run push.JobRun) string {
	if run.Failed() {
		return run.Reason()
	}
	for _, o := range wordsOutcomes {
		if m := o.says.FindStringSubmatch(run.Outcome); m != nil {
			args := make([]any, len(m)-1)
			for i, part := range m[1:] {
				args[i] = part
			}
			return translate(lang, o.text, args...)
		}
	}
	return run.Outcome
}

// job finds what the path names.
func (c *Console) job(r *request) (Job, error) {
	at := slices.IndexFunc(c.o.Server.Jobs, func(j Job) bool { return j.Name == r.PathValue("job") })
	if at < 0 {
		return Job{}, errNoJob
	}
	return c.o.Server.Jobs[at], nil
}

func (c *Console) jobPage(r *request) (reply, error) {
	j, err := c.job(r)
	if err != nil {
		return reply{}, err
	}
	runs, next, err := c.o.Push.JobRuns(r.Context(), j.Name, r.URL.Query().Get("after"), 20)
	if err != nil {
		return reply{}, err
	}
	v := runsView{jobView: c.jobOf(j, nil, r.lang), More: turned(r, next), Able: c.o.Server.RunJob != nil}
	for _, one := range runs {
		v.Runs = append(v.Runs, runView{one, outcomeText(r.lang, one)})
	}
	return shown("admin_job", wordsJobPage, v), nil
}

// runJob runs a job now. It goes on when whoever asked does not wait.
func (c *Console) runJob(r *request) (reply, error) {
	j, err := c.job(r)
	if err != nil {
		return reply{}, err
	}
	if c.o.Server.RunJob == nil {
		return reply{}, errNoJob
	}
	ran, err := c.o.Server.RunJob(context.WithoutCancel(r.Context()), j.Name)
	if err != nil {
		return reply{}, err
	}
	if !ran {
		return reply{}, errJobRuns
	}
	return sentTo(Prefix + "admin/jobs/" + url.PathEscape(j.Name)).saying("已执行，结果在下面第一行"), nil
}
