package push

import (
	"crypto/cipher"
	"encoding/binary"
)

// A public id is a row id that tells nothing: the id and one bit for its table
// under a keyed permutation of the integers of 52 bits without 0. It is exact
// in JavaScript, has no order, and 0 is left to mean "none".
const (
	publicBits = 52
	halfBits   = publicBits / 2
	halfMask   = 1<<halfBits - 1
	maxRowID   = 1<<(publicBits-1) - 1
	idRounds   = 10
)

// idTable is the bit that tells the two tables with public ids apart.
type idTable int64

const (
	messageID idTable = 0
	recordID  idTable = 1
)

// PublicMessage is how the message with this row id is called outside.
func (s *Service) PublicMessage(id int64) int64 { return s.keys.publicID(messageID, id) }

// PublicRecord is how the record with this row id is called outside.
func (s *Service) PublicRecord(id int64) int64 { return s.keys.publicID(recordID, id) }

// publicID needs 0 < id ≤ maxRowID.
func (k keys) publicID(t idTable, id int64) int64 {
	x := uint64(id)<<1 | uint64(t)
	for {
		if x = feistel(k.ids, x); x != 0 { // walk on from the one value that is not ours
			return int64(x)
		}
	}
}

// rowID reads a public id. Every integer of 52 bits but 0 belongs to some row
// that may or may not exist; ok is false for the others.
func (k keys) rowID(public int64) (t idTable, id int64, ok bool) {
	if public <= 0 || public >= 1<<publicBits {
		return 0, 0, false
	}
	x := uint64(public)
	for {
		if x = unfeistel(k.ids, x); x != 0 {
			break
		}
	}
	id = int64(x >> 1)
	return idTable(x & 1), id, id > 0
}

// feistel permutes the integers of 52 bits: ten rounds over two halves, AES as
// the round function.
func feistel(key cipher.Block, x uint64) uint64 {
	left, right := uint32(x>>halfBits), uint32(x&halfMask)
	for round := range uint32(idRounds) {
		left, right = right, left^roundOf(key, round, right)
	}
	return uint64(left)<<halfBits | uint64(right)
}

func unfeistel(key cipher.Block, x uint64) uint64 {
	left, right := uint32(x>>halfBits), uint32(x&halfMask)
	for round := uint32(idRounds); round > 0; round-- {
		left, right = right^roundOf(key, round-1, left), left
	}
	return uint64(left)<<halfBits | uint64(right)
}

func roundOf(key cipher.Block, round, half uint32) uint32 {
	var block [16]byte
	binary.BigEndian.PutUint32(block[:], round)
	binary.BigEndian.PutUint32(block[4:], half)
	key.Encrypt(block[:], block[:])
	return binary.BigEndian.Uint32(block[:]) & halfMask
}
