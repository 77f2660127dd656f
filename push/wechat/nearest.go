package wechat

// nearest returns the name that takes the fewest changed letters to become
// from wrong; of equals the first.
func nearest(wrong string, names []string) string {
	best, least := "", -1
	for _, n := range names {
		if d := distance([]rune(wrong), []rune(n)); least < 0 || d < least {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters to insert, drop or replace between a and b
// (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			cost := before
			if a[i] != b[j] {
				cost = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
