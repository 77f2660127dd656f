package pay

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
)

// A resource is something encrypted by the APIv3 key.
type resource struct {
	OriginalType   string `json:"original_type,omitempty"`
	Algorithm      string `json:"algorithm"`
	Ciphertext     string `json:"ciphertext"`
	AssociatedData string `json:"associated_data"`
	Nonce          string `json:"nonce"`
}

func (p *Platform) encrypt(key, associated string, plain []byte) resource {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		panic("pay: " + err.Error()) // the key's length was checked
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic("pay: " + err.Error())
	}
	nonce := p.text(gcm.NonceSize())
	sealed := gcm.Seal(nil, []byte(nonce), plain, []byte(associated))
	return resource{Algorithm: "AEAD_AES_256_GCM", Ciphertext: base64.StdEncoding.EncodeToString(sealed), AssociatedData: associated, Nonce: nonce}
}

// listCertificates gives the platform's certificate, encrypted.
func (p *Platform) listCertificates(*call) (any, error) {
	type one struct {
		Serial      string   `json:"serial_no"`
		Effective   string   `json:"effective_time"`
		Expire      string   `json:"expire_time"`
		Certificate resource `json:"encrypt_certificate"`
	}
	return map[string][]one{"data": {{p.keys.serial, stamp(p.keys.from * 1000), stamp(p.keys.until * 1000),
		p.encrypt(p.o.Account.APIv3Key, "certificate", []byte(p.o.Account.Certificate))}}}, nil
}
