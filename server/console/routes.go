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

		// Callbacks

		// The administrator
	}
}
