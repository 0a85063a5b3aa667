# Signing in.
