package content

// betweenCells reports whether the current element is a table or a part of one
// that holds no text.
func (t *tidier) betweenCells() bool {
	switch t.current() {
	case "table", "thead", "tbody", "tfoot", "tr":
		return true
	}
	return false
}

// makeCell opens a cell for what stands loose in a table.
func (t *tidier) makeCell() {
	t.enterTable("td")
	t.open("td", elements["td"], nil)
}

// enterTable closes and opens parts of the innermost table until name may be
// opened in it. It reports false where no table is open.
func (t *tidier) enterTable(name string) bool {
	table := t.at("table")
	if table < 0 {
		return false
	}
	switch name {
	case "caption", "thead", "tbody", "tfoot":
		t.closeTo(table + 1)
	case "tr":
		t.enterSection(table)
	default:
		if row := t.at("tr"); row > table {
			t.closeTo(row + 1)
			break
		}
		t.enterSection(table)
		t.open("tr", elements["tr"], nil)
	}
	return true
}

// enterSection returns to the open section of the table, or opens one.
func (t *tidier) enterSection(table int) {
	section := max(t.at("thead"), t.at("tbody"), t.at("tfoot"))
	if section > table {
		t.closeTo(section + 1)
		return
	}
	t.closeTo(table + 1)
	t.open("tbody", elements["tbody"], nil)
}
