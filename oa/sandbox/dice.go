package sandbox

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// Dice make every random choice of a sandbox, so that a seed repeats a run.
type dice struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func newDice(seed uint64) *dice {
	if seed == 0 {
		var b [8]byte
		_, _ = cryptorand.Read(b[:]) // never fails
		seed = binary.LittleEndian.Uint64(b[:])
	}
	return &dice{rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))}
}

// Chance is true in ratio of the cases; 0 and 1 draw nothing.
func (d *dice) Chance(ratio float64) bool {
	if ratio <= 0 {
		return false
	}
	if ratio >= 1 {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.Float64() < ratio
}

// Between is a duration of min to max milliseconds.
func (d *dice) Between(min, max int) time.Duration {
	if max <= min {
		return time.Duration(min) * time.Millisecond
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	span := int64(max-min) * int64(time.Millisecond)
	return time.Duration(min)*time.Millisecond + time.Duration(d.rng.Int64N(span))
}

func (d *dice) uint64() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rng.Uint64()
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Text draws n characters of base64url.
func (d *dice) Text(n int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]byte, n)
	for i := 0; i < n; {
		for word := d.rng.Uint64(); i < n && word > 63; word >>= 6 {
			out[i] = alphabet[word&63]
			i++
		}
	}
	return string(out)
}

// Nonce draws the 9 or 10 digits that callbacks carry.
func (d *dice) Nonce() string {
	return strconv.FormatUint(100_000_000+d.uint64()%1_900_000_000, 10)
}

// RID draws a request id: when, and 64 bits, in hexadecimal.
func (d *dice) RID(at time.Time) string {
	bits := d.uint64()
	out := make([]byte, 0, 26)
	out = appendHex(out, uint32(at.Unix()))
	out = append(out, '-')
	out = appendHex(out, uint32(bits>>32))
	out = append(out, '-')
	return string(appendHex(out, uint32(bits)))
}

func appendHex(out []byte, v uint32) []byte {
	const digits = "0123456789abcdef"
	for shift := 28; shift >= 0; shift -= 4 {
		out = append(out, digits[v>>shift&15])
	}
	return out
}
