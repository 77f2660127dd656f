package push

import "strings"

// Remedy is what a sender or developer can do about the reason of a failure or
// of a wait. Every reason has one: those this package gives by name, those of
// WeChat and of a developer's server say it themselves.
func Remedy(reason string) string {
	if do, ok := remedies[reason]; ok {
		return do
	}
	if last, ok := strings.CutPrefix(reason, whyGaveUp+"："); ok {
		if do, ok := remedies[last]; ok {
			return do
		}
		return doGaveUp
	}
	return doAsSaid
}

var remedies = map[string]string{
	textNoReason: doAskOperator,

	whyCancelled:     doSendAgainIfMeant,
	whyHalted:        doResume,
	whyDeleted:       doSendAgainIfMeant,
	whyNotFollowing:  doFollowAgain,
	whyBlocked:       doSpeak,
	whyMuted:         doUnmute,
	whyAppDeleted:    doOtherApp,
	whySuspended:     doAskOperator,
	whyTopicDeleted:  doOtherTopic,
	whyRejected:      doLift,
	whyAppMuted:      doUnmuteApp,
	whyNotSubscribed: doFollowApp,
	whyNotOnTopic:    doFollowTopic,
	whyTopicMuted:    doUnmuteTopic,
	whyUnpaid:        doPay,
	whyPaid:          doPay,

	whyUnconfirmed: doAskThem,
	whyNoFinish:    doAskThem,
	whyGaveUp:      doGaveUp,
	whyPanic:       doAskOperator,
	whyPaused:      doWaitForOperator,

	whyUserBlocks:   doAllow,
	whySystemFailed: doSendLater,
	whyFreqLimit:    doSendLess,

	whyNoEndpoint:       doSetEndpoint,
	whyEndpointDisabled: doSetEndpoint,
	whyEndpointGone:     doSetEndpoint,
}
