//! Longer texts: how it is built, what tenants can ask for, how it is run, on which store and how far, what it costs, what it stands up to,
//! and where each promise is shown.

#[doc = include_str!("guide/architecture.md")]
pub mod architecture {}

#[doc = include_str!("guide/policies.md")]
pub mod policies {}

#[doc = include_str!("guide/operating.md")]
pub mod operating {}

#[doc = include_str!("guide/stores.md")]
pub mod stores {}

#[doc = include_str!("guide/own_store.md")]
#[cfg_attr(not(feature = "testing"), allow(rustdoc::broken_intra_doc_links, reason = "the kit is not there"))]
pub mod own_store {}

#[doc = include_str!("guide/scale.md")]
pub mod scale {}

#[doc = include_str!("guide/performance.md")]
pub mod performance {}

#[doc = include_str!("guide/coverage.md")]
pub mod coverage {}

#[doc = include_str!("guide/threats.md")]
pub mod threats {}
