-- What the administrator's pages need: see 0001 for the manners.
-- +goose Up

-- Send calls of the app per ten seconds; 0 = no limit, -1 = as every app.
ALTER TABLE app ADD COLUMN send_limit BIGINT NOT NULL DEFAULT -1;
CREATE INDEX app_limited ON app (id) WHERE send_limit >= 0;

-- The few among the users whom the console knows by a name or keeps out.
CREATE INDEX users_named ON users (id) WHERE name <> '';
CREATE INDEX users_following ON users (id) WHERE following = 1; -- counts them
CREATE INDEX users_barred ON users (id) WHERE barred_at > 0;

CREATE INDEX audit_user ON audit (user_id, id);
CREATE INDEX report_app ON report (app_id, handled_at);

-- +goose Down
SELECT 1;
