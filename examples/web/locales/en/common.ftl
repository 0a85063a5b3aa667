# What stands on many pages.

-brand = Lighthouse
common-brand = { -brand }

common-skip = Skip to the content
common-menu = Account
common-settings = Security
common-administration = Administration
common-sign-in = Sign in
common-sign-out = Sign out
common-register = Register
common-language = Language
common-start-again = Start again

common-in-seconds = { $seconds ->
    [one] in { $seconds } second
   *[other] in { $seconds } seconds
}
common-in-minutes = in { $minutes } minutes
common-wait = { $long }, at { $time } UTC
common-clock-fast-seconds = about { $long } seconds fast
common-clock-slow-seconds = about { $long } seconds slow
common-clock-fast-minutes = about { $long } minutes fast
common-clock-slow-minutes = about { $long } minutes slow

# Pages that say that something did not work.
common-over-title = This step is over
common-over-text = It took too long, or it was finished in another window. Please start again.
common-foreign-title = This form came from elsewhere
common-foreign-text = It was not sent from a page of this site, or the page was too old, so nothing was done. Please open the page anew and try again.
common-bad-form-title = Something is missing in this form
common-bad-form-text = It could not be read, so nothing was done. Please open the page anew and try again.
common-not-found-title = There is no such page
common-not-found-text = The address may be mistyped.
common-unavailable-title = We cannot check this at the moment
common-unavailable-text = Please try again in a few minutes.
common-broken-title = Something went wrong
common-broken-text = It is our fault, not yours. Please try again.
common-not-allowed-title = This is not possible
common-not-allowed-text = The rules of your company do not allow it. If you need help, write to { $support }.
common-required = A second factor is required here. You can change your app in the settings, but not turn it off.
common-needs-proof = This needs a fresh code. Please start from the settings.
common-needs-ticket = An administrator has reset your second factor. Setting it up again takes the ticket you were given.
common-not-enrolled = No second factor is set up.
common-factor-off = Your company does not use this.
common-no-factor = There is no second factor that you could use here. Write to { $support }.
common-limit = You have as many of these as there can be. Remove one first.
common-last-authenticator = Your only authenticator cannot be removed. You can change it to another, or turn two-factor authentication off.
common-viewing-off = Backup codes are not shown again here. You can make new ones.
common-own-reset = Nobody resets their own second factor. Another administrator can.
common-invalid-reason = A reason of 1 to 200 characters is needed.
common-invalid-name = A name has 1 to 64 characters.
common-stale-preview = Things have changed since you looked. Please look at what it would mean once more.

# What was typed is not a code, and what to do.
common-not-accepted = Not accepted:
common-code-refused = That code was not accepted.
common-code-held-back = There were too many wrong codes.
common-code-wait = You can try again { $wait }. Each further wrong code makes the wait longer.
common-code-backup-anyway = A backup code is looked at all the same.
common-code-clock = The clock of your phone seems to be { $clock }. Have it set the time by itself, then type the next code.
common-code-tries = { $tries ->
    [one] You have one more try before you have to wait.
   *[other] You have { $tries } more tries before you have to wait.
}
common-code-sent-tries = { $tries ->
    [0] The code that was sent is not accepted any more.
    [one] You have one more try with the code that was sent.
   *[other] You have { $tries } more tries with the code that was sent.
}
common-code-next = Wait for your app to show the next one, then type that.

common-on = on
common-off = off
