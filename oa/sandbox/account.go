package sandbox

import (
	"hongyan/oa"
	"hongyan/oa/sandbox/pay"
)

// DefaultAccount is what a server and a sandbox agree on without being told.
// It opens nothing: a sandbox is reached on loopback, or under a random key.
func DefaultAccount() oa.Account {
	return oa.Account{
		AppID:      "wx5a6e64b0788a97e1",
		Secret:     "5a6e64b0788a97e15a6e64b0788a97e1",
		OriginalID: "gh_sandbox00001",
		Token:      "sandboxtoken",
		AESKey:     "sandboxsandboxsandboxsandboxsandboxsandbox0",
		Mode:       oa.ModeSafe,
	}
}

// DefaultPay is the merchant bound to DefaultAccount. Its keys guard nothing:
// who can reach the sandbox can also pay there.
func DefaultPay() pay.Account { return pay.DefaultAccount() }
