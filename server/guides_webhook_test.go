package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestGuide_Webhooks posts what each tool would send by its recipe.
func TestGuide_Webhooks(t *testing.T) {
	w := startWorld(t)
	demo := &follower{w: w, openid: w.file.OpenID}
	all := snippetsOf(t, "repoint.md")
	replace := strings.NewReplacer("https://push.example.com", w.base, "AT_xxx", w.file.AppToken, "UID_xxx", w.file.UID)
	cards := 0
	arrived := func(name string, resp *http.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var raw bytes.Buffer
		_, _ = raw.ReadFrom(resp.Body)
		resp.Body.Close()
		if resp.StatusCode/100 != 2 || strings.Contains(raw.String(), `"success":false`) {
			t.Fatalf("%s answered %s: %s", name, resp.Status, raw.String())
		}
		cards++
		w.eventually("a card by "+name, func() bool { return len(demo.cards()) == cards })
	}
	t.Run("Uptime Kuma", func(t *testing.T) {
		message, _ := json.Marshal("[官网] [🔴 Down] connect \"ECONNREFUSED\"\n127.0.0.1:80")
		body := strings.Replace(replace.Replace(named(t, all, "kuma.json")), "{{ msg | json }}", string(message), 1)
		resp, err := http.Post(w.base+"/api/send/message", "application/json", strings.NewReader(body))
		arrived("Uptime Kuma", resp, err)
	})
	t.Run("qinglong", func(t *testing.T) {
		line := regexp.MustCompile(`WEBHOOK_URL='([^']+)'`).FindStringSubmatch(replace.Replace(named(t, all, "qinglong.env")))
		address := strings.NewReplacer("$title", url.PathEscape("签到 & 领豆"), "$content", url.PathEscape("京东\n账号1：成功 50%")).Replace(line[1])
		resp, err := http.Get(address)
		arrived("qinglong", resp, err)
	})
	const alerts = `{"receiver":"wechat","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"DiskFull","severity":"critical","instance":"a:9100"},"annotations":{"summary":"磁盘将满"},"startsAt":"2026-11-27T01:02:03.000Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus:9090/graph","fingerprint":"c6a1b2"}],"groupLabels":{"alertname":"DiskFull"},"commonLabels":{"alertname":"DiskFull","severity":"critical"},"commonAnnotations":{"summary":"磁盘将满"},"externalURL":"http://alertmanager:9093","version":"4","groupKey":"{}:{alertname=\"DiskFull\"}","truncatedAlerts":0%s}`
	for _, c := range []struct{ name, file, scheme, token, body string }{
		{"Alertmanager", "alertmanager.yml", "Bearer", "credentials", fmt.Sprintf(alerts, "")},
		{"Grafana", "grafana.yml", "Bearer", "authorization_credentials", fmt.Sprintf(alerts, `,"orgId":1,"title":"[FIRING:1] DiskFull","state":"alerting","message":"**Firing** 磁盘将满"`)},
	} {
		c.body = strings.ReplaceAll(c.body, "DiskFull", "DiskFull"+c.name) // the same alert twice in a minute would be one card
		t.Run(c.name, func(t *testing.T) {
			var document any
			if err := yaml.Unmarshal([]byte(replace.Replace(named(t, all, c.file))), &document); err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequest(http.MethodPost, leaf(document, "url"), strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", c.scheme+" "+leaf(document, c.token))
			resp, err := http.DefaultClient.Do(r)
			arrived(c.name, resp, err)
		})
	}
	t.Run("shell", func(t *testing.T) {
		need(t, "curl")
		runCommand(t, t.TempDir(), os.Environ(), replace.Replace(named(t, all, "webhook.sh")))
		cards++
		w.eventually("a card by shell", func() bool { return len(demo.cards()) == cards })
	})
}

// leaf is the first value under the key, however deep.
func leaf(in any, key string) string {
	switch v := in.(type) {
	case map[string]any:
		if s, ok := v[key].(string); ok {
			return s
		}
		for _, one := range v {
			if s := leaf(one, key); s != "" {
				return s
			}
		}
	case []any:
		for _, one := range v {
			if s := leaf(one, key); s != "" {
				return s
			}
		}
	}
	return ""
}
