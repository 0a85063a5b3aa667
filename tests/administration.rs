//! A tenant at a time: the member list, previews, the switch to "do not use", sweeps, cohorts and announcements.
#![allow(missing_docs, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "administration/announce.rs"]
mod announce;
#[path = "administration/cohorts.rs"]
mod cohorts;
#[path = "administration/delete_all.rs"]
mod delete_all;
#[path = "administration/members.rs"]
mod members;
#[path = "administration/preview.rs"]
mod preview;
#[path = "administration/setting.rs"]
mod setting;
#[path = "administration/sweeps.rs"]
mod sweeps;
