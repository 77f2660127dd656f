// Package billing is where message products will be sold: products, plans,
// orders, the ledger, refunds, and the delisting of products that fall silent.
// Nothing of it is built yet. "Paid until" is a fact of the subscription, which
// push keeps and reads, so billing will stand above push and never below it.
package billing
