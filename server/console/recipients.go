package console

import (
	"hongyan/push"
)

// recipientsView is a page of those a message is for.
type recipientsView struct {
	Message push.Message
	Path    string
	Form    form
	States  []option
	Rows    []recipientRow
	Next    string
}

// recipientRow is one of them, with the last step of their card.
type recipientRow struct {
	push.Recipient
	Chip stateChip
	Last push.Step
	URL  string
}

func (c *Console) recipientsPage(r *request) (reply, error) {
	if err := r.parse(); err != nil {
		return reply{}, err
	}
	m, err := c.o.Push.Progress(r.Context(), r.app.ID, messageID(r))
	if err != nil {
		return reply{}, err
	}
	f, path := typed(r), messagePath(r.app.ID, m.ID)
	state, uid := f.Value("state"), r.value("uid")
	all, next, err := c.o.Push.Recipients(r.Context(), r.app.ID, m.ID, push.RecipientFilter{
		State: push.DeliveryState(state), UID: push.UID(uid), After: f.Value("after"), Limit: 20,
	})
	if err != nil {
		return reply{}, err
	}
	v := recipientsView{Message: m, Path: path, Form: f, States: wordsDeliveryStates.in(r.lang)}
	for _, one := range all {
		v.Rows = append(v.Rows, rowOf(one, path))
	}
	if next != "" {
		v.Next = query(path+"/people", "state", state, "uid", uid, "after", next)
	}
	return shown("recipients", wordsRecipients, v), nil
}

func rowOf(one push.Recipient, path string) recipientRow {
	row := recipientRow{Recipient: one, Chip: chipsOfDelivery[one.State], URL: path + "/people/" + string(one.UID)}
	for _, step := range one.Timeline { // readers come after the card is where it is
		if step.Kind != push.StepOpened && step.Kind != push.StepClicked {
			row.Last = step
		}
	}
	return row
}

// recipientView is the way of one card.
type recipientView struct {
	Message push.Message
	Path    string
	Row     recipientRow
	Steps   []stepRow
}

// stepRow is a stop with its tone and mark.
type stepRow struct {
	push.Step
	Tone, Mark string
	Ahead      bool // its time is still to come
}

func (c *Console) recipientPage(r *request) (reply, error) {
	m, err := c.o.Push.Progress(r.Context(), r.app.ID, messageID(r))
	if err != nil {
		return reply{}, err
	}
	all, _, err := c.o.Push.Recipients(r.Context(), r.app.ID, m.ID, push.RecipientFilter{UID: push.UID(r.PathValue("uid"))})
	if err != nil {
		return reply{}, err
	}
	if len(all) == 0 {
		return reply{}, push.ErrNotFollowing
	}
	path := messagePath(r.app.ID, m.ID)
	v := recipientView{Message: m, Path: path, Row: rowOf(all[0], path)}
	now := c.o.Now()
	for _, step := range all[0].Timeline {
		look := looksOfSteps[step.Kind]
		v.Steps = append(v.Steps, stepRow{step, look.tone, look.mark, step.At.After(now)})
	}
	return shown("recipient", wordsRecipient, v), nil
}

// looksOfSteps are the tone and the mark of each stop.
var looksOfSteps = map[push.StepKind]struct{ tone, mark string }{
	push.StepAccepted: {"", "↓"}, push.StepQueued: {"wait", "…"}, push.StepRetrying: {"wait", "↻"}, push.StepSending: {"wait", "→"},
	push.StepSent: {"", "→"}, push.StepConfirmed: {"good", "✓"}, push.StepUnconfirmed: {"wait", "?"}, push.StepFailed: {"bad", "✕"}, push.StepSkipped: {"", "–"},
	push.StepOpened: {"good", "◉"}, push.StepClicked: {"good", "↗"},
}
