package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// long tells that the soaks were asked for (scripts/test --long).
func long() bool { return os.Getenv("HONGYAN_TEST_LONG") != "" }

// soakFor is how long the soak lasts when it was asked for.
const soakFor = 2 * time.Hour

// TestF45_SoakKeepsMemoryFlat lets one server push and answer steadily for
// hours and compares its memory in the last third with the second. Unless it
// was asked for, it runs for seconds and only shows that it works.
func TestF45_SoakKeepsMemoryFlat(t *testing.T) {
	lasting, sample := 6*time.Second, 200*time.Millisecond
	if long() {
		lasting, sample = soakFor, 10*time.Second
	}
	w := startWorld(t, "--profile", "bench")
	demo := &follower{w: w, openid: w.file.OpenID}
	end := time.Now().Add(lasting)
	stopped := make(chan int)
	go func() {
		sends := 0
		for ; time.Now().Before(end); sends++ {
			w.send(map[string]any{"content": fmt.Sprintf("第 %d 条", sends), "uids": []string{w.file.UID}})
			if sends%20 == 0 {
				demo.say("#97 状态")
				w.send(map[string]any{"content": fmt.Sprintf("主题 %d", sends), "topicIds": []int64{w.file.TopicID}})
			}
		}
		stopped <- sends
	}()
	var memory []int
	for time.Now().Before(end) {
		time.Sleep(sample)
		memory = append(memory, residentKiB(t, w.cmd.Process.Pid))
	}
	sends := <-stopped
	third := len(memory) / 3
	middle, last := median(memory[third:2*third]), median(memory[2*third:])
	t.Logf("%d sends in %s, resident memory %d MiB in the second third, %d MiB in the last", sends, lasting, middle/1024, last/1024)
	if long() && last > middle*11/10 {
		t.Errorf("memory grew from %d to %d KiB", middle, last)
	}
	if last > 256<<10 {
		t.Errorf("resident memory is %d MiB", last/1024)
	}
}

func residentKiB(t *testing.T, pid int) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	rest, _, _ = strings.Cut(rest, "kB")
	kib, err := strconv.Atoi(strings.TrimSpace(rest))
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

func median(values []int) int {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
