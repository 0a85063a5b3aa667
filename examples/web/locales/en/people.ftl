# The pages of people and companies.

# The front page.
people-front-title = A small service with a second factor
people-front-text = This is a demonstration of second-factor: accounts with passwords, and a code from an authenticator app on top.
people-demo-title = People to sign in as
people-demo-text = They were made for the demonstration, and their passwords are no secret. One company requires a second factor, the other leaves it to its people.
people-welcome = Welcome
people-signed-in-as = You are signed in as
people-required-soon = Two-factor authentication becomes required.
people-set-up-before = Set it up before { $by }.
people-to-settings = Protect your account with a second factor
people-to-administration = Administration
people-to-invitations = Invite others
people-register = Register
people-sign-in = Sign in
people-sign-out = Sign out

# Registering.
people-email = E-mail
people-password = Password
people-password-hint = At least { $least } characters.
people-continue = Continue
people-account-ready = Your account is ready. Sign in to use it.
people-refused = E-mail and password do not belong together.
people-no-account = No account yet?
people-company = Company
people-company-hint = Without a name it is called after your address. You administer it, and invite the others.
people-by-registering = By registering you accept these:
people-have-account = You have an account?
people-no-address = That is not an e-mail address.
people-long-name = The company’s name is too long.
people-short-password = The password is too short.
people-taken = That address has an account already.

# Invitations.
people-invitations = Invitations
people-invite-to = Invite somebody to { $company }
people-role = Role
people-role-member = Member
people-role-administrator = Administrator
people-send-invitation = Send the invitation
people-waiting = Waiting
people-nobody-waits = Nobody.
people-good-until = Good until { $until }
people-take-back = Take back
people-invitation = Your invitation
people-invites-you = { $company } invites you
people-choose-password = Choose a password for { $email }, then sign in with it.
people-join = Join

# The terms.
people-terms-title = Terms
people-terms-text = Lighthouse is a demonstration. It keeps what you enter in a folder of this machine, and promises nothing.
people-terms-one = Enter nothing here that is worth something to you.
people-terms-two = Keep your password and your backup codes to yourself.
people-terms-three = Tell us if somebody else used your account.
people-terms-ask = You are nearly there: accept them to go on.
people-terms-accept = Accept

# A new password.
people-change-password = Change the password
people-change-password-text = Your other sessions, trusted browsers and API tokens end with the old one.
people-current-password = Present password
people-new-password = New password
people-wrong-password = That is not your present password.
people-not-accepted = Not accepted:
people-own-code = A code from your app, or a backup code
people-back-to-settings = Back to the settings
people-mail-password-subject = Your password was changed
people-mail-password = The password of your account was changed. You were signed out everywhere else.

# Single sign-on.
people-sso = Single sign-on
people-provider-title = Identity provider of Harbour
people-provider-text = This page plays the provider. Who are you?
people-provider-known = The provider knows you.
people-provider-continue = Continue to Lighthouse

# Tokens of programs.
people-api-tokens = API tokens
people-api-text = A program that sends one is you, without a second factor. Keep it where passwords are kept.
people-api-none = None yet.
people-api-name = What is it for?
people-api-make = Make a token
people-api-made = Copy it now: it is not shown again.
people-api-made-at = Made { $at }
people-api-revoke = Revoke
