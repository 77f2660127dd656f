package console

import (
	"errors"
	"net/http"

	"hongyan/billing"
	"hongyan/oa"
	"hongyan/push"
	"hongyan/push/session"
)

// refusals are the pages for what can go wrong, in the order they are tried.
var refusals = []struct {
	err    error
	status int
	notice notice
}{
	{push.ErrNoMember, http.StatusNotFound, wordsNoApp},
	{push.ErrNoApp, http.StatusNotFound, wordsNoApp},
	{push.ErrNoTopic, http.StatusNotFound, wordsNoTopic},
	{push.ErrNoMessage, http.StatusNotFound, wordsNoMessage},
	{push.ErrNoCallback, http.StatusNotFound, wordsNoCallback},
	{push.ErrNoScene, http.StatusNotFound, wordsNoCode},
	{push.ErrNotFollowing, http.StatusNotFound, wordsNoFollower},
	{push.ErrRejected, http.StatusConflict, wordsRejected},
	{push.ErrNoScheduled, http.StatusNotFound, wordsNoScheduled},
	{push.ErrNoEndpoint, http.StatusNotFound, wordsNoEndpoint},
	{errProof, http.StatusConflict, wordsProof},
	{push.ErrScheduledDone, http.StatusConflict, wordsScheduledDone},
	{push.ErrLastOwner, http.StatusConflict, wordsLastOwner},
	{push.ErrLinkUsed, http.StatusNotFound, wordsLinkUsed},
	{push.ErrNoUser, http.StatusNotFound, wordsNoUser},
	{push.ErrNoComplaint, http.StatusNotFound, wordsNoComplaint},
	{push.ErrLastAdmin, http.StatusConflict, wordsLastAdmin},
	{push.ErrBarsAdmin, http.StatusConflict, wordsBarsAdmin},
	{billing.ErrNoProduct, http.StatusNotFound, wordsNoReviewed},
	{billing.ErrState, http.StatusConflict, wordsReviewState},
	{billing.ErrNoDifference, http.StatusNotFound, wordsNoDifference},
	{errNoJob, http.StatusNotFound, wordsNoJob},
	{errJobRuns, http.StatusConflict, wordsJobRuns},
	{errNoBackup, http.StatusNotFound, wordsNoBackup},
	{errBackupRuns, http.StatusConflict, wordsBackupRuns},
	{billing.ErrNoProduct, http.StatusNotFound, wordsNoProduct},
	{billing.ErrNoOrder, http.StatusNotFound, wordsNoOrder},
	{billing.ErrCoupon, http.StatusNotFound, wordsNoCoupon},
	{billing.ErrState, http.StatusConflict, wordsProductState},
	{billing.ErrNotRefundable, http.StatusConflict, wordsNotRefundable},
	{billing.ErrRefundDecided, http.StatusConflict, wordsRefundDecided},
	{errRole, http.StatusForbidden, wordsRole},
	{errFormUsed, http.StatusConflict, wordsFormUsed},
	{errFormStrange, http.StatusForbidden, wordsFormStrange},
	{errForm, http.StatusBadRequest, wordsForm},
	{errBusy, http.StatusTooManyRequests, wordsBusy},
	{session.ErrNoApproval, http.StatusGone, wordsApprovalGone},
}

// refusal is the page for an error.
func (c *Console) refusal(r *request, err error) reply {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refused(http.StatusRequestEntityTooLarge, wordsTooLarge)
	}
	for _, one := range refusals {
		if errors.Is(err, one.err) {
			return refused(one.status, one.notice)
		}
	}
	var stopped *push.Suspended
	if errors.As(err, &stopped) {
		n := wordsSuspended
		n.text = words{text: stopped.Error()}
		return refused(http.StatusForbidden, n)
	}
	var invalid *push.Invalid
	if errors.As(err, &invalid) {
		n := wordsInvalid
		n.text = words{text: invalid.Text}
		return refused(http.StatusUnprocessableEntity, n)
	}
	c.o.Log.Error("console", "path", r.URL.Path, "err", err)
	var no *oa.Error
	var unreachable *oa.NetworkError
	if errors.As(err, &no) || errors.As(err, &unreachable) {
		return refused(http.StatusBadGateway, wordsWeChat)
	}
	return refused(http.StatusInternalServerError, wordsBroken)
}
