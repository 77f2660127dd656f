package oa

// SubscriptionPopup tells which subscribe notifications a follower accepted
// or rejected when asked.
type SubscriptionPopup struct {
	head
	Choices []SubscriptionChoice
}

// SubscriptionChanged tells which subscribe notifications a follower switched
// off in the settings.
type SubscriptionChanged struct {
	head
	Choices []SubscriptionChoice
}

// SubscriptionChoice is a follower's word on one template.
type SubscriptionChoice struct {
	TemplateID string
	Accepted   bool
	Scene      string // PopupScene: 1 a page, 2 an article
}

// SubscriptionSent reports what became of subscribe notifications.
type SubscriptionSent struct {
	head
	Results []SubscriptionResult
}

// SubscriptionResult is the fate of one notification; code 0 is success.
type SubscriptionResult struct {
	TemplateID    string
	NotifiedMsgID int64
	Code          int64
	Status        string
}
