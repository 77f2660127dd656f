package main

import (
	"fmt"
	"io"
	"strings"

	"hongyan/server/console"
)

// printBanner tells a newcomer what to open and what to type.
func printBanner(w io.Writer, f sandboxFile, demoPage string) {
	first := ""
	if strings.Contains(f.AdminURL, console.Prefix+"first/") {
		first = "; the first who comes in by it is administrator"
	}
	fmt.Fprintf(w, `
鸿雁 Hongyan is running in sandbox mode: WeChat is played by this process.

  Phone   %s   open it, scan the code of 演示应用, say 「#97 重启服务器」
  Demo    %s   send a card, watch what the demo app's server is told, copy the code
  Console %s   where app owners work%s
  Time    hongyan clock +10d   or on the phone page: lets days pass in a second
  Values  sandbox.json in the data folder: app token, UID, SPT

Push a card to the demo follower:

  %s

Stop with Ctrl-C. For a real official account: hongyan doctor --help

`, f.SandboxURL, demoPage, f.AdminURL, first, pushCommand(f))
}

// pushCommand pushes a card to the demo follower.
func pushCommand(f sandboxFile) string {
	return fmt.Sprintf(`curl -s %s/api/send/message -H 'Content-Type: application/json' -d '{"appToken":"%s","content":"你好，鸿雁","uids":["%s"]}'`,
		f.BaseURL, f.AppToken, f.UID)
}
