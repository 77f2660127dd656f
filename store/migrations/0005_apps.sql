-- The end of an app: see 0001 for the manners.
-- +goose Up

-- When all that hung on a deleted app was taken away; its row stays, so that
-- the number is never given again.
ALTER TABLE app ADD COLUMN purged_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX app_gone ON app (deleted_at) WHERE deleted_at > 0 AND purged_at = 0;

-- +goose Down
SELECT 1;
