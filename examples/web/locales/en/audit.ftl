# The page.
audit-title = Audit log
audit-when = When (UTC)
audit-member = Member
audit-by = By
audit-what = What
audit-details = Details
audit-any-kind = Anything
audit-from-day = From
audit-until-day = Until
audit-search = Search
audit-clear = Show everything
audit-download = Download as CSV
audit-older = Older
audit-newest = Newest
audit-recent-title = Recent events of this account
audit-empty = Nothing was found.
audit-bad-day = A day is written like 2026-07-31.

# Who did it.
audit-by-member = the member, or somebody with their password
audit-by-operator = operator: { $name }

# What happened.
audit-signed-in = Signed in with a second factor
audit-trusted-browser-used = Signed in from a trusted browser
audit-signed-in-without = Signed in without a second factor
audit-signed-out = Signed out
audit-signed-out-everywhere = Signed out everywhere
audit-password-refused = Wrong password
audit-password-changed = Password changed
audit-challenged = Password right, code asked for
audit-code-sent = Code sent
audit-code-refused = Wrong code
audit-replay-refused = Used code tried again
audit-many-wrong-codes = Many wrong codes
audit-enrollment-started = Set-up begun
audit-enabled = Two-factor authentication turned on
audit-disabled = Two-factor authentication turned off
audit-authenticator-added = Authenticator added
audit-authenticator-replaced = Authenticator replaced
audit-authenticator-removed = Authenticator removed
audit-authenticator-imported = Authenticator taken over from another system
audit-authenticator-renamed = Authenticator renamed
audit-authenticators-disabled = Authenticators disabled after too many wrong codes
audit-backup-codes-issued = Backup codes made
audit-backup-code-used = Backup code used
audit-backup-codes-low = Few backup codes left
audit-backup-codes-viewed = Backup codes looked at
audit-backup-codes-saved = Backup codes shown to be saved
audit-browser-trusted = Browser trusted
audit-browser-revoked = Browser forgotten
audit-browsers-revoked = All browsers forgotten
audit-browser-renamed = Browser renamed
audit-trust-ended = Trust ended with the sign-out
audit-stepped-up = Second factor shown once more
audit-proof-spent = Shown second factor used for a page
audit-reset = Two-factor authentication reset
audit-required-by-policy = Told that a second factor is required
audit-policy-saved = Company policy saved
audit-purged = Settings deleted, as the company uses no second factor
audit-restored = Settings restored from a backup
audit-erased = Settings erased
audit-invited = Invited
audit-notices-lost = Notices lost
audit-entries-lost = Entries of this log lost

# Details.
audit-label-until = { $label }, until { $date }
audit-reason = Reason: { $reason }
audit-from = From { $date } on
audit-left = { $left } left
audit-held-until = No code is looked at until { $date }
audit-all-guesses = All guesses of unknown browsers are used up
audit-by-mail = by mail
audit-by-text-message = by text message
audit-with-app = with an app
audit-with-backup-code = with a backup code
