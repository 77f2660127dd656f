package oa

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// errForged covers every document whose origin is not proven.
var errForged = errors.New("not signed by WeChat with our token")

// opened is a verified document and what its answer must be sealed with.
type opened struct {
	document  []byte
	signature string  // the one that proved the origin
	signed    []byte  // what it must always have come with
	token     string  // that verified it
	cipher    *Cipher // that opened it, nil in plain mode
}

// proof are the parameters of a request that sign it.
type proof struct {
	signature, msgSignature, timestamp, nonce string
}

// plain verifies a document that came in the clear. Its signature does not
// cover it, so the whole document is remembered with the signature.
func (h *Handler) plain(p proof, body []byte) (opened, error) {
	for _, token := range h.tokens {
		if signed(p.signature, token, p.timestamp, p.nonce) {
			return opened{document: body, signature: p.signature, signed: body, token: token}, nil
		}
	}
	return opened{}, errForged
}

// sealed verifies and opens an encrypted document. Only the encrypted part
// counts: what stands in the clear beside it in compatible mode is unsigned.
func (h *Handler) sealed(p proof, body []byte) (opened, error) {
	root, err := parseDocument(body, h.json)
	if err != nil {
		return opened{}, err
	}
	text := strings.TrimSpace(root.child("Encrypt").text)
	if text == "" {
		return opened{}, errForged
	}
	for _, token := range h.tokens {
		if !signed(p.msgSignature, token, p.timestamp, p.nonce, text) {
			continue
		}
		for _, cipher := range h.ciphers {
			if document, err := cipher.Open(text); err == nil {
				return opened{document: document, signature: p.msgSignature, token: token, cipher: cipher}, nil
			}
		}
		return opened{}, ErrSealed
	}
	return opened{}, errForged
}

// seal wraps an answer the way its question came.
func (o *opened) seal(document []byte, now time.Time, asJSON bool) ([]byte, error) {
	if o.cipher == nil {
		return document, nil
	}
	text, err := o.cipher.Seal(document)
	if err != nil {
		return nil, err
	}
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), newNonce()
	envelope := branch("xml",
		leaf("Encrypt", text), leaf("MsgSignature", Signature(o.token, timestamp, nonce, text)),
		leaf("TimeStamp", timestamp), leaf("Nonce", nonce))
	return envelope.render(asJSON)
}
