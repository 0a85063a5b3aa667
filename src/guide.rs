//! Longer texts: how it is built, what tenants can ask for, how it is run, and what it stands up to.

#[doc = include_str!("guide/architecture.md")]
pub mod architecture {}

#[doc = include_str!("guide/policies.md")]
pub mod policies {}

#[doc = include_str!("guide/operating.md")]
pub mod operating {}

#[doc = include_str!("guide/threats.md")]
pub mod threats {}
