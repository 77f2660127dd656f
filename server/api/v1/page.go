package v1

import "time"

// page is every list: what stands on it, and what to ask for the rest. The
// list ends where Next is empty; a filtered page may be short before that.
type page[T any] struct {
	Items []T    `json:"items" nullable:"false" doc:"本页的内容"`
	Next  string `json:"next" example:"" doc:"下一页的 after；为空表示到头了。带筛选条件时，一页可能不满而后面还有"`
}

// PageQuery is how a list is asked for. What is embedded in an input has to be
// exported, or huma leaves it empty.
type PageQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" example:"20" doc:"一页最多几条"`
	After string `query:"after" maxLength:"128" doc:"上一页的 next；不填从头开始"`
}

// newPage makes the answer of a list. Empty lists are [], never null.
func newPage[T, V any](all []T, view func(T) V, next string) *answer[page[V]] {
	return &answer[page[V]]{page[V]{Items: each(all, view), Next: next}}
}

// each is the view of every one. It is never nil.
func each[T, V any](all []T, view func(T) V) []V {
	views := make([]V, len(all))
	for i, one := range all {
		views[i] = view(one)
	}
	return views
}

// answer is an operation's answer with a body.
type answer[T any] struct{ Body T }

// at is how a time stands in an answer: RFC 3339 in the time of China
// (+08:00). The zero time is null.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(china)
	return &t
}

var china = time.FixedZone("CST", 8*3600)
