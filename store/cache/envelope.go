package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"reflect"
	"time"
)

// A value lies in an envelope: the end of its life in Unix milliseconds (8
// bytes), the CRC-32 of all the rest (4 bytes), then the value as the library
// encodes it. Whatever else is found under a key is not believed.
const (
	endSize    = 8
	headerSize = endSize + 4
)

var errSeal = errors.New("the value cannot be encoded")

func (c *Cache) seal(v any, ttl time.Duration) (sealed []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errSeal, r)
		}
	}()
	body, err := c.tiers.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSeal, err)
	}
	sealed = make([]byte, headerSize, headerSize+len(body))
	binary.BigEndian.PutUint64(sealed, uint64(c.now().Add(ttl).UnixMilli()))
	sealed = append(sealed, body...)
	binary.BigEndian.PutUint32(sealed[endSize:], checksum(sealed))
	return sealed, nil
}

// open reads a sealed value that is whole and still alive into dst. Otherwise
// dst is the zero value.
func (c *Cache) open(sealed []byte, dst any) (ok bool) {
	target := reflect.ValueOf(dst).Elem()
	target.SetZero() // the library leaves dst alone for empty values and merges into maps
	if len(sealed) < headerSize || binary.BigEndian.Uint32(sealed[endSize:]) != checksum(sealed) {
		return false
	}
	if end := int64(binary.BigEndian.Uint64(sealed)); c.now().UnixMilli() >= end {
		return false
	}
	defer func() { // a value of another type may surprise the decoder
		if recover() != nil {
			ok = false
		}
		if !ok {
			target.SetZero()
		}
	}()
	return c.tiers.Unmarshal(sealed[headerSize:], dst) == nil
}

// checksum is over everything but itself.
func checksum(sealed []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(sealed[:endSize]), crc32.IEEETable, sealed[headerSize:])
}
