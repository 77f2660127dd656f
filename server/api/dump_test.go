package api_test

import "slices"

func contains(all []string, one string) bool { return slices.Contains(all, one) }
