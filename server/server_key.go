package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
)

// serverKey reads the key that seals secrets, 64 hex digits.
func serverKey(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read --secret-file: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("--secret-file %s: expected 64 hex digits, as from: openssl rand -hex 32", path)
	}
	return key, nil
}
