package billing

import (
	"hongyan/push"
	"hongyan/store"
)

// tellOwners sends a message to every owner of the app that sells.
func (s *Service) tellOwners(tx *store.Tx, p Product, summary, text string) error {
	owners, err := store.Collect(tx, func(r *store.Rows) (id push.UserID, err error) { return id, r.Scan(&id) },
		`SELECT user_id FROM app_member WHERE app_id = $1 AND role = 'owner' ORDER BY user_id`, int64(p.App))
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if err := s.push.TellTx(tx, owner, summary, text); err != nil {
			return err
		}
	}
	return nil
}

// tellAdmins sends a message to everybody who looks after the installation.
func (s *Service) tellAdmins(tx *store.Tx, summary, text string) error {
	admins, err := store.Collect(tx, func(r *store.Rows) (id push.UserID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM users WHERE admin = 1 AND barred_at = 0 ORDER BY id`)
	if err != nil {
		return err
	}
	for _, admin := range admins {
		if err := s.push.TellTx(tx, admin, summary, text); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellAsked(tx *store.Tx, o *Order, f *RefundOrder) error {
	p, err := productTx(tx, o.Product)
	if err != nil {
		return err
	}
	return s.tellOwners(tx, p, "有人申请退款："+p.Name, askedText(p, o, f))
}

func (s *Service) tellDeclined(tx *store.Tx, o *Order, f *RefundOrder, answer string) error {
	p, err := productTx(tx, o.Product)
	if err != nil {
		return err
	}
	return s.push.TellTx(tx, f.AskedBy, "退款申请没有通过："+p.Name, declinedText(p, answer))
}

func (s *Service) tellRefundFailed(tx *store.Tx, o *Order, f *RefundOrder, why string) error {
	p, err := productTx(tx, o.Product)
	if err != nil {
		return err
	}
	return s.tellOwners(tx, p, "退款没有成功："+p.Name, failedText(p, f, why))
}
