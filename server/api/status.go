package api

import "strconv"

// status answers how far a record has come. It needs no token: the public id
// is a permuted number that cannot be guessed from another.
func (a *API) status(q *request) (any, error) { return a.statusOf(q, q.query["sendRecordId"]) }

// statusByPath is the same by the deprecated messageId, which equals it.
func (a *API) statusByPath(q *request) (any, error) { return a.statusOf(q, q.args[0]) }

func (a *API) statusOf(q *request, id string) (any, error) {
	if err := a.mayLook(q, 1); err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, refuse(textNoMessage)
	}
	st, err := a.o.Push.Status(q.Context(), n)
	if err != nil {
		return nil, err
	}
	return said{text: st.Text, data: st.Code}, nil
}
