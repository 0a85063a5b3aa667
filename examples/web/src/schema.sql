-- The host's own tables. The records of second-factor have a table of their own, which their store creates.

CREATE TABLE IF NOT EXISTS users (
    id               INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to a second person: it is the key of a record
    email            TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    password_hash    TEXT    NOT NULL,
    password_version INTEGER NOT NULL DEFAULT 1,        -- goes up with each change of the password: the stamp
    session_version  INTEGER NOT NULL DEFAULT 1,        -- goes up when all sessions end
    has_second_factor INTEGER NOT NULL DEFAULT 0        -- the host's own memory: the anchor
) STRICT;

-- The one tenant of this service. With several, each has its row, and each user names one.
CREATE TABLE IF NOT EXISTS tenant (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    policy TEXT    NOT NULL -- as JSON
) STRICT;

-- Which key ring the records are sealed with, so that a wrong one is noticed at the start. It is no secret.
CREATE TABLE IF NOT EXISTS key_ring (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    check_value TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    data       TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Notices as the settings page shows them. The id makes a second delivery of the same one harmless.
CREATE TABLE IF NOT EXISTS outbox (
    id      TEXT    NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    at      INTEGER NOT NULL,
    text    TEXT    NOT NULL
) STRICT;
