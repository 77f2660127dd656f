package console

import (
	"hongyan/push"
)

// appsPage is the front: the person's apps.
func (c *Console) appsPage(r *request) (reply, error) {
	return shown("apps", wordsApps, nil), nil // the frame has the list
}

func (c *Console) newAppPage(*request) (reply, error) {
	return shown("app_new", wordsNewApp, appNewView{Form: filled()}), nil
}

// appNewView is the form of a new app.
type appNewView struct{ Form form }

// createdView shows what is shown this once.
type createdView struct {
	App   push.App
	Token string
}

// newApp makes an app whose owner is the person.
func (c *Console) newApp(r *request) (reply, error) {
	app, token, err := c.o.Push.CreateApp(r.Context(), push.NewApp{
		Name: r.value("name"), Greeting: r.value("greeting"), Owner: r.user.ID,
	})
	if f := typed(r); f.refuse(err) {
		return shown("app_new", wordsNewApp, appNewView{Form: f}).wrong(), nil
	}
	if err != nil {
		return reply{}, err
	}
	return shown("app_created", wordsAppCreated, createdView{app, token}), nil
}
