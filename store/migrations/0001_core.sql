-- The schema of the main job. One text for SQLite and PostgreSQL:
--   {{identity}}  a row id given by the database     {{blob}}  bytes
-- Times are Unix milliseconds (0 = never), truth is 0 or 1, lists are JSON text.
-- +goose Up

-- One fact about this installation per row: mode stamp, server key, id key.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value {{blob}} NOT NULL
);

-- The official account, keyed by its appid (or 'sandbox').
CREATE TABLE account (
    appid        TEXT PRIMARY KEY,
    paused_until BIGINT NOT NULL DEFAULT 0,
    pause_reason TEXT NOT NULL DEFAULT '',
    quota_limit  BIGINT NOT NULL DEFAULT 0,
    quota_used   BIGINT NOT NULL DEFAULT 0,
    quota_at     BIGINT NOT NULL DEFAULT 0
);

-- A WeChat user who met the account at least once.
CREATE TABLE users (
    id             {{identity}},
    openid         TEXT NOT NULL UNIQUE,
    uid            TEXT NOT NULL UNIQUE,
    spt_hash       {{blob}} NOT NULL UNIQUE,
    spt_sealed     {{blob}} NOT NULL,
    muted          BIGINT NOT NULL DEFAULT 0, -- message switch: 1 = off for everything
    following      BIGINT NOT NULL DEFAULT 0, -- follows the official account
    state_at       BIGINT NOT NULL DEFAULT 0, -- CreateTime of the subscribe or unsubscribe that decided it
    followed_at    BIGINT NOT NULL DEFAULT 0,
    unfollowed_at  BIGINT NOT NULL DEFAULT 0,
    blocked_at     BIGINT NOT NULL DEFAULT 0, -- WeChat refuses cards to this user since
    blocked_reason TEXT NOT NULL DEFAULT '',
    said_at        BIGINT NOT NULL DEFAULT 0, -- last message; opens the 48 h customer-message window
    say_left       BIGINT NOT NULL DEFAULT 0, -- customer messages left in it
    tapped_at      BIGINT NOT NULL DEFAULT 0, -- last menu click, scan or follow; opens the one-minute window
    tap_left       BIGINT NOT NULL DEFAULT 0,
    created_at     BIGINT NOT NULL
);

CREATE TABLE app (
    id          BIGINT PRIMARY KEY, -- small, typed by people: #97
    name        TEXT NOT NULL,
    app_key     TEXT NOT NULL UNIQUE, -- AK_…, public
    token_hash  {{blob}} NOT NULL UNIQUE, -- SHA-256 of AT_…
    greeting    TEXT NOT NULL DEFAULT '', -- said to a new follower of the app
    setting_url TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    deleted_at  BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE app_member (
    app_id  BIGINT NOT NULL REFERENCES app (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    role    TEXT NOT NULL, -- owner, developer, reader
    PRIMARY KEY (app_id, user_id)
);

-- Where an app's callbacks go.
CREATE TABLE endpoint (
    app_id          BIGINT PRIMARY KEY REFERENCES app (id),
    url             TEXT NOT NULL,
    secret          {{blob}} NOT NULL, -- sealed
    old_secret      {{blob}}, -- sealed; signs too until old_until
    old_until       BIGINT NOT NULL DEFAULT 0,
    failures        BIGINT NOT NULL DEFAULT 0, -- in a row
    disabled_until  BIGINT NOT NULL DEFAULT 0,
    disabled_reason TEXT NOT NULL DEFAULT ''
);

CREATE TABLE topic (
    id         BIGINT PRIMARY KEY,
    app_id     BIGINT NOT NULL REFERENCES app (id),
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX topic_app ON topic (app_id, id);

-- A user follows an app (kind 0) or a topic (kind 1). The row outlives an
-- unfollow: a rejection and a paid-until must not be forgotten.
CREATE TABLE subscription (
    id          {{identity}},
    user_id     BIGINT NOT NULL REFERENCES users (id),
    kind        BIGINT NOT NULL,
    target      BIGINT NOT NULL,
    source      TEXT NOT NULL, -- scan, link, command, order
    extra       TEXT NOT NULL DEFAULT '',
    active      BIGINT NOT NULL DEFAULT 1,
    rejected    BIGINT NOT NULL DEFAULT 0, -- by the app's owner
    muted       BIGINT NOT NULL DEFAULT 0, -- by the user, for this app or topic
    paid_until  BIGINT NOT NULL DEFAULT 0,
    created_at  BIGINT NOT NULL, -- of the latest follow
    UNIQUE (kind, target, user_id)
);
CREATE INDEX subscription_user ON subscription (user_id, kind, target);

-- A QR code: what a scan of this handle means.
CREATE TABLE scene (
    handle     TEXT PRIMARY KEY, -- random, also WeChat's scene_str
    purpose    TEXT NOT NULL, -- app, topic, spt
    app_id     BIGINT NOT NULL DEFAULT 0,
    topic_id   BIGINT NOT NULL DEFAULT 0,
    extra      TEXT NOT NULL DEFAULT '',
    link       TEXT NOT NULL DEFAULT '', -- what the code encodes, given by WeChat
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL DEFAULT 0, -- 0 = permanent
    scanned_by BIGINT NOT NULL DEFAULT 0, -- the last scanner
    scanned_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX scene_expiry ON scene (expires_at) WHERE expires_at > 0;

-- One send call.
CREATE TABLE message (
    id           {{identity}},
    app_id       BIGINT NOT NULL, -- 0 = simple push
    summary      TEXT NOT NULL,
    content_type BIGINT NOT NULL,
    url          TEXT NOT NULL DEFAULT '',
    audience     BIGINT NOT NULL DEFAULT 0, -- verifyPayType
    created_at   BIGINT NOT NULL,
    deleted_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX message_age ON message (created_at);

-- The body of a message, apart because it is long and read only by its page.
CREATE TABLE content (
    message_id BIGINT PRIMARY KEY REFERENCES message (id),
    body       TEXT NOT NULL
);

-- One receiver item of a call: a user, or a topic with its fan-out cursor.
CREATE TABLE record (
    id         {{identity}},
    message_id BIGINT NOT NULL REFERENCES message (id),
    user_id    BIGINT NOT NULL DEFAULT 0,
    topic_id   BIGINT NOT NULL DEFAULT 0,
    fan_after  BIGINT NOT NULL DEFAULT -1, -- last user id fanned out to; -1 = nothing to fan out or done
    fan_due    BIGINT NOT NULL DEFAULT 0, -- lease of the node that fans out
    total      BIGINT NOT NULL DEFAULT 0, -- deliveries made for it
    confirmed  BIGINT NOT NULL DEFAULT 0,
    failed     BIGINT NOT NULL DEFAULT 0,
    skipped    BIGINT NOT NULL DEFAULT 0, -- followers left out at fan-out (muted, unpaid, …)
    created_at BIGINT NOT NULL
);
CREATE INDEX record_message ON record (message_id);
CREATE INDEX record_fan ON record (fan_due) WHERE fan_after >= 0;

-- The job itself: one card for one person. state: 0 due, 1 leased, 2 accepted
-- by WeChat, 3 confirmed, 4 failed, 5 never confirmed, 6 left out by verifyPayType.
-- due_at is also the end of the lease.
CREATE TABLE delivery (
    message_id BIGINT NOT NULL,
    user_id    BIGINT NOT NULL,
    record_id  BIGINT NOT NULL,
    app_id     BIGINT NOT NULL,
    lane       BIGINT NOT NULL, -- 0 single, 1 fan-out
    state      BIGINT NOT NULL DEFAULT 0,
    due_at     BIGINT NOT NULL,
    owner      TEXT NOT NULL DEFAULT '',
    attempts   BIGINT NOT NULL DEFAULT 0,
    first_at   BIGINT NOT NULL DEFAULT 0, -- first call to WeChat; client_msg_id protects for ten minutes from it
    msgid      BIGINT NOT NULL DEFAULT 0,
    sent_at    BIGINT NOT NULL DEFAULT 0,
    done_at    BIGINT NOT NULL DEFAULT 0,
    reason     TEXT NOT NULL DEFAULT '',
    opened_at  BIGINT NOT NULL DEFAULT 0,
    clicked_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (message_id, user_id)
);
CREATE INDEX delivery_due ON delivery (lane, app_id, due_at) WHERE state < 2;
CREATE INDEX delivery_msgid ON delivery (msgid) WHERE msgid > 0;
CREATE INDEX delivery_open ON delivery (sent_at) WHERE state = 2;

-- Finish reports that came before their send was settled.
CREATE TABLE finish_parked (
    msgid     BIGINT PRIMARY KEY,
    status    TEXT NOT NULL,
    parked_at BIGINT NOT NULL
);
CREATE INDEX finish_parked_age ON finish_parked (parked_at);

-- What WeChat told us, once per event key; the reply is written last.
CREATE TABLE inbound_event (
    event_key  TEXT PRIMARY KEY,
    reply      TEXT, -- NULL while a developer's answer is awaited
    created_at BIGINT NOT NULL
);
CREATE INDEX inbound_event_age ON inbound_event (created_at);

-- A text too long or too strange for a tap, kept ten minutes under a number.
CREATE TABLE kept_text (
    user_id    BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    body       TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, number)
);

-- What a developer is to be told. Same states and lease as delivery
-- (0 due, 1 leased, 3 done, 4 failed).
CREATE TABLE callback (
    id         {{identity}},
    webhook_id TEXT NOT NULL UNIQUE,
    app_id     BIGINT NOT NULL,
    action     TEXT NOT NULL,
    event_key  TEXT NOT NULL,
    user_id    BIGINT NOT NULL DEFAULT 0, -- who hears the reply
    body       TEXT NOT NULL,
    lane       BIGINT NOT NULL DEFAULT 0,
    state      BIGINT NOT NULL DEFAULT 0,
    due_at     BIGINT NOT NULL,
    owner      TEXT NOT NULL DEFAULT '',
    attempts   BIGINT NOT NULL DEFAULT 0,
    reply_via  TEXT NOT NULL DEFAULT '', -- '', passive or customer: who speaks the developer's reply
    done_at    BIGINT NOT NULL DEFAULT 0,
    reason     TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    UNIQUE (event_key, app_id, action)
);
CREATE INDEX callback_due ON callback (lane, app_id, due_at) WHERE state < 2;
CREATE INDEX callback_age ON callback (created_at);

CREATE TABLE callback_attempt (
    callback_id BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    url         TEXT NOT NULL,
    request     TEXT NOT NULL, -- headers as sent
    status      BIGINT NOT NULL, -- HTTP, 0 = none
    answer      TEXT NOT NULL,
    latency_ms  BIGINT NOT NULL,
    failure     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (callback_id, attempt)
);

-- Counters that refuse over their limit: (name, window start).
CREATE TABLE quota (
    name      TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    PRIMARY KEY (name, starts_at)
);
CREATE INDEX quota_age ON quota (starts_at);

-- One run of one job's slot; whoever inserts it runs it.
CREATE TABLE cron_run (
    job         TEXT NOT NULL,
    slot        BIGINT NOT NULL,
    node        TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL DEFAULT 0,
    outcome     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job, slot)
);

-- +goose Down
-- A downgrade is refused: restore the backup made before the upgrade.
SELECT 1;
