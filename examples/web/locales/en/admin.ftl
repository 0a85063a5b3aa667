# The pages of administrators.
