package console

import (
	"hongyan/push"
	"hongyan/push/logo"
)

// A route is one thing the console does, and for whom.
type route struct {
	pattern string
	needs   need
	do      answerer
	// step says on the phone what is to be allowed there first; nil: nothing.
	step func(*request) words
	body int64 // most bytes of a request, when it is not mostBody
	gone bool  // the app that the path names may be a deleted one
	// looks: a POST that changes nothing and is repeated at will, such as a
	// preview of what is typed. It uses up no ticket.
	looks bool
	// keyed: the ticket is the key of what the form does, in one transaction
	// with it. A form sent twice does it once and gets the same answer, and one
	// whose server died before it did anything can be sent again.
	keyed bool
}

// need is who may come in.
type need struct {
	signedIn bool
	role     push.Role // in the app that the path names
	admin    bool
}

// The needs of routes.
var (
	anybody   = need{}
	signedIn  = need{signedIn: true}
	reader    = need{signedIn: true, role: push.Reader}
	developer = need{signedIn: true, role: push.Developer}
	owner     = need{signedIn: true, role: push.Owner}
	admin     = need{signedIn: true, admin: true}
)

// routes is everything the console does on one screen. A GET changes nothing.
func (c *Console) routes() []route {
	return []route{
		// Coming in and going out
		{pattern: "GET /console/login", needs: anybody, do: c.loginPage},
		{pattern: "GET /console/login/state", needs: anybody, do: c.loginState},
		{pattern: "POST /console/login", needs: anybody, do: c.login},
		{pattern: "GET /console/first/{secret}", needs: anybody, do: c.firstPage},
		{pattern: "POST /console/lang", needs: anybody, do: c.chooseLanguage},
		{pattern: "POST /console/logout", needs: signedIn, do: c.logout},
		{pattern: "GET /console/step/{handle}", needs: signedIn, do: c.stepState},

		// The person
		{pattern: "GET /console/me", needs: signedIn, do: c.mePage},
		{pattern: "POST /console/me/name", needs: signedIn, do: c.rename},
		{pattern: "POST /console/me/sessions/end", needs: signedIn, do: c.endSession},
		{pattern: "POST /console/me/sessions/end-others", needs: signedIn, do: c.endOtherSessions},

		// Apps
		{pattern: "GET /console/{$}", needs: signedIn, do: c.appsPage},
		{pattern: "GET /console/apps/new", needs: signedIn, do: c.newAppPage},
		{pattern: "POST /console/apps/new", needs: signedIn, do: c.newApp, body: logo.MaxFile + mostBody},

		// Overview
		{pattern: "GET /console/app/{app}/{$}", needs: reader, do: c.overview},
		{pattern: "GET /console/app/{app}/live", needs: reader, do: c.overviewLive},

		// Settings and members
		{pattern: "GET /console/app/{app}/settings", needs: reader, do: c.settingsPage},
		{pattern: "POST /console/app/{app}/settings", needs: developer, do: c.saveBasics},
		{pattern: "POST /console/app/{app}/settings/logo", needs: developer, do: c.saveLogo, body: logo.MaxFile + mostBody},
		{pattern: "GET /console/app/{app}/settings/code.jpg", needs: reader, do: c.followCode},
		{pattern: "POST /console/app/{app}/settings/link", needs: owner, do: c.saveLink},
		{pattern: "POST /console/app/{app}/settings/link-key", needs: owner, do: c.newLinkKey, step: stepOn("更换应用「%s」的跳转签名密钥")},
		{pattern: "POST /console/app/{app}/settings/token", needs: owner, do: c.resetToken, step: stepOn("重置应用「%s」的 AppToken，现在的立即作废")},
		{pattern: "POST /console/app/{app}/settings/callback/test", needs: owner, do: c.testCallback},
		{pattern: "POST /console/app/{app}/settings/callback", needs: owner, do: c.saveCallback, step: stepOnCallback},
		{pattern: "POST /console/app/{app}/settings/callback/secret", needs: owner, do: c.rotateSecret, step: stepOn("更换应用「%s」的回调签名密钥")},
		{pattern: "POST /console/app/{app}/settings/callback/enable", needs: developer, do: c.enableCallback},
		{pattern: "POST /console/app/{app}/settings/callback/stop", needs: owner, do: c.stopCallback, step: stepOn("删除应用「%s」的回调地址，不再收到回调")},
		{pattern: "GET /console/app/{app}/settings/delete", needs: owner, do: c.deletePage},
		{pattern: "POST /console/app/{app}/settings/delete", needs: owner, do: c.deleteApp, step: stepOn("删除应用「%s」")},
		{pattern: "POST /console/app/{app}/restore", needs: owner, do: c.restoreApp, gone: true},
		{pattern: "GET /console/app/{app}/members", needs: reader, do: c.membersPage},
		{pattern: "POST /console/app/{app}/members/invite", needs: owner, do: c.invite},
		{pattern: "GET /console/app/{app}/members/invite/{handle}", needs: owner, do: c.inviteState},
		{pattern: "POST /console/app/{app}/members/role", needs: owner, do: c.setRole, step: c.stepOnRole},
		{pattern: "POST /console/app/{app}/members/remove", needs: owner, do: c.removeMember, step: c.stepOnRemoval},
		{pattern: "POST /console/app/{app}/members/leave", needs: reader, do: c.leaveApp, step: stepOn("退出应用「%s」，不再是它的成员")},
		{pattern: "GET /console/app/{app}/log", needs: reader, do: c.logPage},

		// People, topics and codes
		{pattern: "GET /console/app/{app}/people", needs: reader, do: c.peoplePage},
		{pattern: "GET /console/app/{app}/people.csv", needs: developer, do: c.exportPeople},
		{pattern: "GET /console/app/{app}/people/{uid}", needs: reader, do: c.followerPage},
		{pattern: "POST /console/app/{app}/people/{uid}/reject", needs: developer, do: c.rejectFollower},
		{pattern: "POST /console/app/{app}/people/{uid}/remove", needs: developer, do: c.removeFollower},
		{pattern: "POST /console/app/{app}/people/{uid}/join", needs: developer, do: c.joinTopic},
		{pattern: "POST /console/app/{app}/people/{uid}/leave", needs: developer, do: c.leaveTopic},
		{pattern: "GET /console/app/{app}/topics", needs: reader, do: c.topicsPage},
		{pattern: "GET /console/app/{app}/topics/new", needs: developer, do: c.newTopicPage},
		{pattern: "POST /console/app/{app}/topics/new", needs: developer, do: c.newTopic},
		{pattern: "GET /console/app/{app}/topics/{topic}", needs: reader, do: c.topicPage},
		{pattern: "POST /console/app/{app}/topics/{topic}/name", needs: developer, do: c.renameTopic},
		{pattern: "POST /console/app/{app}/topics/{topic}/delete", needs: developer, do: c.deleteTopic},
		{pattern: "GET /console/app/{app}/codes", needs: reader, do: c.codesPage},
		{pattern: "POST /console/app/{app}/codes", needs: developer, do: c.newCode},
		{pattern: "POST /console/app/{app}/codes/permanent", needs: developer, do: c.makePermanent},
		{pattern: "GET /console/app/{app}/codes/{code}", needs: reader, do: c.codePage},
		{pattern: "GET /console/app/{app}/codes/{code}/live", needs: reader, do: c.codeLive},
		{pattern: "POST /console/app/{app}/codes/{code}/draw", needs: developer, do: c.drawCode},

		// Sending and messages
		{pattern: "GET /console/app/{app}/send", needs: developer, do: c.sendPage},
		{pattern: "POST /console/app/{app}/send", needs: developer, do: c.send, body: mostDraft, keyed: true},
		{pattern: "POST /console/app/{app}/send/find", needs: developer, do: c.findReceivers, body: mostDraft, looks: true},
		{pattern: "POST /console/app/{app}/send/preview", needs: developer, do: c.preview, body: mostDraft, looks: true},
		{pattern: "POST /console/app/{app}/send/page", needs: developer, do: c.previewPage, body: mostDraft, looks: true},
		{pattern: "GET /console/app/{app}/send/scheduled", needs: reader, do: c.scheduledPage},
		{pattern: "POST /console/app/{app}/send/scheduled/move", needs: developer, do: c.moveScheduled},
		{pattern: "POST /console/app/{app}/send/scheduled/now", needs: developer, do: c.sendScheduledNow},
		{pattern: "POST /console/app/{app}/send/scheduled/cancel", needs: developer, do: c.cancelScheduled},
		{pattern: "GET /console/app/{app}/messages", needs: reader, do: c.messagesPage},
		{pattern: "GET /console/app/{app}/messages/{message}", needs: reader, do: c.messagePage},
		{pattern: "GET /console/app/{app}/messages/{message}/live", needs: reader, do: c.messageLive},
		{pattern: "GET /console/app/{app}/messages/{message}/page", needs: reader, do: c.messageBody},
		{pattern: "GET /console/app/{app}/messages/{message}/people", needs: reader, do: c.recipientsPage},
		{pattern: "GET /console/app/{app}/messages/{message}/people/{uid}", needs: reader, do: c.recipientPage},
		{pattern: "POST /console/app/{app}/messages/{message}/pause", needs: developer, do: c.pauseMessage},
		{pattern: "POST /console/app/{app}/messages/{message}/resume", needs: developer, do: c.resumeMessage},
		{pattern: "POST /console/app/{app}/messages/{message}/cancel", needs: developer, do: c.cancelMessage},
		{pattern: "POST /console/app/{app}/messages/{message}/remove", needs: developer, do: c.removeMessage},

		// Products
		{pattern: "GET /console/app/{app}/products", needs: reader, do: c.productsPage},
		{pattern: "GET /console/app/{app}/products/new", needs: developer, do: c.newProductPage},
		{pattern: "POST /console/app/{app}/products/new", needs: developer, do: c.newProduct, body: mostDraft},
		{pattern: "POST /console/app/{app}/products/rows", needs: developer, do: c.productRows, body: mostDraft, looks: true},
		{pattern: "POST /console/app/{app}/products/preview", needs: developer, do: c.previewProduct, body: mostDraft, looks: true},
		{pattern: "GET /console/app/{app}/products/{product}", needs: reader, do: c.productPage},
		{pattern: "GET /console/app/{app}/products/{product}/page", needs: reader, do: c.productBody},
		{pattern: "GET /console/app/{app}/products/{product}/edit", needs: developer, do: c.editProductPage},
		{pattern: "POST /console/app/{app}/products/{product}/edit", needs: developer, do: c.editProduct, body: mostDraft},
		{pattern: "POST /console/app/{app}/products/{product}/cover", needs: developer, do: c.saveCover, body: logo.MaxFile + mostBody},
		{pattern: "POST /console/app/{app}/products/{product}/code", needs: developer, do: c.productCode},
		{pattern: "POST /console/app/{app}/products/{product}/submit", needs: owner, do: c.submitProduct},
		{pattern: "POST /console/app/{app}/products/{product}/withdraw", needs: owner, do: c.withdrawProduct},
		{pattern: "POST /console/app/{app}/products/{product}/delist", needs: owner, do: c.delistProduct},
		{pattern: "POST /console/app/{app}/products/{product}/relist", needs: owner, do: c.relistProduct},
		{pattern: "GET /console/app/{app}/products/{product}/subscribers", needs: reader, do: c.subscribersPage},
		{pattern: "POST /console/app/{app}/products/{product}/gift", needs: owner, do: c.giveDays},
		{pattern: "GET /console/app/{app}/products/{product}/orders", needs: reader, do: c.ordersPage},
		{pattern: "GET /console/app/{app}/products/{product}/orders.csv", needs: developer, do: c.exportOrders},
		{pattern: "GET /console/app/{app}/products/{product}/orders/{order}", needs: reader, do: c.orderPage},
		{pattern: "POST /console/app/{app}/products/{product}/orders/{order}/refund", needs: owner, do: c.refundOrder, step: stepOnRefund},
		{pattern: "GET /console/app/{app}/products/{product}/refunds", needs: reader, do: c.refundsPage},
		{pattern: "POST /console/app/{app}/products/{product}/refunds/approve", needs: owner, do: c.approveRefund, step: stepOnRefund},
		{pattern: "POST /console/app/{app}/products/{product}/refunds/decline", needs: owner, do: c.declineRefund},
		{pattern: "GET /console/app/{app}/products/{product}/coupons", needs: reader, do: c.couponsPage},
		{pattern: "POST /console/app/{app}/products/{product}/coupons", needs: owner, do: c.newCoupon},
		{pattern: "POST /console/app/{app}/products/{product}/coupons/end", needs: owner, do: c.endCoupon},

		// Callbacks
		{pattern: "GET /console/app/{app}/callbacks", needs: reader, do: c.callbacks},
		{pattern: "GET /console/app/{app}/callbacks/live", needs: reader, do: c.callbacksLive},
		{pattern: "POST /console/app/{app}/callbacks/replay", needs: developer, do: c.replayFailed},
		{pattern: "POST /console/app/{app}/callbacks/enable", needs: developer, do: c.enableEndpoint},
		{pattern: "GET /console/app/{app}/callbacks/{id}", needs: reader, do: c.callbackPage},
		{pattern: "POST /console/app/{app}/callbacks/{id}/replay", needs: developer, do: c.replayCallback},

		// The administrator
		{pattern: "GET /console/admin/{$}", needs: admin, do: c.adminOverview},
		{pattern: "GET /console/admin/live", needs: admin, do: c.adminLive},
		{pattern: "GET /console/admin/account", needs: admin, do: c.accountPage},
		{pattern: "GET /console/admin/account/doctor/live", needs: admin, do: c.doctorLive},
		{pattern: "POST /console/admin/account/menu", needs: admin, do: c.restoreMenu},
		{pattern: "POST /console/admin/account/resume", needs: admin, do: c.resumeAccount},
		{pattern: "GET /console/admin/templates", needs: admin, do: c.templatesPage},
		{pattern: "GET /console/admin/templates/preview", needs: admin, do: c.previewTemplate},
		{pattern: "POST /console/admin/templates", needs: admin, do: c.saveTemplate},
		{pattern: "POST /console/admin/templates/try", needs: admin, do: c.tryTemplate},
		{pattern: "POST /console/admin/templates/reset", needs: admin, do: c.resetTemplate},
		{pattern: "GET /console/admin/users", needs: admin, do: c.usersPage},
		{pattern: "GET /console/admin/users/{uid}", needs: admin, do: c.userPage},
		{pattern: "POST /console/admin/users/{uid}/admin", needs: admin, do: c.setAdmin, step: wordsStepAdmin},
		{pattern: "POST /console/admin/users/{uid}/bar", needs: admin, do: c.barUser},
		{pattern: "POST /console/admin/users/{uid}/sessions/end", needs: admin, do: c.endSessionsOf},
		{pattern: "GET /console/admin/apps", needs: admin, do: c.allAppsPage},
		{pattern: "GET /console/admin/apps/{id}", needs: admin, do: c.anyAppPage},
		{pattern: "POST /console/admin/apps/{id}/suspend", needs: admin, do: c.suspendApp},
		{pattern: "POST /console/admin/apps/{id}/lift", needs: admin, do: c.liftApp},
		{pattern: "POST /console/admin/apps/{id}/owner", needs: admin, do: c.giveApp, step: wordsStepOwner},
		{pattern: "POST /console/admin/apps/{id}/limit", needs: admin, do: c.limitApp},
		{pattern: "GET /console/admin/limits", needs: admin, do: c.limitsPage},
		{pattern: "POST /console/admin/limits", needs: admin, do: c.saveLimits},
		{pattern: "POST /console/admin/limits/reset", needs: admin, do: c.resetLimits},
		{pattern: "GET /console/admin/reports", needs: admin, do: c.reportsPage},
		{pattern: "GET /console/admin/reports/{id}", needs: admin, do: c.reportPage},
		{pattern: "GET /console/admin/reports/{id}/page", needs: admin, do: c.reportedPage},
		{pattern: "POST /console/admin/reports/{id}", needs: admin, do: c.handleReport},
		{pattern: "GET /console/admin/products", needs: admin, do: c.reviewsPage},
		{pattern: "GET /console/admin/products/{id}", needs: admin, do: c.reviewPage},
		{pattern: "GET /console/admin/products/{id}/text", needs: admin, do: c.reviewedText},
		{pattern: "POST /console/admin/products/{id}/list", needs: admin, do: c.passProduct},
		{pattern: "POST /console/admin/products/{id}/refuse", needs: admin, do: c.returnProduct},
		{pattern: "POST /console/admin/products/{id}/delist", needs: admin, do: c.expelProduct},
		{pattern: "GET /console/admin/pay", needs: admin, do: c.payPage},
		{pattern: "POST /console/admin/pay/differences/{id}", needs: admin, do: c.settleDifference},
		{pattern: "GET /console/admin/jobs", needs: admin, do: c.jobsPage},
		{pattern: "GET /console/admin/jobs/{job}", needs: admin, do: c.jobPage},
		{pattern: "POST /console/admin/jobs/{job}", needs: admin, do: c.runJob},
		{pattern: "GET /console/admin/log", needs: admin, do: c.adminLogPage},
		{pattern: "GET /console/admin/log.csv", needs: admin, do: c.logFile},
		{pattern: "GET /console/admin/backup", needs: admin, do: c.backupPage},
		{pattern: "GET /console/admin/backup/live", needs: admin, do: c.backupLive},
		{pattern: "POST /console/admin/backup", needs: admin, do: c.makeBackup},
		{pattern: "POST /console/admin/backup/download", needs: admin, do: c.downloadBackup, step: wordsStepBackup},
	}
}
