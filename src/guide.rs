//! Longer texts: how it is built, what it stands up to, and where each of its promises is shown.

#[doc = include_str!("guide/architecture.md")]
pub mod architecture {}

#[doc = include_str!("guide/coverage.md")]
pub mod coverage {}

#[doc = include_str!("guide/threats.md")]
pub mod threats {}
