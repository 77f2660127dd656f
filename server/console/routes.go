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
		{pattern: "POST /console/apps/new", needs: signedIn, do: c.newApp},

		// Overview
		{pattern: "GET /console/app/{app}/{$}", needs: reader, do: c.overview},

		// Settings and members

		// People, topics and codes

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

		// Callbacks

		// The administrator
	}
}
