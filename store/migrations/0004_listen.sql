-- Callbacks for a program without an address, which fetches them: see 0001
-- for the manners.
-- +goose Up

-- 1: callbacks wait for whoever listens, and url is what was put aside for
-- the time, empty if there was none.
ALTER TABLE endpoint ADD COLUMN listening BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN listened_at BIGINT NOT NULL DEFAULT 0; -- when a listener was last there

-- Who listens to an app. The open callbacks of a listened app stand in lanes
-- 2 and 3, which are lanes 0 and 1 for listeners; no node claims from them.
CREATE TABLE listener (
    app_id     BIGINT NOT NULL REFERENCES app (id),
    name       TEXT NOT NULL, -- chosen by the listener, the same after its restart
    here_until BIGINT NOT NULL, -- it is gone if it does not come back before
    PRIMARY KEY (app_id, name)
);

-- +goose Down
SELECT 1;
