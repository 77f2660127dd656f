package push

import "time"

// giveBack files a task whose attempt was not made: its row is due again at
// due as if it had not been claimed. The caller holds mu.
func (q *queue) giveBack(t *task, due time.Time) {
	t.park(due)
	q.ended(t)
}

// giveBackAll gives back every task that waits for a worker.
func (q *queue) giveBackAll() {
	now := q.db.LeaseNow()
	for lane := range q.ready {
		for _, t := range q.ready[lane] {
			if t.who != 0 {
				q.giveBackLine(t.who, now)
			}
			q.giveBack(t, now)
		}
		q.ready[lane] = nil
	}
	for who := range q.busy { // behind a call under way or its spacing
		for _, t := range q.busy[who] {
			q.giveBack(t, now)
		}
		q.busy[who] = nil
	}
}

// giveBackLine gives back what waits behind a ready task that goes back too.
func (q *queue) giveBackLine(who UserID, now time.Time) {
	for _, t := range q.busy[who] {
		q.giveBack(t, now)
	}
	delete(q.busy, who)
}
