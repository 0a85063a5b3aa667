# The pages of people and companies.

# The front page.
people-front-title = A small service with a second factor
people-front-text = This is a demonstration of second-factor: accounts with passwords, and a code from an authenticator app on top.
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
people-back-to-administration = Back to the administration
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
