package console

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"hongyan/push"
	"hongyan/store/limit"
)

// settingsView is everything that can be set of an app.
type settingsView struct {
	Form     form
	Endpoint *push.Endpoint // nil: no address for callbacks
	Secret   push.SecretState
	Follow   string // link that follows the app
	Code     string // address of the picture of its code
}

// stepOn words a step that is about the app: text has a place for its name.
func stepOn(text string) func(*request) words {
	return func(r *request) words { return say(text, r.app.Name) }
}

func (c *Console) settingsPage(r *request) (reply, error) { return c.settings(r, filled()) }

// settings shows the settings with what was typed in one of the forms.
func (c *Console) settings(r *request, f form) (reply, error) {
	v := settingsView{Form: settingsForm(r.app, f), Follow: c.o.BaseURL + "/follow?type=1&id=" + r.PathValue("app"), Code: appPath(r.app.ID, "settings/code.jpg")}
	e, err := c.o.Push.Endpoint(r.Context(), r.app.ID)
	switch {
	case err == nil:
		v.Endpoint = &e
	case !errors.Is(err, push.ErrNoEndpoint):
		return reply{}, err
	}
	if v.Secret, err = c.o.Push.SecretState(r.Context(), r.app.ID); err != nil {
		return reply{}, err
	}
	a := shown("settings", wordsSettings, v)
	if len(f.Wrong) > 0 {
		a = a.wrong()
	}
	return a, nil
}

// settingsForm is the app in the fields of all forms, under what was typed.
func settingsForm(a push.App, f form) form {
	all := filled("name", a.Name, "greeting", a.Greeting, "description", a.Description, "contact", a.Contact,
		"settingUrl", a.SettingURL, "callbackUrl", "")
	if a.QuerySend {
		all.Values.Set("querySend", "1")
	}
	for name, values := range f.Values {
		all.Values[name] = values
	}
	all.Wrong = f.Wrong
	return all
}

// saved leads back to the settings, where a form that was refused is shown
// again.
func (c *Console) saved(r *request, err error) (reply, error) {
	if f := typed(r); f.refuse(err) {
		return c.settings(r, f)
	}
	if err != nil {
		return reply{}, err
	}
	return sentTo(appPath(r.app.ID, "settings")).saying("已保存"), nil
}

func (c *Console) saveBasics(r *request) (reply, error) {
	name, greeting, description, contact := r.value("name"), r.value("greeting"), r.value("description"), r.value("contact")
	_, err := c.o.Push.EditApp(r.Context(), r.app.ID, push.AppEdit{
		Name: &name, Greeting: &greeting, Description: &description, Contact: &contact,
	})
	return c.saved(r, err)
}

// saveLink sets where followers find the developer's own page, and whether
// sends by GET are taken.
func (c *Console) saveLink(r *request) (reply, error) {
	address, query := r.value("settingUrl"), r.value("querySend") != ""
	_, err := c.o.Push.EditApp(r.Context(), r.app.ID, push.AppEdit{SettingURL: &address, QuerySend: &query})
	if f := typed(r); f.refuse(err) {
		if !query {
			f.Values.Set("querySend", "") // a box without a tick is not sent
		}
		return c.settings(r, f)
	}
	return c.saved(r, err)
}

// uploads is how often one person's pictures are decoded.
var uploads = limit.Rate{Most: 10, Per: time.Minute}

// keepLogo makes the file that came the logo of the app.
func (c *Console) keepLogo(r *request, app push.AppID, file []byte) error {
	if ok, _ := c.o.Limit.Allow(r.Context(), fmt.Sprintf("console logo %d", r.user.ID), uploads, 1); !ok {
		return errBusy
	}
	return c.o.Push.SetLogo(r.Context(), app, file)
}

// saveLogo takes a picture, or takes the one there is away.
func (c *Console) saveLogo(r *request) (reply, error) {
	if r.value("remove") != "" {
		return c.saved(r, c.o.Push.RemoveLogo(r.Context(), r.app.ID))
	}
	file, err := r.file("logo")
	if err != nil {
		return reply{}, err
	}
	return c.saved(r, c.keepLogo(r, r.app.ID, file))
}

// followCode leads to the picture of the code without end that follows the
// app. WeChat is asked for it the first time.
func (c *Console) followCode(r *request) (reply, error) {
	scene, err := c.o.Push.PermanentScene(r.Context(), push.SceneApp, r.app.ID, 0)
	if err != nil {
		return reply{}, err
	}
	if scene.Link == "" {
		if err := c.draw(r.Context(), scene.Handle, 0); err != nil {
			return reply{}, err
		}
	}
	a := sentTo(codePath(scene.Handle))
	a.status = http.StatusFound
	return a, nil
}
