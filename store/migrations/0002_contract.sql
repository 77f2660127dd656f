-- The schema of the whole contract and of what goes beyond it: see 0001 for
-- the manners.
-- +goose Up

-- A send that was asked for under a key of the caller's own, so that the same
-- key gives the same answer for a day.
CREATE TABLE idempotency (
    owner      TEXT NOT NULL, -- whose key: "app 97", or "spt " and the SHA-256 of the first simple push token
    name       TEXT NOT NULL, -- the Idempotency-Key
    body       {{blob}} NOT NULL, -- SHA-256 of what was asked for
    answer     TEXT NOT NULL DEFAULT '', -- the receipts, as JSON
    created_at BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- A send that waits for its time. state: 0 waiting, 1 sent, 2 cancelled,
-- 3 failed.
CREATE TABLE scheduled (
    id         {{identity}},
    app_id     BIGINT NOT NULL REFERENCES app (id),
    name       TEXT NOT NULL, -- the caller's own key: sending again under it replaces
    send_at    BIGINT NOT NULL,
    draft      TEXT NOT NULL, -- as JSON
    state      BIGINT NOT NULL DEFAULT 0,
    held_until BIGINT NOT NULL DEFAULT 0, -- a node has it in hand, to send it now
    message_id BIGINT NOT NULL DEFAULT 0, -- what it became
    answer     TEXT NOT NULL DEFAULT '', -- the receipts as JSON, or why it failed
    created_at BIGINT NOT NULL,
    done_at    BIGINT NOT NULL DEFAULT 0,
    UNIQUE (app_id, name)
);
CREATE INDEX scheduled_due ON scheduled (send_at) WHERE state = 0;
CREATE INDEX scheduled_waiting ON scheduled (app_id) WHERE state = 0;
CREATE INDEX scheduled_done ON scheduled (done_at) WHERE state > 0;

-- What a product gives access to. Paid-until of these subscriptions decides
-- who is meant by a message for payers.
CREATE TABLE product_resource (
    product_id BIGINT NOT NULL,
    kind       BIGINT NOT NULL, -- as in subscription
    target     BIGINT NOT NULL,
    PRIMARY KEY (product_id, kind, target)
);
CREATE INDEX product_resource_target ON product_resource (kind, target);

-- verifyPayType, by record: 0 where no product is bound to the app or topic.
ALTER TABLE record ADD COLUMN audience BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message DROP COLUMN audience;
-- When its sender stopped it: what had not gone to WeChat by then does not go.
ALTER TABLE message ADD COLUMN cancelled_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX message_app ON message (app_id, created_at, id);
-- Who of a message failed, and who read it: both are few.
CREATE INDEX delivery_failed ON delivery (message_id, user_id) WHERE state = 4;
CREATE INDEX delivery_read ON delivery (message_id, clicked_at) WHERE opened_at + clicked_at > 0;

-- The list of an app's followers, page by page.
CREATE INDEX subscription_people ON subscription (kind, target, id) WHERE active = 1 OR rejected = 1;

-- Signs the links from followers' pages into the developer's own system; sealed.
ALTER TABLE app ADD COLUMN setting_key {{blob}};
-- Whether sends by GET, with the token in the address, are taken.
ALTER TABLE app ADD COLUMN query_send BIGINT NOT NULL DEFAULT 1;

-- Counts who follow a topic without a look at their rows.
CREATE INDEX subscription_live ON subscription (kind, target, user_id, muted) WHERE active = 1 AND rejected = 0;

-- When a callback was last replayed, and how many attempts came before: the
-- numbers of attempts go on, the schedule starts over.
ALTER TABLE callback ADD COLUMN replayed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE callback ADD COLUMN replayed_from BIGINT NOT NULL DEFAULT 0;
CREATE INDEX callback_app ON callback (app_id, created_at, id);
CREATE INDEX callback_failed ON callback (app_id, created_at, id) WHERE state = 4;

-- A follower's complaint about a message, once.
CREATE TABLE report (
    id         {{identity}},
    message_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    app_id     BIGINT NOT NULL, -- 0 = simple push
    summary    TEXT NOT NULL, -- outlives the message
    reason     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (message_id, user_id)
);

-- A follower an app had on another platform, and what they followed there. A
-- scan of their code follows it here. state: 0 known, 1 invited, 2 arrived,
-- 3 cannot be invited.
CREATE TABLE migrant (
    app_id     BIGINT NOT NULL REFERENCES app (id),
    old_uid    TEXT NOT NULL, -- their UID there
    handle     TEXT NOT NULL UNIQUE, -- of their code
    follows    TEXT NOT NULL, -- as JSON: kind, target here, paid until, rejected
    state      BIGINT NOT NULL DEFAULT 0,
    note       TEXT NOT NULL DEFAULT '', -- what cannot be carried over, and why
    user_id    BIGINT NOT NULL DEFAULT 0, -- who arrived
    created_at BIGINT NOT NULL,
    invited_at BIGINT NOT NULL DEFAULT 0,
    arrived_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (app_id, old_uid)
);
CREATE INDEX migrant_known ON migrant (app_id, created_at) WHERE state = 0;

-- How far the followers of an app on another platform have been read.
CREATE TABLE migration (
    app_id  BIGINT PRIMARY KEY REFERENCES app (id),
    origin  TEXT NOT NULL, -- address of the other platform
    old_app BIGINT NOT NULL DEFAULT 0, -- the app's number there
    topics  TEXT NOT NULL, -- as JSON: number there to number here
    kind    BIGINT NOT NULL DEFAULT 0, -- the list that is being read, as in subscription
    page    BIGINT NOT NULL DEFAULT 1, -- and its next page
    read_at BIGINT NOT NULL DEFAULT 0 -- when the last page was read; 0 while reading
);

-- +goose Down
SELECT 1;
