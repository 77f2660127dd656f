-- The console's followers, topics and codes: see 0001 for the manners.
-- +goose Up

-- Whoever follows already came in the hour of their latest follow, so that
-- what came less what went is who is there.
INSERT INTO stat (kind, target, name, hour, n)
SELECT kind, target, 'gained', created_at - created_at % 3600000, COUNT(*) FROM subscription
WHERE active = 1 AND rejected = 0
GROUP BY kind, target, created_at - created_at % 3600000;
INSERT INTO stat (kind, target, name, hour, n)
SELECT 2, 0, 'gained', followed_at - followed_at % 3600000, COUNT(*) FROM users
WHERE following = 1
GROUP BY followed_at - followed_at % 3600000;

-- +goose Down
SELECT 1;
