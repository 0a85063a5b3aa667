# The pages of administrators.

admin-members = Members
admin-policy = Policy
admin-search = E-mail contains
admin-show = Show
admin-show-all = Everybody
admin-show-on = With two-factor authentication
admin-show-off = Without two-factor authentication
admin-show-administrators = Administrators
admin-search-submit = Search
admin-found = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
admin-member = Member
admin-two-factor = Two-factor
admin-since = On since
admin-last = Last used
admin-codes-left = Unused backup codes
admin-trusted = Trusted browsers
admin-administrator = Administrator
admin-pages = Pages
admin-earlier = Previous page
admin-later = Next page

# One member.
admin-back-to-members = Back to the members
admin-held-back = There were too many wrong codes. The next one is looked at { $wait }. A backup code is looked at all the same.
admin-reset = Reset
admin-reset-me = Your own is in your security settings. Nobody resets their own.
admin-reset-text = For somebody who has lost phone and backup codes, or whom codes do not reach. Everything they have set up is deleted, and they are signed out. Be sure of whom you are talking to.
admin-reason = Reason
admin-reason-hint = The member sees it, and the audit log keeps it.
admin-ticket = Setting up anew takes a ticket that I hand over myself
admin-ticket-hint = Without it, the password alone is enough to set up anew.
admin-own-code = Your own code
admin-was-reset = The second factor of { $email } was reset
admin-was-told = They were told, with your reason. At the next sign-in they are asked to set up again.
admin-ticket-once = This ticket is shown once. Hand it over in a way that does not hang on their password: in person, or by telephone.
admin-ticket-until = Good for one set-up, until { $until }.

# The policy.
admin-who = Who uses two-factor authentication
admin-choice-off = Do not use
admin-choice-off-text = Whatever members have set up is deleted.
admin-choice-optional = Whoever wants to
admin-choice-optional-text = Each member decides in their own settings.
admin-choice-everybody = Everybody must
admin-choice-everybody-text = New members, too. Nobody can turn it off.
admin-choice-administrators = Administrators must, others may
admin-choice-administrators-text = Administrators cannot turn it off.
admin-choice-administrators-only = Administrators only
admin-choice-administrators-only-text = Administrators must; others cannot set it up.
admin-grace = Time to set up, until the end of
admin-grace-hint = Until then members are reminded at each sign-in. Empty: from the next click on.
admin-trust = Do not ask again in trusted browsers
admin-trust-off = Always ask
admin-trust-days = For { $days } days
admin-trust-until-sign-out = Until sign-out
admin-trust-hint = A box to tick at the sign-in.
admin-factors = What members may use
admin-factor-app = Authenticator apps
admin-factor-backup = Backup codes
admin-factor-view = Backup codes can be seen again
admin-factor-view-hint = After a code, and with a message. The codes themselves are then kept, sealed.
admin-factor-mail = Codes by mail
admin-factor-text = Codes by text message
admin-codes-whom = Codes by mail and text message are for
admin-codes-beside = who has an app, when it is not at hand
admin-codes-without = who has no app
admin-codes-always = everybody
admin-preview = Show what it would mean
admin-preview-hint = Nothing changes yet.
admin-preview-title = What it would mean
admin-back-to-policy = Back to the policy
admin-must-enroll = would have to set it up
admin-would-lose = would lose what they have set up
admin-would-lose-trust = would be asked again in browsers that are trusted now
admin-would-lose-codes = could not use their backup codes
admin-affected = Who is affected
admin-affected-more = and { $count } more
admin-leftovers = { $count ->
    [one] { $count } member still has it from before it was switched off. Confirm “Do not use” once more first, if they should set up anew.
   *[other] { $count } members still have it from before it was switched off. Confirm “Do not use” once more first, if they should set up anew.
}
admin-locked-out = You would lock yourself out.
admin-locked-out-link = Set up your own second factor first.
admin-save = Save the policy
admin-delete = Switch off, and delete it all
admin-delete-understood = I understand that everybody has to set up again, should we use it again.

# Deleting what was set up.
admin-deletion = Deleting what was set up
admin-deletion-far = { $done } of { $total }
admin-deletion-goes-on = It goes on. Whom it has not reached is still asked for a code. You may leave this page.
admin-deletion-finished = Two-factor authentication is no longer used here. What was set up is deleted, and everybody was told.
admin-deletion-failed = { $count ->
    [one] It failed for { $count } member, who is still asked for a code.
   *[other] It failed for { $count } members, who are still asked for a code.
}
admin-deletion-again = Try again
admin-deletion-look = See how far it is
