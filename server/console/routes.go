package console

import "hongyan/push"

// A route is one thing the console does, and for whom.
type route struct {
	pattern string
	needs   need
	do      answerer
	// step says on the phone what is to be allowed there first; nil: nothing.
	step func(*request) words
	body int64 // most bytes of a request, when it is not mostBody
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
		{pattern: "POST /console/apps/new", needs: signedIn, do: c.newApp},

		// Overview
		{pattern: "GET /console/app/{app}/{$}", needs: reader, do: c.overview},

		// Settings and members

		// People, topics and codes

		// Sending and messages

		// Callbacks

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
		{pattern: "GET /console/admin/jobs", needs: admin, do: c.jobsPage},
		{pattern: "GET /console/admin/jobs/{job}", needs: admin, do: c.jobPage},
		{pattern: "POST /console/admin/jobs/{job}", needs: admin, do: c.runJob},
		{pattern: "GET /console/admin/log", needs: admin, do: c.logPage},
		{pattern: "GET /console/admin/log.csv", needs: admin, do: c.logFile},
		{pattern: "GET /console/admin/backup", needs: admin, do: c.backupPage},
		{pattern: "GET /console/admin/backup/live", needs: admin, do: c.backupLive},
		{pattern: "POST /console/admin/backup", needs: admin, do: c.makeBackup},
		{pattern: "POST /console/admin/backup/download", needs: admin, do: c.downloadBackup, step: wordsStepBackup},
	}
}
