package pay

// A book is every order and refund, found by each of its names.
type book struct {
	orders  map[string]*order // by out_trade_no
	byID    map[string]*order // by transaction_id
	handles map[string]*order
	refunds map[string]*refund // by out_refund_no
	ids     map[string]bool    // refund_id
	list    []*order           // as they were made
	undone  map[string]*notice // by id: notices that will be sent again
}

func newBook() book {
	return book{orders: map[string]*order{}, byID: map[string]*order{}, handles: map[string]*order{},
		refunds: map[string]*refund{}, ids: map[string]bool{}, undone: map[string]*notice{}}
}

// put takes over what a line of the journal says.
func (b *book) put(l line) {
	if o := l.Order; o != nil {
		if old := b.orders[o.no()]; old == nil {
			b.list = append(b.list, o)
		} else if old != o {
			*old = *o // read from the journal: there is one of each
			o = old
		}
		b.orders[o.no()] = o
		if o.ID != "" {
			b.byID[o.ID] = o
		}
		for _, h := range o.Handles {
			b.handles[h.Text] = o
		}
	}
	if r := l.Refund; r != nil {
		b.refunds[r.Ask.OutRefundNo], b.ids[r.ID] = r, true
	}
	if n := l.Notice; n != nil {
		if n.Over {
			delete(b.undone, n.ID)
		} else {
			b.undone[n.ID] = n
		}
	}
}

// An agenda is what is due and when, the first thing first.
type agenda []due

// A due is one thing to do: pay an order, end a refund, or send a notice.
type due struct {
	at     int64 // Unix milliseconds
	order  *order
	refund *refund
	notice *notice
}

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at < a[j].at }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push and Pop are for container/heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(due)) }

// Pop takes the last.
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	(*a)[len(*a)-1] = due{}
	*a = (*a)[:len(*a)-1]
	return last
}
