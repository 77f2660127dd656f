package push

import (
	"bytes"
	"crypto/aes"
	"testing"

	"pgregory.net/rapid"
)

func testKeys(t testing.TB, id byte) keys {
	t.Helper()
	k, err := newKeys(bytes.Repeat([]byte("s"), keySize), bytes.Repeat([]byte{id}, keySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var anyRow = rapid.Int64Range(1, maxRowID)

func TestF37_PublicID_IsAPermutationOf52Bits(t *testing.T) {
	k := testKeys(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		table := idTable(rapid.Int64Range(0, 1).Draw(t, "table"))
		id := anyRow.Draw(t, "id")
		public := k.publicID(table, id)
		if public <= 0 || public >= 1<<52 {
			t.Fatalf("public id %d is not within 52 bits", public)
		}
		if gotTable, got, ok := k.rowID(public); !ok || got != id || gotTable != table {
			t.Fatalf("%d of table %d came back as %d of table %d, %v", id, table, got, gotTable, ok)
		}
	})
}

func TestF37_PublicID_TellsNoOrder(t *testing.T) {
	k, other := testKeys(t, 1), testKeys(t, 2)
	seen := make(map[int64]bool)
	rising, low := 0, 0
	var last int64
	for id := int64(1); id <= 4000; id++ {
		message, record := k.publicID(messageID, id), k.publicID(recordID, id)
		if seen[message] || seen[record] || message == record {
			t.Fatalf("public id of row %d is given twice", id)
		}
		seen[message], seen[record] = true, true
		if message > last {
			rising++
		}
		if message < 1<<40 { // one in 4,096
			low++
		}
		if k.publicID(messageID, id) == other.publicID(messageID, id) {
			t.Errorf("row %d has the same id under two keys", id)
		}
		last = message
	}
	if rising < 1800 || rising > 2200 {
		t.Errorf("%d of 4,000 neighbours rise, want about half", rising)
	}
	if low > 10 {
		t.Errorf("%d of 4,000 ids are small, want about one", low)
	}
}

// The walk steps over 0 in both directions.
func TestPublicID_NeverIs0(t *testing.T) {
	block, err := aes.NewCipher(bytes.Repeat([]byte("a"), keySize))
	if err != nil {
		t.Fatal(err)
	}
	k := keys{ids: block}
	x := unfeistel(block, 0) // the input that the permutation alone maps to 0
	public := k.publicID(idTable(x&1), int64(x>>1))
	if public == 0 || public != int64(feistel(block, 0)) {
		t.Fatalf("the walk from 0 ends at %d", public)
	}
	if table, id, ok := k.rowID(public); !ok || id != int64(x>>1) || table != idTable(x&1) {
		t.Fatalf("walked back to %d of %d", id, table)
	}
	for _, bad := range []int64{0, -1, 1 << 52, -1 << 63, 1<<63 - 1} {
		if _, _, ok := k.rowID(bad); ok {
			t.Errorf("%d was taken for a public id", bad)
		}
	}
}

// What comes from outside as an id is a row or nothing, and always the same.
func FuzzPublicID(f *testing.F) {
	k := testKeys(f, 1)
	f.Fuzz(func(t *testing.T, public int64) {
		table, id, ok := k.rowID(public)
		if !ok {
			if public > 0 && public < 1<<52 && id != 0 {
				t.Fatalf("%d refused", public)
			}
			return
		}
		if id <= 0 || id > maxRowID {
			t.Fatalf("%d is row %d", public, id)
		}
		if again := k.publicID(table, id); again != public {
			t.Fatalf("%d came back as %d", public, again)
		}
	})
}

func BenchmarkPublicID(b *testing.B) {
	k := testKeys(b, 1)
	for b.Loop() {
		k.publicID(recordID, 123456)
	}
}
