-- One row per user. Ids are BYTEA because TEXT cannot hold a NUL, and because bytes sort the same under every collation; they hold UTF-8, so that
--     SELECT convert_from(tenant, 'UTF8'), convert_from(user_id, 'UTF8'), to_timestamp(last_verified_at) FROM {table}
-- shows them. Times are seconds since 1970-01-01 00:00:00 UTC.
CREATE TABLE IF NOT EXISTS {table} (
    tenant             BYTEA    NOT NULL,
    user_id            BYTEA    NOT NULL,
    -- Compared by every write, and drawn anew for it.
    revision           BYTEA    NOT NULL CHECK (octet_length(revision) = 16),
    -- Sealed by the library; nothing else can read or change it.
    record             BYTEA    NOT NULL,
    -- What lists may show. No decision reads these columns.
    generation         BIGINT   NOT NULL,
    enrolled_at        BIGINT,
    last_verified_at   BIGINT,
    backup_codes_left  SMALLINT NOT NULL,
    trusted_devices    SMALLINT NOT NULL,
    locked_until       BIGINT,
    pending_notices    SMALLINT NOT NULL,
    PRIMARY KEY (tenant, user_id)
-- A row is written again and again: room for its next version beside it spares the indexes most writes.
) WITH (fillfactor = 70);

-- Member lists by standing, a page at a time: who has a second factor, who has none yet, who is held back.
CREATE INDEX IF NOT EXISTS "{name}_enrolled" ON {table} (tenant, user_id) WHERE enrolled_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS "{name}_not_enrolled" ON {table} (tenant, user_id) WHERE enrolled_at IS NULL;
CREATE INDEX IF NOT EXISTS "{name}_locked" ON {table} (tenant, locked_until, user_id) WHERE locked_until IS NOT NULL;
