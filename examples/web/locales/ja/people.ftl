# The pages of people and companies.
