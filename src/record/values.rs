//! How secrets stand in a record: as bytes, read without a copy in between.

use super::Root;
use crate::primitives::{
    secret::Secret,
    stored::{Reader, Stored, Writer, Written},
};

impl Stored for Secret {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        to.bytes(self.expose())
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Self::from_stored(from.bytes()?).ok()
    }
}

impl Stored for Root {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        to.bytes(&self.0)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.bytes()?.try_into().map(Self).ok()
    }
}
