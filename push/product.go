package push

import (
	"fmt"

	"hongyan/store"
)

// ProductID is the number of a message product; package billing sells them.
type ProductID int64

// Resource is what a product gives access to: an app or a topic.
type Resource struct {
	Kind   SubscriptionKind
	Target int64
}

// BindProductTx replaces what a product gives access to. Where a product is
// bound, messages can be meant for payers only; elsewhere everybody is meant.
func (s *Service) BindProductTx(tx *store.Tx, product ProductID, resources []Resource) error {
	rows := make([][]any, 0, len(resources))
	for _, r := range distinct(resources) {
		rows = append(rows, []any{int64(product), int64(r.Kind), r.Target})
	}
	_, err := tx.Exec(`DELETE FROM product_resource WHERE product_id = $1`, int64(product))
	if err == nil {
		err = tx.Bulk(`INSERT INTO product_resource (product_id, kind, target) VALUES ($1, $2, $3)`, rows)
	}
	if err != nil {
		return fmt.Errorf("bind product %d to %d resources: %w", product, len(rows), err)
	}
	return nil
}

// ResourcesTx returns what a product gives access to, apps first.
func (s *Service) ResourcesTx(tx *store.Tx, product ProductID) ([]Resource, error) {
	return store.Collect(tx, func(r *store.Rows) (on Resource, err error) { return on, r.Scan(&on.Kind, &on.Target) },
		`SELECT kind, target FROM product_resource WHERE product_id = $1 ORDER BY kind, target`, int64(product))
}

// sold reports whether a product is bound to the app or topic.
func sold(tx *store.Tx, kind SubscriptionKind, target int64) (is bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM product_resource WHERE kind = $1 AND target = $2)`,
		int64(kind), target).Scan(&is)
	return is, err
}

// narrow decides whom of the batch's receivers its audience means: everybody
// where nothing is sold.
func (b *batch) narrow(tx *store.Tx, topics []TopicID) error {
	b.topicAudience = make(map[TopicID]int, len(topics))
	if b.audience == Everybody {
		return nil
	}
	is, err := sold(tx, OfApp, int64(b.app))
	if err != nil {
		return err
	}
	if is {
		b.appAudience = b.audience
	}
	for _, topic := range topics {
		if is, err = sold(tx, OfTopic, int64(topic)); err != nil {
			return err
		}
		if is {
			b.topicAudience[topic] = b.audience
		}
	}
	return nil
}
