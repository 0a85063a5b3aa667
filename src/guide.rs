//! Longer texts: how it is built, and what it stands up to.

#[doc = include_str!("guide/architecture.md")]
pub mod architecture {}

#[doc = include_str!("guide/threats.md")]
pub mod threats {}
