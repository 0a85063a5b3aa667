# Notices. What people typed (names, labels, reasons) stands in quotation marks.
mail-subject-enabled = Two-factor authentication was turned on
mail-subject-disabled = Two-factor authentication was turned off
mail-subject-reset = Your two-factor authentication was reset
mail-subject-required = Two-factor authentication is required
mail-subject-backup-codes = Your backup codes
mail-subject-browsers = Your trusted browsers
mail-subject-alarm = Somebody may know your password
mail-subject-changed = Your two-factor authentication changed

mail-enabled = Two-factor authentication was turned on for your account.
mail-disabled = Two-factor authentication was turned off for your account.
mail-authenticator-added = The authenticator “{ $name }” was added to your account.
mail-authenticator-replaced = The authenticator “{ $name }” took the place of an older one.
mail-authenticator-removed = The authenticator “{ $name }” was removed from your account.
mail-authenticator-imported = The authenticator “{ $name }” was taken over from another system.
mail-authenticators-disabled = After too many wrong codes your authenticators were disabled. Sign in with a backup code and set up a new one.
mail-reset-by-administrator = An administrator reset your two-factor authentication, for this reason: { $reason }
mail-reset-by-operator = The operator of this service reset your two-factor authentication, for this reason: { $reason }
mail-purged = Two-factor authentication is no longer used here; what you had set up was deleted.
mail-restored = Your settings of two-factor authentication came from a backup. Make new backup codes; no browser is trusted any more.
mail-required = Two-factor authentication is required now. Set it up in the settings.
mail-required-from = Two-factor authentication is required from { $date } on. Set it up in the settings before then.
mail-backup-codes-issued = You have { $count } new backup codes. Any older ones no longer work.
mail-backup-code-used = A backup code was used. You have { $left } left.
mail-backup-codes-gone = You have no backup codes left. Make new ones.
mail-backup-codes-low = You have only { $left } backup codes left. Make new ones.
mail-backup-codes-viewed = Your backup codes were looked at.
mail-browser-trusted = “{ $name }” is a trusted browser: it is not asked for a code until you sign out there.
mail-browser-trusted-until = “{ $name }” is a trusted browser: it is not asked for a code until { $date }.
mail-browser-revoked = “{ $name }” is no longer a trusted browser.
mail-browsers-revoked = None of your browsers is trusted any more.
mail-signed-out-everywhere = You were signed out everywhere.
mail-replay-refused = A code that had been used was tried again. Somebody may have watched you type it.
mail-many-wrong-codes = Many wrong codes were tried: somebody has your password. Change it.
mail-notices-lost = More happened than we could tell you of while our mail was out of order. Look through your settings.
mail-changed = Your two-factor authentication changed.

# Under each notice.
mail-when = It happened on { $date }.
mail-not-you = Was that not you? { $contact }
mail-contact = Write to { $support } at once.
mail-why = You get this mail because it concerns your account { $address } at { $company }.

# Codes.
mail-code-subject = Your code for signing in
mail-code = Somebody who knows your password is signing in to your account at { $company }. If that is you, type this code:
mail-code-until = It is good until { $date }, and works once. We never ask you for it, by telephone or otherwise.
mail-code-not-you = If you are not signing in now, somebody else has your password: change it. { $contact }
mail-text-message = { $code } is your code for { $company }, until { $date }. We never ask you for it.

# Invitations.
mail-invitation-subject = { $company } invites you to Lighthouse
mail-invitation = { $company } invited you to Lighthouse. Until { $until } this link lets you choose a password:
mail-invitation-has-account = { $company } invited you to Lighthouse, but you have an account already.
mail-invitation-why = You get this mail because somebody who may invite others typed your address. If you do not know them, forget it.

# The pages of the demonstration.
mail-shown-here = Nothing is really sent; it stands here:
mail-outbox-title = Outbox
mail-outbox-about = This demonstration sends no mail. What it would send is here, for everybody to see.
mail-outbox-to = To
mail-outbox-empty = There is no mail yet.
mail-phone-title = Phone
mail-phone-about = This demonstration sends no text messages. What it would send is here, for everybody to see.
mail-phone-empty = There is no text message yet.

# What mails say to whoever finds that something was not them.
mail-contact-tab = Mails
mail-contact-title = If it was not you
mail-contact-label = What our mails say to somebody who did not do it
mail-contact-hint = Whom to call, and what to do. It stands in each notice, in the language in which you write it. Empty: { $support }.
mail-contact-long = At most { $most } characters, on one line.
mail-contact-save = Save
