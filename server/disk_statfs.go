//go:build linux || darwin || freebsd

package main

import "syscall"

// diskOf is what is free for others than root on the disk of a folder, and how
// large it is, in bytes; zeros when it does not tell.
func diskOf(folder string) (free, size int64) {
	var s syscall.Statfs_t
	if syscall.Statfs(folder, &s) != nil {
		return 0, 0
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize)
}
