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
		{pattern: "GET /console/app/{app}/live", needs: reader, do: c.overviewLive},

		// Settings and members

		// People, topics and codes

		// Sending and messages

		// Callbacks
		{pattern: "GET /console/app/{app}/callbacks", needs: reader, do: c.callbacks},
		{pattern: "GET /console/app/{app}/callbacks/live", needs: reader, do: c.callbacksLive},
		{pattern: "POST /console/app/{app}/callbacks/replay", needs: developer, do: c.replayFailed},
		{pattern: "POST /console/app/{app}/callbacks/enable", needs: developer, do: c.enableEndpoint},
		{pattern: "GET /console/app/{app}/callbacks/{id}", needs: reader, do: c.callbackPage},
		{pattern: "POST /console/app/{app}/callbacks/{id}/replay", needs: developer, do: c.replayCallback},

		// The administrator
	}
}
