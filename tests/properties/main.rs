//! The properties that must always hold, each shown from the outside. A test's name begins with the number of its property.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;

mod backup_codes;
mod browsers;
mod epochs;
mod every_call;
mod expiry;
mod failures;
mod guessing;
mod hostile;
mod lifecycle;
mod needles;
mod nobody;
mod one_gate;
mod outbox;
mod password;
mod proofs;
mod reset;
mod sealing;
mod secrets;
mod sending;
mod sent_codes;
mod shared_code;
mod single_use;
mod typed_text;
