-- What the console needs to send and to pause: see 0001 for the manners.
-- +goose Up

-- A paused message's deliveries that are due stand in lanes of their own, 2
-- and 3 for 0 and 1, which no claim looks at. moving says that they are on
-- their way there (1) or back (2), and moved_to up to which user they are.
ALTER TABLE message ADD COLUMN moving BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN moved_to BIGINT NOT NULL DEFAULT 0;
CREATE INDEX message_moving ON message (id) WHERE moving > 0;

-- How many of a record's people opened their page, and went on from it.
ALTER TABLE record ADD COLUMN opened BIGINT NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN clicked BIGINT NOT NULL DEFAULT 0;
DROP INDEX delivery_read;
-- Why those failed, without a look at their rows.
DROP INDEX delivery_failed;
CREATE INDEX delivery_failed ON delivery (message_id, user_id, reason) WHERE state = 4;

-- An app's scheduled sends in the order of their time, and those that are over.
DROP INDEX scheduled_waiting;
CREATE INDEX scheduled_waiting ON scheduled (app_id, send_at, id) WHERE state = 0;
CREATE INDEX scheduled_past ON scheduled (app_id, done_at, id) WHERE state > 0;

-- +goose Down
SELECT 1;
