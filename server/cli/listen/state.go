package listen

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// stateFolder is where programs keep what they need at their next start.
func stateFolder() (string, error) {
	base := os.Getenv("XDG_STATE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", errors.New("no home folder to keep the state in: set XDG_STATE_HOME")
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "hongyan"), nil
}

// openMemory opens the file of an app. Numbers of apps repeat on other
// platforms, their keys do not.
func openMemory(a app) (*memory, error) {
	folder, err := stateFolder()
	if err != nil {
		return nil, err
	}
	key := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.TrimPrefix(a.Key, "AK_"))
	return openMemoryAt(filepath.Join(folder, fmt.Sprintf("listen-%d-%s.log", a.ID, cut(key, 8))))
}
