//go:build !unix

package listen

import "os"

// tryLock cannot tell here whether another process uses the file.
func tryLock(*os.File) (bool, error) { return true, nil }
