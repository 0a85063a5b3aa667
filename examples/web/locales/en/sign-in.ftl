# The second step of signing in.

sign-in-code-title = Enter your code
sign-in-code-app = Type the six digits that your authenticator app shows for { -brand }. Each code is good for 30 seconds; then the app shows the next.
sign-in-code-backup = Type one of your backup codes: groups of letters and digits. Each works once.
sign-in-code-none = Choose below how to get a code.
sign-in-label = Code
sign-in-backup-label = Backup code
sign-in-trust-days = Do not ask again in this browser for { $days } days
sign-in-trust-until-sign-out = Do not ask again in this browser until I sign out
sign-in-trust-hint = Not on a computer that you share. A sign-in with a backup code is not remembered.
sign-in-submit = Sign in

sign-in-other-ways = Other ways
sign-in-use-backup = Use a backup code
sign-in-use-app = Use a code from the app
sign-in-send-mail = Send me a mail
sign-in-send-mail-again = Send me another mail
sign-in-send-text = Send me a text message
sign-in-send-text-again = Send me another text message
sign-in-to = To { $address }
sign-in-sent-mail = We sent you a mail, to { $address }. Its code is good until { $until }.
sign-in-sent-text = We sent you a text message, to { $address }. Its code is good until { $until }.
sign-in-next = Nothing there? The next one can be sent { $wait }.
sign-in-too-soon = The next one can be sent { $wait }.
sign-in-tries-used = Too many wrong codes were typed for this one. Sign in anew to be sent another.
sign-in-not-sent = It could not be sent. Try another way, or write to { $support }.

sign-in-stuck = No way to a code? Write to
sign-in-someone-else = Sign in as somebody else
