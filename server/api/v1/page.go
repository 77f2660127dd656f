package v1

import (
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Paging is how a list is asked for, part by part. What operations embed has an
// exported name, because huma looks into nothing else.
type Paging struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"最多返回几项"`
	After string `query:"after" maxLength:"64" doc:"上一页答案里的 next；空表示从头开始"`
}

// position is the number a cursor stands for; an empty cursor is 0.
func (p *Paging) position() (int64, error) {
	if p.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p.After, 36, 64)
	if err != nil || n < 0 {
		return 0, huma.Error422UnprocessableEntity(textBadCursor)
	}
	return n, nil
}

// list is one part of a list.
type list[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next" doc:"下一页的 after；空表示到头了"`
}

type listAnswer[T any] struct{ Body list[T] }

// page shows the rows of a part and says where the next begins: a full part
// may have one behind it. position is a row's place in the list.
func page[R, T any](p *Paging, rows []R, view func(R) T, position func(R) int64) *listAnswer[T] {
	answer := &listAnswer[T]{list[T]{Items: make([]T, len(rows))}}
	for i, row := range rows {
		answer.Body.Items[i] = view(row)
	}
	if len(rows) == p.Limit {
		answer.Body.Next = strconv.FormatInt(position(rows[len(rows)-1]), 36)
	}
	return answer
}

// china is the zone every time is shown in.
var china = time.FixedZone("CST", 8*3600)

// when is a time as answers show it, nil for none: RFC 3339 in China's zone,
// to the millisecond.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(china)
	return &t
}
