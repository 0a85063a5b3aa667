//! Stores for `second-factor` on SQL databases.
