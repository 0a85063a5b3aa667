//! What can be tried completely is tried completely: every schedule of two ceremonies, every token in every wrong place, every encoding
//! in which a secret could leak, every call that takes a code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, reason = "how much was tried")]

#[path = "../common/mod.rs"]
mod common;

mod canary;
mod code_takers;
mod cross_matrix;
mod interleavings;
