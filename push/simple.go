package push

import (
	"context"
	"fmt"

	"hongyan/store"
)

// SendSimple sends to the owners of the tokens, without an app. Receipts come
// in the order of the distinct tokens and name no user. A token that does not
// exist and one whose owner takes no messages now are told apart neither by
// the text nor by the rows read, so nothing can be learnt by guessing.
func (s *Service) SendSimple(ctx context.Context, spts []SPT, d Draft) ([]Receipt, error) {
	spts = distinct(spts)
	switch n := len(spts); {
	case n == 0:
		return nil, &Invalid{"spt", textNoSPT}
	case n > maxSPTs:
		return nil, &Invalid{"sptList", fmt.Sprintf(textSPTs, maxSPTs, n)}
	}
	c, err := newCall(&d)
	if err != nil {
		return nil, err
	}
	hashes := make([]string, len(spts))
	args := make([]any, 0, padded(len(spts)))
	for i, spt := range spts {
		hash := hashSecret(string(spt))
		hashes[i], args = string(hash), append(args, hash)
	}
	for len(args) < cap(args) {
		args = append(args, args[0])
	}
	c.key = callKeyOf(&d, hashes)
	var out []Receipt
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		found, err := ownersOf(tx, args)
		if err != nil {
			return err
		}
		if c.key == nil {
			out, err = s.sendToOwners(tx, c, hashes, found)
			return err
		}
		out, err = c.key.once(tx, ownerSPT(hashes[0]), func() ([]Receipt, error) {
			return s.sendToOwners(tx, c, hashes, found)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("send to %d simple push tokens: %w", len(spts), err)
	}
	return out, nil
}

// sendToOwners writes the call for the tokens whose owners can be sent to.
func (s *Service) sendToOwners(tx *store.Tx, c call, hashes []string, found map[string]UserID) ([]Receipt, error) {
	b := batch{call: c, out: make([]Receipt, 0, len(hashes))}
	for _, hash := range hashes {
		refusal := ""
		if found[hash] == 0 {
			refusal = textBadSPT
		}
		b.addUser("", found[hash], refusal)
	}
	return b.out, s.write(tx, &b)
}

// ownersOf returns the users who own the tokens with these hashes and can be
// sent to.
func ownersOf(tx *store.Tx, hashes []any) (map[string]UserID, error) {
	owners := make(map[string]UserID, len(hashes))
	_, err := store.Collect(tx, func(r *store.Rows) (none struct{}, err error) {
		var hash []byte
		var id UserID
		var open bool
		if err = r.Scan(&hash, &id, &open); err == nil && open {
			owners[string(hash)] = id
		}
		return none, err
	}, `SELECT spt_hash, id, following = 1 AND muted = 0 AND blocked_at = 0
		FROM users WHERE spt_hash IN (`+store.In(1, len(hashes))+`)`, hashes...)
	return owners, err
}
