//go:build !unix

package filelock

import "os"

// TryLock cannot tell here whether another process uses the file.
func TryLock(*os.File) (bool, error) { return true, nil }
