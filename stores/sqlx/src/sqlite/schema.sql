-- One row per user. Ids are BLOBs because SQLite does not promise to compare TEXT that contains a NUL; they hold UTF-8, so that
--     SELECT CAST(tenant AS TEXT), CAST(user_id AS TEXT), last_verified_at FROM second_factor
-- shows them. Times are seconds since 1970-01-01 00:00:00 UTC.
CREATE TABLE IF NOT EXISTS second_factor (
    tenant             BLOB    NOT NULL,
    user_id            BLOB    NOT NULL,
    -- Compared by every write, and drawn anew for it.
    revision           BLOB    NOT NULL CHECK (length(revision) = 16),
    -- Sealed by the library; nothing else can read or change it.
    record             BLOB    NOT NULL,
    -- What lists may show. No decision reads these columns.
    generation         INTEGER NOT NULL,
    enrolled_at        INTEGER,
    last_verified_at   INTEGER,
    backup_codes_left  INTEGER NOT NULL,
    trusted_devices    INTEGER NOT NULL,
    locked_until       INTEGER,
    pending_notices    INTEGER NOT NULL,
    PRIMARY KEY (tenant, user_id)
) STRICT;
