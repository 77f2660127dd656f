package console

import (
	"context"
	"encoding/csv"
	"io"
	"strings"
)

// spreadsheet is a file of rows to keep by a name, under these heads. each hands
// the rows over one by one, however many there are; a file that breaks off is
// not a whole one to the browser.
func spreadsheet(name string, heads []string, each func(ctx context.Context, row func(cells ...string) error) error) reply {
	return written("text/csv; charset=utf-8", name, func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // by which spreadsheets know UTF-8
			return err
		}
		out := csv.NewWriter(w)
		out.UseCRLF = true
		row := func(cells ...string) error { return out.Write(harmless(cells...)) }
		if err := row(heads...); err != nil {
			return err
		}
		if err := each(ctx, row); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	})
}

// harmless keeps a spreadsheet from taking what somebody wrote for a formula.
func harmless(cells ...string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r\n|＝＋－＠", []rune(cell)[0]) {
			cells[i] = "'" + cell
		}
	}
	return cells
}
