//! How values are written down and read again: CBOR (RFC 8949), in which every field has a number.
//!
//! A structure is a map from the numbers of its fields to their values. What a field has anyway, if nothing is said (no value, an empty
//! list, a zero), is left out; so a later version can add fields, and what was written before reads as if they had been there. The other
//! way round there is no guessing: a field that this version does not know, or finds twice, is an error, for to drop it in the next
//! write would be to forget a spent code.
//!
//! Before there were numbers, fields had their names as keys. Such text is still read.

use std::convert::Infallible;

use minicbor::{Decoder, Encoder, data::Type, encode};
use zeroize::Zeroizing;

use crate::primitives::wiped::Wiped;

/// Writing to memory does not fail; the error is there because writers can have one.
pub(crate) type Written = Result<(), encode::Error<Infallible>>;

/// Something that can be written down and read again.
pub(crate) trait Stored: Sized {
    fn write(&self, to: &mut Writer<'_>) -> Written;

    /// What is written next. `None` is an error: it is something else.
    fn read(from: &mut Reader<'_>) -> Option<Self>;

    /// What a field is that was left out. `None` if it must not be.
    fn absent() -> Option<Self> {
        None
    }

    /// Whether this is what a field is that was left out.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Where values are written to.
pub(crate) struct Writer<'a>(Encoder<&'a mut Wiped>);

impl<'a> Writer<'a> {
    pub(crate) fn new(to: &'a mut Wiped) -> Self {
        Self(Encoder::new(to))
    }

    /// The head of a map with so many fields.
    #[inline]
    pub(crate) fn fields(&mut self, count: u64) -> Written {
        self.0.map(count)?.ok()
    }

    /// A field, if there is something to be said.
    #[inline]
    pub(crate) fn field(&mut self, number: u8, value: &impl Stored) -> Written {
        if value.is_absent() {
            return Ok(());
        }
        self.0.u8(number)?;
        value.write(self)
    }

    /// Which choice comes next, of several that hold something.
    #[inline]
    pub(crate) fn choice(&mut self, number: u8) -> Written {
        self.0.array(2)?.u8(number)?.ok()
    }

    #[inline]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Written {
        self.0.bytes(bytes)?.ok()
    }

    #[inline]
    pub(crate) fn text(&mut self, text: &str) -> Written {
        self.0.str(text)?.ok()
    }

    #[inline]
    fn list<T: Stored>(&mut self, list: &[T]) -> Written {
        self.0.array(list.len() as u64)?;
        list.iter().try_for_each(|item| item.write(self))
    }

    /// A value of whose form serde knows more.
    pub(crate) fn serde(&mut self, value: &impl serde::Serialize) -> Written {
        let mut to = minicbor_serde::Serializer::new(self.0.writer_mut());
        value.serialize(&mut to).map_err(encode::Error::message)
    }
}

/// How the fields of what is read are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// By their names, as it was at first.
    Names,
    /// By their numbers.
    Numbers,
}

/// Where values are read from.
pub(crate) struct Reader<'a> {
    from: Decoder<'a>,
    keys: Keys,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a [u8], keys: Keys) -> Self {
        Self { from: Decoder::new(text), keys }
    }

    /// The one value that the whole text is.
    pub(crate) fn only<T: Stored>(mut self) -> Option<T> {
        let value = T::read(&mut self)?;
        (self.from.position() == self.from.input().len()).then_some(value)
    }

    pub(crate) const fn keys(&self) -> Keys {
        self.keys
    }

    /// How many fields come.
    #[inline]
    pub(crate) fn fields(&mut self) -> Option<u64> {
        self.from.map().ok()?
    }

    /// Which field or choice comes, of these.
    #[inline]
    pub(crate) fn number(&mut self, known: &[(&str, u8)]) -> Option<u8> {
        match self.keys {
            Keys::Numbers => self.from.u8().ok(),
            Keys::Names => {
                let name = self.from.str().ok()?;
                known.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
            }
        }
    }

    /// Which choice comes, of several that hold something.
    #[inline]
    pub(crate) fn choice(&mut self) -> Option<u8> {
        if self.from.array().ok()?? == 2 { self.from.u8().ok() } else { None }
    }

    /// Whether what comes says in words what it is, as serde writes it.
    pub(crate) fn is_in_words(&self) -> Option<bool> {
        Some(matches!(self.from.datatype().ok()?, Type::String | Type::Map))
    }

    /// The value of a field that was not read yet.
    #[inline]
    pub(crate) fn once<T: Stored>(&mut self, field: &mut Option<T>) -> Option<()> {
        if field.is_some() {
            return None;
        }
        *field = Some(T::read(self)?);
        Some(())
    }

    #[inline]
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        self.from.bytes().ok()
    }

    #[inline]
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        self.from.str().ok()
    }

    /// So many bits, big end first. At first they were a number.
    #[inline]
    fn bits(&mut self) -> Option<u128> {
        match self.keys {
            Keys::Numbers => Some(u128::from_be_bytes(self.bytes()?.try_into().ok()?)),
            Keys::Names => self.from.u128().ok(),
        }
    }

    fn list<T: Stored>(&mut self) -> Option<Vec<T>> {
        let count = usize::try_from(self.from.array().ok()??).ok()?;
        // No more room than there can be items: a wrong count must not make us ask for all there is.
        let mut list =
            Vec::with_capacity(count.min(self.from.input().len().saturating_sub(self.from.position())));
        for _ in 0..count {
            list.push(T::read(self)?);
        }
        Some(list)
    }

    /// At first, what was not there was said not to be there.
    fn says_that_there_is_none(&mut self) -> Option<bool> {
        if self.keys == Keys::Numbers || self.from.datatype().ok()? != Type::Null {
            return Some(false);
        }
        self.from.null().ok()?;
        Some(true)
    }

    /// A value of whose form serde knows more.
    pub(crate) fn serde<T: serde::Deserialize<'a>>(&mut self) -> Option<T> {
        let mut from = minicbor_serde::Deserializer::from(self.from.clone());
        let value = T::deserialize(&mut from).ok()?;
        self.from = from.into_decoder();
        Some(value)
    }
}

/// A structure: its fields, each with its number, which is never given to another.
macro_rules! stored {
    ($type:ty { $($number:literal: $field:ident),+ $(,)? }) => {
        impl $crate::primitives::stored::Stored for $type {
            fn write(
                &self,
                to: &mut $crate::primitives::stored::Writer<'_>,
            ) -> $crate::primitives::stored::Written {
                to.fields([$($crate::primitives::stored::Stored::is_absent(&self.$field)),+].iter().map(|absent| u64::from(!absent)).sum())?;
                $(to.field($number, &self.$field)?;)+
                Ok(())
            }

            fn read(from: &mut $crate::primitives::stored::Reader<'_>) -> Option<Self> {
                $(let mut $field = None;)+
                for _ in 0..from.fields()? {
                    match from.number(&[$((stringify!($field), $number)),+])? {
                        $($number => from.once(&mut $field)?,)+
                        _ => return None,
                    }
                }
                Some(Self { $($field: $field.or_else($crate::primitives::stored::Stored::absent)?),+ })
            }

            fn absent() -> Option<Self> {
                Some(Self { $($field: $crate::primitives::stored::Stored::absent()?),+ })
            }

            fn is_absent(&self) -> bool {
                $($crate::primitives::stored::Stored::is_absent(&self.$field))&&+
            }
        }
    };
    // A choice: the number of each, which is never given to another, and its name of before there were numbers.
    (enum $type:ident { $($number:literal: $choice:ident = $name:literal),+ $(,)? }) => {
        impl $crate::primitives::stored::Stored for $type {
            fn write(
                &self,
                to: &mut $crate::primitives::stored::Writer<'_>,
            ) -> $crate::primitives::stored::Written {
                let number: u8 = match self {
                    $(Self::$choice => $number,)+
                };
                $crate::primitives::stored::Stored::write(&number, to)
            }

            fn read(from: &mut $crate::primitives::stored::Reader<'_>) -> Option<Self> {
                match from.number(&[$(($name, $number)),+])? {
                    $($number => Some(Self::$choice),)+
                    _ => None,
                }
            }
        }
    };
    // Something of whose form serde knows more.
    (serde $type:ident) => {
        impl $crate::primitives::stored::Stored for $type {
            fn write(
                &self,
                to: &mut $crate::primitives::stored::Writer<'_>,
            ) -> $crate::primitives::stored::Written {
                to.serde(self)
            }

            fn read(from: &mut $crate::primitives::stored::Reader<'_>) -> Option<Self> {
                from.serde()
            }
        }
    };
    // Something that is written as what it holds.
    ($type:ident($inner:ty)) => {
        impl $crate::primitives::stored::Stored for $type {
            fn write(
                &self,
                to: &mut $crate::primitives::stored::Writer<'_>,
            ) -> $crate::primitives::stored::Written {
                $crate::primitives::stored::Stored::write(&self.0, to)
            }

            fn read(from: &mut $crate::primitives::stored::Reader<'_>) -> Option<Self> {
                <$inner as $crate::primitives::stored::Stored>::read(from).map(Self)
            }

            fn absent() -> Option<Self> {
                <$inner as $crate::primitives::stored::Stored>::absent().map(Self)
            }

            fn is_absent(&self) -> bool {
                $crate::primitives::stored::Stored::is_absent(&self.0)
            }
        }
    };
}
pub(crate) use stored;

macro_rules! numbers {
    ($($number:ident),+) => { $(
        impl Stored for $number {
            #[inline]
            fn write(&self, to: &mut Writer<'_>) -> Written {
                to.0.$number(*self)?.ok()
            }

            #[inline]
            fn read(from: &mut Reader<'_>) -> Option<Self> {
                from.from.$number().ok()
            }

            fn absent() -> Option<Self> {
                Some(0)
            }

            fn is_absent(&self) -> bool {
                *self == 0
            }
        }
    )+ };
}
numbers!(u8, u16, u32, u64);

/// 128 bits: an id, a digest.
impl Stored for u128 {
    #[inline]
    fn write(&self, to: &mut Writer<'_>) -> Written {
        to.bytes(&self.to_be_bytes())
    }

    #[inline]
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.bits()
    }
}

impl Stored for bool {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        to.0.bool(*self)?.ok()
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.from.bool().ok()
    }

    fn absent() -> Option<Self> {
        Some(false)
    }

    fn is_absent(&self) -> bool {
        !*self
    }
}

impl Stored for String {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        to.text(self)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.text().map(Self::from)
    }
}

impl Stored for Zeroizing<String> {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        to.text(self)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.text().map(|text| Self::new(text.to_owned()))
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        to.list(self)
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.list()
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// A field with a value or without one; nothing else may be optional.
impl<T: Stored> Stored for Option<T> {
    #[inline]
    fn write(&self, to: &mut Writer<'_>) -> Written {
        self.as_ref().map_or(Ok(()), |value| value.write(to))
    }

    #[inline]
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        if from.says_that_there_is_none()? { Some(None) } else { T::read(from).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

#[cfg(test)]
mod tests;
