-- Message products: what is sold, who ordered, what was paid, and the ledger
-- from which everybody's paid time follows. Orders and ledger stay for ever.
-- See 0001 for the manners; money is in fen.
-- +goose Up

-- state: 0 draft, 1 submitted, 2 listed, 3 warned, 4 delisted.
CREATE TABLE product (
    id           {{identity}},
    app_id       BIGINT NOT NULL REFERENCES app (id), -- sells it, and is told of payments
    name         TEXT NOT NULL,
    description  TEXT NOT NULL, -- Markdown
    cover        TEXT NOT NULL DEFAULT '', -- name of its picture; empty: none
    state        BIGINT NOT NULL DEFAULT 0,
    reason       TEXT NOT NULL DEFAULT '', -- why it was refused or delisted
    silent       BIGINT NOT NULL DEFAULT 0, -- delisted because it fell silent
    trial_days   BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    submitted_at BIGINT NOT NULL DEFAULT 0,
    listed_at    BIGINT NOT NULL DEFAULT 0, -- the last time
    warned_at    BIGINT NOT NULL DEFAULT 0,
    delisted_at  BIGINT NOT NULL DEFAULT 0,
    pushed_at    BIGINT NOT NULL DEFAULT 0, -- the last push through its resources that was seen
    pushed_id    BIGINT NOT NULL DEFAULT 0, -- its message
    scene        TEXT NOT NULL DEFAULT '' -- handle of its code
);
CREATE INDEX product_app ON product (app_id, id);
CREATE INDEX product_listed ON product (id) WHERE state IN (2, 3);
CREATE INDEX product_submitted ON product (submitted_at) WHERE state = 1;

CREATE TABLE product_cover (
    product_id BIGINT PRIMARY KEY REFERENCES product (id),
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL, -- image/png or image/jpeg
    body       {{blob}} NOT NULL
);

-- A resource that was bound to a product, or taken from it, and whose followers
-- have not all followed that yet.
CREATE TABLE rebinding (
    product_id BIGINT NOT NULL REFERENCES product (id),
    kind       BIGINT NOT NULL,
    target     BIGINT NOT NULL,
    done_to    BIGINT NOT NULL DEFAULT 0, -- the last user who is done
    begun_at   BIGINT NOT NULL,
    PRIMARY KEY (product_id, kind, target)
);

-- A plan is never edited once somebody could have seen it: a change retires the
-- row and adds the next version of its line.
CREATE TABLE plan (
    id         {{identity}},
    product_id BIGINT NOT NULL REFERENCES product (id),
    line       BIGINT NOT NULL,
    version    BIGINT NOT NULL DEFAULT 1,
    days       BIGINT NOT NULL,
    price      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (product_id, line, version)
);

-- What a coupon gives: days at once, or something off one order's price.
CREATE TABLE coupon (
    id         {{identity}},
    product_id BIGINT NOT NULL REFERENCES product (id),
    code       TEXT NOT NULL,
    days       BIGINT NOT NULL DEFAULT 0,
    off        BIGINT NOT NULL DEFAULT 0,
    uses       BIGINT NOT NULL, -- in all
    used       BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL DEFAULT 0, -- 0: never
    ended_at   BIGINT NOT NULL DEFAULT 0, -- by the owner
    created_at BIGINT NOT NULL,
    UNIQUE (product_id, code)
);

-- One use a user; the row goes when the order that used it is closed.
CREATE TABLE coupon_use (
    coupon_id BIGINT NOT NULL REFERENCES coupon (id),
    user_id   BIGINT NOT NULL,
    order_id  BIGINT NOT NULL DEFAULT 0, -- 0: its days were given
    used_at   BIGINT NOT NULL,
    PRIMARY KEY (coupon_id, user_id)
);

-- state: 0 created, 1 paid, 2 partly refunded, 3 refunded, 4 closed. What an
-- order costs and gives was fixed when it was made.
CREATE TABLE orders (
    id             {{identity}},
    handle         TEXT NOT NULL UNIQUE, -- random, in links
    product_id     BIGINT NOT NULL REFERENCES product (id),
    plan_id        BIGINT NOT NULL REFERENCES plan (id),
    user_id        BIGINT NOT NULL REFERENCES users (id),
    days           BIGINT NOT NULL,
    price          BIGINT NOT NULL, -- of the plan
    amount         BIGINT NOT NULL, -- to be paid
    coupon_id      BIGINT NOT NULL DEFAULT 0,
    state          BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    paid_at        BIGINT NOT NULL DEFAULT 0, -- when WeChat says
    closed_at      BIGINT NOT NULL DEFAULT 0,
    trade_no       TEXT NOT NULL DEFAULT '', -- of the attempt that paid it
    transaction_id TEXT NOT NULL DEFAULT '',
    added          BIGINT NOT NULL DEFAULT 0, -- milliseconds the payment added
    refunded       BIGINT NOT NULL DEFAULT 0, -- fen that went back
    refunding      BIGINT NOT NULL DEFAULT 0  -- fen that may be on their way back
);
CREATE INDEX orders_user ON orders (user_id, id);
CREATE INDEX orders_product ON orders (product_id, id);
CREATE INDEX orders_state ON orders (product_id, state, id);
CREATE INDEX orders_transaction ON orders (transaction_id) WHERE transaction_id <> '';
CREATE INDEX orders_open ON orders (user_id, plan_id) WHERE state = 0;
CREATE INDEX orders_over ON orders (id) WHERE state = 0;

-- One try to pay an order: what WeChat calls out_trade_no, which is never used
-- again. state: 0 open, 1 paid, 2 closed, 3 paid though nobody waited for it
-- (twice, or by somebody else), so that it goes back.
CREATE TABLE attempt (
    trade_no      TEXT PRIMARY KEY,
    order_id      BIGINT NOT NULL REFERENCES orders (id),
    way           BIGINT NOT NULL, -- 0 in WeChat (JSAPI), 1 by a code (Native)
    amount        BIGINT NOT NULL,
    state         BIGINT NOT NULL DEFAULT 0,
    prepaid       TEXT NOT NULL DEFAULT '', -- prepay_id or code_url
    prepaid_until BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    due_at        BIGINT NOT NULL, -- when WeChat is asked next; 0: never
    looks         BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX attempt_order ON attempt (order_id);
CREATE INDEX attempt_due ON attempt (due_at) WHERE due_at > 0;

-- state: 0 asked for by the subscriber, 1 to be sent, 2 accepted by WeChat,
-- 3 done, 4 declined by the owner, 5 failed.
CREATE TABLE refund (
    refund_no  TEXT PRIMARY KEY,
    order_id   BIGINT NOT NULL REFERENCES orders (id),
    product_id BIGINT NOT NULL,
    trade_no   TEXT NOT NULL,
    amount     BIGINT NOT NULL,
    total      BIGINT NOT NULL, -- of the trade
    surplus    BIGINT NOT NULL DEFAULT 0, -- of money nobody waited for
    reason     TEXT NOT NULL DEFAULT '',
    answer     TEXT NOT NULL DEFAULT '', -- of the owner, or of WeChat
    asked_by   BIGINT NOT NULL, -- user; 0: the platform itself
    state      BIGINT NOT NULL,
    refund_id  TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    done_at    BIGINT NOT NULL DEFAULT 0,
    due_at     BIGINT NOT NULL DEFAULT 0, -- of the next call; 0: never
    looks      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX refund_order ON refund (order_id);
CREATE INDEX refund_product ON refund (product_id, created_at);
CREATE INDEX refund_asked ON refund (product_id) WHERE state = 0;
CREATE INDEX refund_due ON refund (due_at) WHERE due_at > 0;

-- Every change of a user's time and every movement of money, never changed.
-- kind: payment, refund, surplus (paid though nobody waited), return (of a
-- surplus), trial, gift, coupon. sum is over the row and the sum before it.
CREATE TABLE ledger (
    id         {{identity}},
    product_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    n          BIGINT NOT NULL, -- of the entries of this product and user, from 1
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL, -- what it is about; once in the ledger of a kind
    order_id   BIGINT NOT NULL DEFAULT 0,
    added      BIGINT NOT NULL, -- milliseconds; negative: taken away
    amount     BIGINT NOT NULL, -- fen; negative: paid back
    at         BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL, -- the paid time after it
    trade_no   TEXT NOT NULL DEFAULT '',
    transaction_id TEXT NOT NULL DEFAULT '',
    sum        TEXT NOT NULL,
    UNIQUE (kind, key),
    UNIQUE (product_id, user_id, n)
);
CREATE INDEX ledger_income ON ledger (product_id, kind, at, amount);
CREATE INDEX ledger_at ON ledger (at) WHERE amount <> 0;

-- How the ledger of one user and product stands: its newest entry.
CREATE TABLE entitlement (
    product_id  BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL DEFAULT 0,
    n           BIGINT NOT NULL DEFAULT 0,
    sum         TEXT NOT NULL DEFAULT '',
    since       BIGINT NOT NULL,
    reminded_of BIGINT NOT NULL DEFAULT 0, -- the end the user was reminded of
    reminded    BIGINT NOT NULL DEFAULT 0, -- how: 0 not, 1 days before, 2 the day before, 3 that it came
    PRIMARY KEY (product_id, user_id)
);
CREATE INDEX entitlement_user ON entitlement (user_id, product_id);
CREATE INDEX entitlement_end ON entitlement (ends_at);
CREATE INDEX entitlement_list ON entitlement (product_id, ends_at, user_id);

-- Notices of WeChat Pay that were taken, so that a repeated one costs nothing.
CREATE TABLE pay_notice (
    id       TEXT PRIMARY KEY,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL, -- out_trade_no or out_refund_no
    taken_at BIGINT NOT NULL
);
CREATE INDEX pay_notice_age ON pay_notice (taken_at);

-- What WeChat says of money and the ledger does not, for the administrator.
CREATE TABLE difference (
    id         {{identity}},
    kind       TEXT NOT NULL, -- amount, payer, …; see billing/difference.go
    key        TEXT NOT NULL, -- out_trade_no or out_refund_no
    day        TEXT NOT NULL DEFAULT '', -- of a bill, 2026-01-31
    ours       TEXT NOT NULL,
    theirs     TEXT NOT NULL,
    found_at   BIGINT NOT NULL,
    settled_at BIGINT NOT NULL DEFAULT 0,
    note       TEXT NOT NULL DEFAULT '',
    UNIQUE (kind, key)
);
CREATE INDEX difference_open ON difference (id) WHERE settled_at = 0;

-- Payments and refunds that stood in a bill.
CREATE TABLE billed (
    kind TEXT NOT NULL, -- payment, refund
    key  TEXT NOT NULL, -- out_trade_no or out_refund_no
    day  TEXT NOT NULL,
    PRIMARY KEY (kind, key)
);

-- Bills that were compared.
CREATE TABLE bill (
    day         TEXT PRIMARY KEY,
    lines       BIGINT NOT NULL,
    income      BIGINT NOT NULL,
    refunds     BIGINT NOT NULL,
    differences BIGINT NOT NULL,
    compared_at BIGINT NOT NULL
);

-- A paid time carried over with an imported subscription: paid_until is never
-- before it.
ALTER TABLE subscription ADD COLUMN carried_until BIGINT NOT NULL DEFAULT 0;

-- A code of a product leads to its page.
ALTER TABLE scene ADD COLUMN product_id BIGINT NOT NULL DEFAULT 0;

-- The last push of a topic, and of an app.
CREATE INDEX record_topic ON record (topic_id, id) WHERE topic_id > 0;
CREATE INDEX message_newest ON message (app_id, id);

-- +goose Down
SELECT 1;
