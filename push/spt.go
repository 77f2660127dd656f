package push

import (
	"fmt"
)

// SPTOf returns the user's simple push token.
func (s *Service) SPTOf(t *Turn) (SPT, error) {
	var sealed []byte
	err := t.Tx.QueryRow(`SELECT spt_sealed FROM users WHERE id = $1`, int64(t.User.ID)).Scan(&sealed)
	if err != nil {
		return "", fmt.Errorf("read the SPT of user %d: %w", t.User.ID, err)
	}
	plain, err := s.open(sealed)
	if err != nil {
		return "", fmt.Errorf("read the SPT of user %d: %w", t.User.ID, err)
	}
	return SPT(plain), nil
}

// ResetSPT gives the user a new simple push token. The old one is dead as soon
// as the transaction commits.
func (s *Service) ResetSPT(t *Turn) (SPT, error) {
	spt := newSecret("SPT_")
	_, err := t.Tx.Exec(`UPDATE users SET spt_hash = $2, spt_sealed = $3 WHERE id = $1`,
		int64(t.User.ID), hashSecret(spt), s.seal([]byte(spt)))
	if err != nil {
		return "", fmt.Errorf("reset the SPT of user %d: %w", t.User.ID, err)
	}
	return SPT(spt), nil
}
