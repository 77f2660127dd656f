-- Counts by the hour are deleted by their age.
-- +goose Up
CREATE INDEX stat_hour ON stat (hour);

-- +goose Down
SELECT 1;
