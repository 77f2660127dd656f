//go:build !linux && !darwin && !freebsd

package main

// diskOf cannot tell here.
func diskOf(string) (free, size int64) { return 0, 0 }
