//! What people expect of a service with a second factor: a test for each of the behaviours S1 to S38, told as a story of a host, its
//! members, their phones and their browsers.
//!
//! What only a page can show is in the browser tests of `examples/web`; the library's part of it is here:
//!
//! * S2: the picture of the QR code, and that a camera reads it. Here: the URI, and the key to type.
//! * S5: the buttons "copy" and "download". Here: the codes, and the text of the file.
//! * S9, S10: the words of the mail, with whom to call. Here: the notice that causes it.
//! * S11: the page for the code. Here: the challenge that it shows.
//! * S16: the words of the error. Here: one sentence for every reason, and when to try again.
//! * S17: the banner. Here: the deadline that it names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod host;

mod administration;
mod backup_codes;
mod browsers;
mod messages;
mod questions;
mod requirement;
mod reset;
mod set_up;
mod settings;
mod sign_in;
mod tenants;
