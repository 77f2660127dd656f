// Package oa speaks the wire of a WeChat official account, in both
// directions, and knows nothing of what is said.
//
// Inward: [Handler] verifies a callback's signature, opens its envelope,
// parses the document into one typed [Event] and hands it to one function;
// the [Reply] that function returns is rendered, sealed when the account asks
// for it, and written back on the same connection. Whatever is not proven to
// come from WeChat, is stale, replayed or malformed ends here.
//
// Outward: [Client] has one short method per question we put to WeChat. All
// of them pass through one function, which adds the access token, limits time
// and size, types the error, and refreshes the token once when WeChat says it
// is dead.
//
// It keeps no state but the token and a bounded memory of recent signatures,
// touches no database, and never logs or returns a secret. Repeats of one
// event are let through on purpose: recognising them is the work of the
// durable side, by [Head.Key].
package oa
