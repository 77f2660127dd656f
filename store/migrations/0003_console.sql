-- The schema of the console: see 0001 for the manners.
-- +goose Up

-- What a user is in the console.
ALTER TABLE users ADD COLUMN name TEXT NOT NULL DEFAULT ''; -- what they call themselves there
ALTER TABLE users ADD COLUMN admin BIGINT NOT NULL DEFAULT 0; -- looks after the whole installation
ALTER TABLE users ADD COLUMN barred_at BIGINT NOT NULL DEFAULT 0; -- kept out of the console since
CREATE INDEX users_admin ON users (id) WHERE admin = 1;

ALTER TABLE app ADD COLUMN contact TEXT NOT NULL DEFAULT '';
ALTER TABLE app ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE app ADD COLUMN suspended_at BIGINT NOT NULL DEFAULT 0; -- by the administrator; sends nothing since
ALTER TABLE app ADD COLUMN suspended_reason TEXT NOT NULL DEFAULT '';

-- The logo of an app, as we encoded it.
CREATE TABLE app_logo (
    app_id  BIGINT PRIMARY KEY REFERENCES app (id),
    kind    TEXT NOT NULL, -- image/png or image/jpeg
    picture {{blob}} NOT NULL,
    hash    TEXT NOT NULL -- of the picture, for its address
);

ALTER TABLE app_member ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX app_member_user ON app_member (user_id, app_id);

-- A browser of a signed-in user.
CREATE TABLE session (
    hash       {{blob}} PRIMARY KEY, -- SHA-256 of what its cookie holds
    user_id    BIGINT NOT NULL REFERENCES users (id),
    name       TEXT NOT NULL UNIQUE, -- by which its user ends it from elsewhere
    agent      TEXT NOT NULL, -- the browser, in words
    address    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);
CREATE INDEX session_of_user ON session (user_id, seen_at);
CREATE INDEX session_age ON session (seen_at);

-- Something a person allows by scanning a code and saying so on the phone.
-- state: 0 shown, 1 scanned, 2 allowed, 3 refused, 4 used.
CREATE TABLE approval (
    handle     TEXT PRIMARY KEY, -- of the code
    purpose    TEXT NOT NULL, -- login, step, member, first
    browser    {{blob}} NOT NULL, -- SHA-256 of the secret of the browser that asks
    digest     {{blob}} NOT NULL, -- of a step: what exactly is allowed
    app_id     BIGINT NOT NULL DEFAULT 0,
    role       TEXT NOT NULL DEFAULT '',
    what       TEXT NOT NULL, -- as the phone shows it
    place      TEXT NOT NULL, -- the browser and where it is, as the phone shows it
    code       TEXT NOT NULL, -- on both screens, to compare
    user_id    BIGINT NOT NULL DEFAULT 0, -- whose scan counts; 0: the first one's
    state      BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX approval_user ON approval (user_id, code) WHERE state = 1;
CREATE INDEX approval_age ON approval (expires_at);

-- Who changed what, from what, to what.
CREATE TABLE audit (
    id      {{identity}},
    at      BIGINT NOT NULL,
    user_id BIGINT NOT NULL DEFAULT 0, -- 0: nobody signed in
    via     TEXT NOT NULL, -- console, api, command, wechat
    address TEXT NOT NULL DEFAULT '',
    app_id  BIGINT NOT NULL DEFAULT 0, -- 0: about the installation
    action  TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    before  TEXT NOT NULL DEFAULT '',
    after   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_app ON audit (app_id, id);

-- Who scanned a code.
CREATE TABLE scan (
    id      {{identity}},
    handle  TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX scan_handle ON scan (handle, id);
CREATE INDEX scan_age ON scan (at);
CREATE INDEX scene_app ON scene (app_id, created_at);

-- Followers that came (1) and went (-1), until they are counted into stat.
CREATE TABLE growth (
    id     {{identity}},
    kind   BIGINT NOT NULL, -- as in subscription
    target BIGINT NOT NULL,
    delta  BIGINT NOT NULL,
    at     BIGINT NOT NULL
);
CREATE INDEX growth_at ON growth (kind, target, at);

-- What was counted in one hour about an app (kind 0), a topic (1) or
-- everything (2, target 0).
CREATE TABLE stat (
    kind   BIGINT NOT NULL,
    target BIGINT NOT NULL,
    name   TEXT NOT NULL,
    hour   BIGINT NOT NULL, -- its beginning
    n      BIGINT NOT NULL,
    PRIMARY KEY (kind, target, name, hour)
);

-- When its sender paused it, 0 = runs.
ALTER TABLE message ADD COLUMN paused_at BIGINT NOT NULL DEFAULT 0;
-- How many followers a topic had when its fan-out began.
ALTER TABLE record ADD COLUMN expected BIGINT NOT NULL DEFAULT 0;

-- What became of a complaint.
ALTER TABLE report ADD COLUMN handled_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN handled_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX report_open ON report (id) WHERE handled_at = 0;

-- +goose Down
SELECT 1;
