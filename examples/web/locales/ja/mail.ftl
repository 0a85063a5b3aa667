# Mails and text messages.
