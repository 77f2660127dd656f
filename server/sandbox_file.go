package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// sandboxFile is data/sandbox.json: what a person or a test needs to try the
// sandbox.
type sandboxFile struct {
	BaseURL    string `json:"baseURL"`
	AppToken   string `json:"appToken"`
	AppID      int64  `json:"appId"`
	TopicID    int64  `json:"topicId"`
	UID        string `json:"uid"`
	SPT        string `json:"spt"`
	OpenID     string `json:"openid"`
	AdminURL   string `json:"adminURL"`
	SandboxURL string `json:"sandboxURL"`
	ClockURL   string `json:"clockURL"`
}

func readSandboxFile(path string) (file sandboxFile) {
	if raw, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(raw, &file) // a broken file is written anew
	}
	return file
}

// writeSandboxFile replaces the file at once; it holds a token, so only its
// owner may read it.
func writeSandboxFile(path string, file sandboxFile) error {
	raw, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path+".new", append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write sandbox.json: %w", err)
	}
	return os.Rename(path+".new", path)
}
