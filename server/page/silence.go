package page

import (
	"net/http"

	"hongyan/push"
)

// silenceView offers to stop the messages of a sender. It needs nobody to sign
// in: the handle in the address is the receiver's alone.
type silenceView struct {
	Choices []silenceChoice
	Simple  bool // sent by SPT: only a new SPT stops it
	Gone    bool // neither the app nor the topic is followed any more
	Words   silenceWords
}

type silenceChoice struct {
	What  string // of the form
	Text  string
	Muted bool
}

func (h *handler) silencePage(r *http.Request) (reply, error) {
	from, err := h.sender(r)
	if err != nil {
		return reply{}, err
	}
	v := silenceView{Simple: from.App == 0, Words: wordsSilence}
	err = h.Push.Look(r.Context(), from.User, func(t *push.Turn) error {
		v.Choices = nil
		for _, c := range choicesOf(from) {
			at, err := h.Push.Standing(t, c.kind, c.id)
			if err != nil {
				return err
			}
			if at.Follows {
				v.Choices = append(v.Choices, silenceChoice{c.what, c.text, at.Muted})
			}
		}
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	v.Gone = !v.Simple && len(v.Choices) == 0
	return shown("silence", v.Words.Title, v), nil
}

// choice is one thing that a receiver can silence.
type choice struct {
	what, text string
	kind       push.SubscriptionKind
	id         int64
}

func choicesOf(from push.Sender) (list []choice) {
	if from.Topic != 0 {
		list = append(list, choice{"topic", wordsSilenceTopic(from.TopicName), push.OfTopic, int64(from.Topic)})
	}
	if from.App != 0 {
		list = append(list, choice{"app", wordsSilenceApp(from.AppName), push.OfApp, int64(from.App)})
	}
	return list
}

// silence does what the page offers, and leads back to it.
func (h *handler) silence(r *http.Request) (reply, error) {
	from, err := h.sender(r)
	if err != nil {
		return reply{}, err
	}
	for _, c := range choicesOf(from) {
		if c.what != r.PostFormValue("what") {
			continue
		}
		err := h.Push.As(r.Context(), from.User, func(t *push.Turn) error { return h.Push.Silence(t, c.kind, c.id, true) })
		if err != nil {
			return reply{}, err
		}
		return sentTo(r.URL.Path), nil
	}
	return refused(http.StatusBadRequest, wordsInvalid), nil
}

// sender reads the handle of the path.
func (h *handler) sender(r *http.Request) (push.Sender, error) {
	if handle := r.PathValue("handle"); plausible(handle) {
		return h.Push.Sender(r.Context(), handle)
	}
	return push.Sender{}, push.ErrNoMessage
}
