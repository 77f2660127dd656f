package oa

import (
	"context"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"
)

// Bounds of a scene code.
const (
	maxScene   = 64
	maxQRValid = 30 * 24 * time.Hour
)

// QR is a scene code. Render URL as a QR code, or show WeChat's picture of the
// ticket.
type QR struct {
	Ticket, URL string
	Expires     time.Duration // 0: never
}

// CreateQR makes a scene code that is valid for so long, at most 30 days; 0
// makes a permanent one, of which an account has 100,000.
func (c *Client) CreateQR(ctx context.Context, scene string, valid time.Duration) (QR, error) {
	if n := utf8.RuneCountInString(scene); n == 0 || n > maxScene {
		return QR{}, fmt.Errorf("create scene code: scene has %d characters, want 1 to %d", n, maxScene)
	}
	if valid < 0 || valid > maxQRValid {
		return QR{}, fmt.Errorf("create scene code: valid for %s, want at most %s", valid, maxQRValid)
	}
	body := map[string]any{
		"action_name": "QR_LIMIT_STR_SCENE",
		"action_info": map[string]any{"scene": map[string]any{"scene_str": scene}},
	}
	if valid > 0 {
		body["action_name"] = "QR_STR_SCENE"
		body["expire_seconds"] = max(1, int64(valid/time.Second))
	}
	var answer struct {
		Ticket  string   `json:"ticket"`
		URL     string   `json:"url"`
		Seconds flexible `json:"expire_seconds"`
	}
	if err := c.ask(ctx, question{path: pathQR, body: body}, &answer); err != nil {
		return QR{}, err
	}
	qr := QR{answer.Ticket, answer.URL, time.Duration(answer.Seconds) * time.Second}
	if valid > 0 && qr.Expires <= 0 {
		qr.Expires = valid // WeChat has been seen to answer 0 and keep to its word
	}
	return qr, nil
}

// QRImage is the address of WeChat's picture of a ticket.
func (c *Client) QRImage(ticket string) string {
	return c.hosts.MP + "/cgi-bin/showqrcode?ticket=" + url.QueryEscape(ticket)
}
