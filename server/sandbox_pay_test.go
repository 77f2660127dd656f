package main

import (
	"testing"

	"hongyan/oa/sandbox"
	"hongyan/oa/sandbox/pay"
)

// Server and sandbox derive the same merchant without a word between them;
// under a key its APIv3 key, without which no notice can be written, is one
// that does not stand in the source.
func TestSandboxPay_IsAgreedOn(t *testing.T) {
	if got, want := sandboxPay(""), sandbox.DefaultPay(); got != want {
		t.Errorf("without a key the merchant is %s, want the default", got.MchID)
	}
	one, again, other := sandboxPay("one"), sandboxPay("one"), sandboxPay("other")
	if one != again || one.APIv3Key == other.APIv3Key || one.APIv3Key == sandboxPay("").APIv3Key || len(one.APIv3Key) != 32 {
		t.Errorf("the APIv3 keys are %q, %q, %q", one.APIv3Key, again.APIv3Key, other.APIv3Key)
	}
	if _, err := sandbox.New(sandbox.Options{Pay: one}); err != nil {
		t.Errorf("a sandbox with it: %v", err)
	}
	if _, err := sandbox.New(sandbox.Options{Pay: withShortKey()}); err == nil {
		t.Error("an APIv3 key of 5 bytes was taken")
	}
}

func withShortKey() pay.Account {
	a := sandbox.DefaultPay()
	a.APIv3Key = "short"
	return a
}
