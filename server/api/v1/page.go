package v1

import "time"

// cst is the offset of every time in an answer.
var cst = time.FixedZone("CST", 8*60*60)

// moment is a time as answers show it, absent when it never was.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(cst)
	return &t
}

// PageQuery asks for one page of a list. It is exported so that huma finds its
// parameters where it is embedded.
type PageQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"一页最多几项"`
	After string `query:"after" maxLength:"200" doc:"上一页给出的 next；不填从头开始"`
}

// listOf is one page of a list.
type listOf[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next" doc:"下一页的游标；空表示没有了。筛选时一页可能不满，仍以 next 为准"`
}

// answerPage is the answer to a request for a page, each row shown by view.
func answerPage[R, V any](rows []R, next string, view func(R) V) *struct{ Body listOf[V] } {
	items := make([]V, len(rows))
	for i, row := range rows {
		items[i] = view(row)
	}
	return &struct{ Body listOf[V] }{listOf[V]{Items: items, Next: next}}
}
