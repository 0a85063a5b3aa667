//! What went wrong elsewhere, tried here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "../common/mod.rs"]
mod common;

mod binding;
mod brute_force;
mod clocks;
mod enrollment;
mod notices;
mod replay;
mod year_in_lanes;
mod year_of_guessing;
