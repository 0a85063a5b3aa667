//! A second factor for a service's sign-in.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod primitives;
