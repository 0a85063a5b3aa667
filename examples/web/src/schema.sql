-- The host's own tables. The records of second-factor have a table of their own, which their store creates.

-- A tenant each. The policy is the company's, not that of a user or a browser.
CREATE TABLE IF NOT EXISTS companies (
    id      TEXT NOT NULL PRIMARY KEY, -- drawn at random: no company of another database has the same in a shared store of records
    name    TEXT NOT NULL,
    policy  TEXT NOT NULL,             -- as JSON
    contact TEXT NOT NULL DEFAULT ''   -- in mails: whom to call if it was not you
) STRICT;

CREATE TABLE IF NOT EXISTS users (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given to a second person: it is the key of a record
    company_id        TEXT    NOT NULL REFERENCES companies (id),
    email             TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    phone             TEXT,                               -- for text messages
    language          TEXT    NOT NULL CHECK (language IN ('en', 'ja')),
    is_administrator  INTEGER NOT NULL,
    password_hash     TEXT,                               -- none: signs in through single sign-on alone
    sso_subject       TEXT    UNIQUE,                     -- what the identity provider calls them
    password_version  INTEGER NOT NULL DEFAULT 1,         -- goes up with each change of the password: the stamp
    session_version   INTEGER NOT NULL DEFAULT 1,         -- goes up when all sessions end
    terms_accepted    INTEGER NOT NULL DEFAULT 0,         -- which version of the terms; 0: none
    has_second_factor INTEGER NOT NULL DEFAULT 0,         -- the host's own memory: the anchor
    demo_password     TEXT                                -- of the demonstration's people alone: shown to everybody
) STRICT;
CREATE INDEX IF NOT EXISTS users_by_company ON users (company_id, email);

-- An open invitation. The token of its link is kept as a digest: a reader of this table joins nobody's company.
CREATE TABLE IF NOT EXISTS invitations (
    token_digest     BLOB    NOT NULL PRIMARY KEY,
    company_id       TEXT    NOT NULL REFERENCES companies (id),
    email            TEXT    NOT NULL COLLATE NOCASE,
    language         TEXT    NOT NULL,
    is_administrator INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    UNIQUE (company_id, email)
) STRICT;

-- A program's way in. The token is kept as a digest.
CREATE TABLE IF NOT EXISTS api_tokens (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id),
    digest  BLOB    NOT NULL UNIQUE,
    name    TEXT    NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- The demonstration's identity provider, and which of its assertions were taken, so that each signs in once.
CREATE TABLE IF NOT EXISTS identity_provider (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    signing_key TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS taken_assertions (
    id         TEXT    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
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
CREATE TABLE IF NOT EXISTS notices (
    id            TEXT    NOT NULL PRIMARY KEY,
    user_id       INTEGER NOT NULL REFERENCES users (id),
    at            INTEGER NOT NULL,
    text          TEXT    NOT NULL,
    mailed        INTEGER NOT NULL DEFAULT 0, -- 1: the mail server has it
    claimed_until INTEGER NOT NULL DEFAULT 0  -- until then somebody is mailing it
) STRICT;
CREATE INDEX IF NOT EXISTS notices_by_user ON notices (user_id, at);

-- What happened, for administrators. Only ever added to. Users are named by id, as text: they may be gone.
CREATE TABLE IF NOT EXISTS audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant      TEXT    NOT NULL,
    user_id     TEXT,             -- whose account; none: the log itself
    by_user_id  TEXT,             -- who did it, if another user did
    by_operator TEXT,             -- or the operator
    at          INTEGER NOT NULL,
    kind        TEXT    NOT NULL, -- what it is searched by
    what        TEXT    NOT NULL  -- all of it, as JSON
) STRICT;
CREATE INDEX IF NOT EXISTS audit_by_tenant ON audit (tenant, id);
CREATE INDEX IF NOT EXISTS audit_by_user ON audit (tenant, user_id, id);
CREATE INDEX IF NOT EXISTS audit_by_kind ON audit (tenant, kind, id);

-- How far the deletion of a company's second factors is, after it was switched off.
CREATE TABLE IF NOT EXISTS deletions (
    company_id   TEXT    NOT NULL PRIMARY KEY REFERENCES companies (id),
    by_user      INTEGER NOT NULL,           -- the administrator who confirmed it
    confirmation TEXT    NOT NULL,
    cursor       TEXT,                       -- as JSON
    total        INTEGER NOT NULL,
    done         INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    finished     INTEGER NOT NULL
) STRICT;
