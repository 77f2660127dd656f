-- The console's followers, topics and codes: see 0001 for the manners.
-- +goose Up

-- How many follow an app (kind 0), a topic (1) or the official account (2,
-- target 0): what was counted so far. The rows of growth are the rest.
CREATE TABLE headcount (
    kind   BIGINT NOT NULL,
    target BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (kind, target)
);
INSERT INTO headcount (kind, target, n)
SELECT kind, target, COUNT(*) FROM subscription WHERE active = 1 AND rejected = 0 GROUP BY kind, target;
INSERT INTO headcount (kind, target, n) SELECT 2, 0, COUNT(*) FROM users WHERE following = 1;

-- Followers by the end of their UID, and by what their code carried.
CREATE INDEX users_uid_end ON users (SUBSTR(uid, LENGTH(uid) - 5));
CREATE INDEX subscription_extra ON subscription (kind, target, extra, id) WHERE extra <> '';

-- The list of an app's codes.
ALTER TABLE scene ADD COLUMN id BIGINT NOT NULL DEFAULT 0; -- random, for an order that stays
DROP INDEX scene_app;
CREATE INDEX scene_codes ON scene (app_id, created_at, id) WHERE purpose = 'app' AND expires_at > 0;

-- +goose Down
SELECT 1;
