package billing

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"hongyan/push"
	"hongyan/store"
)

// The bounds of what a product says.
const (
	MaxName        = 40     // characters
	MaxDescription = 10_000 // characters
	MaxPlans       = 10
	MaxDays        = 3650
	MaxPrice       = 1_000_000_00 // fen
	MaxTrial       = 90           // days
	MaxResources   = 20
)

// ProductDraft is what an owner writes of a product.
type ProductDraft struct {
	Name        string
	Description string // Markdown
	TrialDays   int
	Resources   []push.Resource // the selling app and topics of it
	Plans       []PlanDraft
}

// PlanDraft is a plan as an owner writes it.
type PlanDraft struct {
	Line  int   // of the plan that it changes; 0: a new one
	Days  int   // how long it lasts
	Price int64 // fen
}

// Validate tells in a *push.Invalid what is wrong.
func (d *ProductDraft) Validate() error {
	d.Name, d.Description = strings.TrimSpace(d.Name), strings.TrimSpace(d.Description)
	name, about := utf8.RuneCountInString(d.Name), utf8.RuneCountInString(d.Description)
	switch {
	case name < 1 || name > MaxName:
		return &push.Invalid{Field: "name", Text: fmt.Sprintf(textProductName, MaxName, name)}
	case about > MaxDescription:
		return &push.Invalid{Field: "description", Text: fmt.Sprintf(textDescription, MaxDescription, about)}
	case strings.ContainsRune(d.Name+d.Description, 0) || !utf8.ValidString(d.Name+d.Description):
		return &push.Invalid{Field: "name", Text: textNotText}
	case d.TrialDays < 0 || d.TrialDays > MaxTrial:
		return &push.Invalid{Field: "trialDays", Text: fmt.Sprintf(textTrialDays, MaxTrial)}
	case len(d.Resources) > MaxResources:
		return &push.Invalid{Field: "resources", Text: fmt.Sprintf(textResources, MaxResources, len(d.Resources))}
	case len(d.Plans) > MaxPlans:
		return &push.Invalid{Field: "plans", Text: fmt.Sprintf(textPlans, MaxPlans, len(d.Plans))}
	}
	for _, p := range d.Plans {
		if p.Days < 1 || p.Days > MaxDays {
			return &push.Invalid{Field: "days", Text: fmt.Sprintf(textPlanDays, MaxDays)}
		}
		if p.Price < leastAmount || p.Price > MaxPrice {
			return &push.Invalid{Field: "price", Text: fmt.Sprintf(textPlanPrice, Yuan(MaxPrice))}
		}
	}
	return nil
}

// owned refuses resources of other apps, and those that are gone.
func owned(tx *store.Tx, app push.AppID, resources []push.Resource) error {
	for _, on := range resources {
		var is bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM app WHERE $1 = 0 AND id = $2 AND id = $3 AND deleted_at = 0)
			OR EXISTS (SELECT 1 FROM topic WHERE $1 = 1 AND id = $2 AND app_id = $3 AND deleted_at = 0)`,
			int64(on.Kind), on.Target, int64(app)).Scan(&is)
		if err != nil {
			return err
		}
		if !is {
			return &push.Invalid{Field: "resources", Text: textForeignResource}
		}
	}
	return nil
}

// setPlans makes the plans of a product those of a draft: what changed is
// retired and goes on as the next version of its line.
func setPlans(tx *store.Tx, product push.ProductID, drafts []PlanDraft) error {
	have, err := plansTx(tx, product)
	if err != nil {
		return err
	}
	var last int
	if err := tx.QueryRow(`SELECT COALESCE(MAX(line), 0) FROM plan WHERE product_id = $1`, int64(product)).Scan(&last); err != nil {
		return err
	}
	kept := map[int]bool{}
	for _, d := range drafts {
		version := 1
		for _, p := range have {
			if p.Line == d.Line && !kept[p.Line] {
				version = p.Version + 1
				if p.Days == d.Days && p.Price == d.Price {
					kept[p.Line], version = true, 0
				}
			}
		}
		if version == 0 {
			continue
		}
		if version == 1 {
			last++
			d.Line = last
		} else if err := retire(tx, product, d.Line); err != nil {
			return err
		}
		kept[d.Line] = true
		_, err := tx.Exec(`INSERT INTO plan (product_id, line, version, days, price, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			int64(product), int64(d.Line), int64(version), int64(d.Days), d.Price, store.Millis(tx.Now))
		if err != nil {
			return err
		}
	}
	for _, p := range have {
		if !kept[p.Line] {
			if err := retire(tx, product, p.Line); err != nil {
				return err
			}
		}
	}
	return nil
}

func retire(tx *store.Tx, product push.ProductID, line int) error {
	_, err := tx.Exec(`UPDATE plan SET retired_at = $3 WHERE product_id = $1 AND line = $2 AND retired_at = 0`,
		int64(product), int64(line), store.Millis(tx.Now))
	return err
}
