# The security settings of a person, and the set-up.

settings-title = Security
settings-two-factor = Two-factor authentication
settings-is-on = Signing in as { $email } takes your password and a code.
settings-is-off = The password alone opens the account of { $email }.
settings-required-now = It is required here.
settings-required-now-text = Set it up to go on.
settings-required-soon = It becomes required.
settings-required-soon-text = Set it up before { $by }.
settings-held-back = There were too many wrong codes. The next one is looked at { $wait }.
settings-back = Back to the security settings
settings-cancel = Cancel

# Setting up.
settings-step-begin = Get the app
settings-step-confirm = Scan and confirm
settings-step-codes = Save backup codes
settings-enroll-title = Protect your account
settings-enroll-text = You need an authenticator app on your phone or computer. Any will do: Google Authenticator, Microsoft Authenticator, Authy, Duo, 1Password and others.
settings-enroll-submit = Set it up
settings-new-name = Name of the device with the app
settings-new-name-example = Phone
settings-new-name-hint = So that you can tell it from others later.
settings-ticket = Ticket from your administrator
settings-ticket-refused = That ticket was not accepted. Ask your administrator for another.
settings-confirm-title = Set up your app
settings-confirm-scan = Scan this with the app
settings-confirm-qr = QR code of the key below
settings-confirm-no-camera = You cannot scan it?
settings-confirm-type = Type this key into the app instead:
settings-confirm-open = Open it in an app on this device
settings-copy-key = Copy the key
settings-copied = Copied
settings-confirm-code = Type the code that the app shows
settings-confirm-label = Code from your app
settings-turn-on = Turn on
settings-confirm-expires = This set-up waits until { $until }. Nothing changes before a code is accepted.

# Authenticators.
settings-apps = Authenticator apps
settings-app-dates = Added { $added }, last used { $used }
settings-app-disabled = disabled after too many wrong codes: change it
settings-app-replace = Change to another
settings-app-remove = Remove
settings-app-add = Add another app
settings-rename = Rename
settings-rename-label = New name
settings-turn-off = Turn off
settings-required = Your company requires it: you can change your app, but not turn it off.

# Backup codes.
settings-codes = Backup codes
settings-codes-left = Unused
settings-codes-few = Not many: make new ones
settings-codes-issued = Made
settings-codes-saved = Saved
settings-codes-saved-at = You showed so on { $at }
settings-codes-show-saved = Type one in, to be sure
settings-codes-used = Used
settings-codes-make = Make new ones
settings-codes-view = See them
settings-codes-title = Your backup codes
settings-codes-save-now = Save them now.
settings-codes-new = They are shown this once, and any older ones no longer work.
settings-codes-unused = These are the ones you have not used.
settings-codes-what-for = When your phone is lost or broken, one of these takes the place of its code. Each works once.
settings-codes-download = Download as a file
settings-codes-copy = Copy
settings-codes-print = Print
settings-codes-where = Keep them where you keep your passwords, or on paper; not on the phone they stand in for.
settings-codes-done = I have saved them
settings-codes-file = Backup codes of { $email } for { -brand }. Each works once.
settings-saved-title = Are your backup codes saved?
settings-saved-text = Type one of them from where you saved it. It is used up by that, so you have one fewer.
settings-saved-refused = That is none of your unused backup codes. If you do not find them, make new ones.
settings-saved-submit = Show that they are saved

# Browsers and sessions.
settings-browsers = Trusted browsers
settings-browsers-none = None: every sign-in is asked for a code.
settings-this-browser = this browser
settings-browser-until = Last used { $used }, trusted until { $until }
settings-browser-until-sign-out = Last used { $used }, trusted until you sign out there
settings-browser-remove = Remove
settings-browser-forget = Forget
settings-browsers-remove-all = Remove all
settings-known = Others that you signed in with
settings-known-text = They are asked for a code, and nobody else’s wrong codes keep them waiting.
settings-known-used = Last used { $used }
settings-sessions = Where you are signed in
settings-sessions-text = A phone was stolen, or you forgot to sign out somewhere? This ends every session and every trust, here as well.
settings-sign-out-everywhere = Sign out everywhere
settings-messages = Messages to you
settings-messages-none = None yet.
settings-messages-not-you = One of them was not you? Write to

# Before a change that is dangerous in the wrong hands.
settings-prove-label = First show that it is you: a code from your app
settings-add-title = Add an authenticator
settings-add-text = You can then sign in with a code of either.
settings-replace-title = Change to another authenticator
settings-replace-text = The present one works until the new one is set up. Then you sign in anew in your other browsers.
settings-remove-title = Remove an authenticator
settings-remove-text = Its codes no longer work from then on.
settings-disable-title = Turn two-factor authentication off
settings-disable-text = Your password alone then opens your account. Your authenticators, backup codes and trusted browsers are deleted.
settings-new-codes-title = Make new backup codes
settings-new-codes-text = The ones you have no longer work from then on.
settings-view-codes-title = See your backup codes
settings-view-codes-text = We send you a message that they were looked at.
