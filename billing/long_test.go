package billing_test

import "os"

// long tells that the tests may take hours.
func long() bool { return os.Getenv("HONGYAN_TEST_LONG") != "" }
