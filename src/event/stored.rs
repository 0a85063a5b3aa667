//! How an event stands in a record: a notice as the number of its kind, and its fields, each with its number. What is a number once is never
//! given to another.
//!
//! At first they were words, as everywhere else that events are written; those are still read.

use super::{Actor, EventKind};
use crate::{
    primitives::stored::{Reader, Stored, Writer, Written},
    user::UserKey,
};

macro_rules! kinds {
    ($($number:literal: $kind:ident { $($place:literal: $field:ident),* }),+ $(,)?) => {
        impl Stored for EventKind {
            fn write(&self, to: &mut Writer<'_>) -> Written {
                match self {
                    $(Self::$kind { $($field),* } => {
                        let absent: &[bool] = &[$($field.is_absent()),*];
                        to.choice($number)?;
                        to.fields(absent.iter().map(|absent| u64::from(!absent)).sum())?;
                        $(to.field($place, $field)?;)*
                        Ok(())
                    })+
                    // No notice, so it is never in a record.
                    other => to.serde(other),
                }
            }

            fn read(from: &mut Reader<'_>) -> Option<Self> {
                if from.is_in_words()? {
                    return from.serde();
                }
                match from.choice()? {
                    $($number => {
                        $(let mut $field = None;)*
                        for _ in 0..from.fields()? {
                            match u8::read(from)? {
                                $($place => from.once(&mut $field)?,)*
                                _ => return None,
                            }
                        }
                        Some(Self::$kind { $($field: $field.or_else(Stored::absent)?),* })
                    })+
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    0: Enabled {},
    1: Disabled {},
    2: AuthenticatorAdded { 0: name },
    3: AuthenticatorReplaced { 0: name },
    4: AuthenticatorRemoved { 0: name },
    5: AuthenticatorImported { 0: name, 1: by },
    6: AuthenticatorsDisabled {},
    7: Reset { 0: by, 1: reason },
    8: Purged { 0: by },
    9: Restored { 0: by },
    10: RequiredByPolicy { 0: by, 1: from },
    11: BackupCodesIssued { 0: count },
    12: BackupCodeUsed { 0: left },
    13: BackupCodesLow { 0: left },
    14: BackupCodesViewed {},
    15: BrowserTrusted { 0: label, 1: until },
    16: BrowserRevoked { 0: label },
    17: BrowsersRevoked {},
    18: SignedOutEverywhere {},
    19: ReplayRefused { 0: held_until },
    20: ManyWrongCodes { 0: all },
    21: NoticesLost {},
}

impl Stored for Actor {
    fn write(&self, to: &mut Writer<'_>) -> Written {
        match self {
            Self::User(user) => to.choice(0).and_then(|()| user.write(to)),
            Self::Operator(name) => to.choice(1).and_then(|()| name.write(to)),
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.choice()? {
            0 => UserKey::read(from).map(Self::User),
            1 => String::read(from).map(Self::Operator),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;
    use crate::primitives::{stored::Keys, time::UnixTime, wiped::Wiped};

    /// In numbers, or in words.
    fn written(event: &EventKind, write: fn(&EventKind, &mut Writer<'_>) -> Written) -> Vec<u8> {
        let mut text = Wiped::with_room_for(64);
        write(event, &mut Writer::new(&mut text)).unwrap();
        text.to_vec()
    }

    fn read(text: &[u8]) -> Option<EventKind> {
        Reader::new(text, Keys::Numbers).only()
    }

    /// Every notice as it stands in records. Whoever changes one of these makes every record unreadable that holds it.
    #[test]
    fn numbers_stay_as_they_are() {
        let (x, y) = ("x".to_owned(), "y".to_owned());
        let operator = Actor::Operator(y.clone());
        let user = Actor::User(UserKey::new("t", "u"));
        let at = UnixTime::from_seconds(24);
        for (event, expected) in [
            (EventKind::Enabled, "8200a0"),
            (EventKind::Disabled, "8201a0"),
            (EventKind::AuthenticatorAdded { name: x.clone() }, "8202a1006178"),
            (EventKind::AuthenticatorReplaced { name: x.clone() }, "8203a1006178"),
            (EventKind::AuthenticatorRemoved { name: x.clone() }, "8204a1006178"),
            (
                EventKind::AuthenticatorImported { name: x.clone(), by: operator.clone() },
                "8205a20061780182016179",
            ),
            (EventKind::AuthenticatorsDisabled, "8206a0"),
            (EventKind::Reset { by: user, reason: x.clone() }, "8207a2008200a2006174016175016178"),
            (EventKind::Purged { by: operator.clone() }, "8208a10082016179"),
            (EventKind::Restored { by: operator.clone() }, "8209a10082016179"),
            (EventKind::RequiredByPolicy { by: operator.clone(), from: None }, "820aa10082016179"),
            (EventKind::RequiredByPolicy { by: operator, from: Some(at) }, "820aa20082016179011818"),
            (EventKind::BackupCodesIssued { count: 10 }, "820ba1000a"),
            (EventKind::BackupCodeUsed { left: 0 }, "820ca0"),
            (EventKind::BackupCodesLow { left: 3 }, "820da10003"),
            (EventKind::BackupCodesViewed, "820ea0"),
            (EventKind::BrowserTrusted { label: x.clone(), until: None }, "820fa1006178"),
            (EventKind::BrowserTrusted { label: x.clone(), until: Some(at) }, "820fa2006178011818"),
            (EventKind::BrowserRevoked { label: x }, "8210a1006178"),
            (EventKind::BrowsersRevoked, "8211a0"),
            (EventKind::SignedOutEverywhere, "8212a0"),
            (EventKind::ReplayRefused { held_until: Some(at) }, "8213a1001818"),
            (EventKind::ManyWrongCodes { all: true }, "8214a100f5"),
            (EventKind::NoticesLost, "8215a0"),
        ] {
            assert!(event.is_notice(), "only notices are stored");
            assert_eq!(HEXLOWER.encode(&written(&event, Stored::write)), expected, "{event:?}");
            assert_eq!(read(&written(&event, Stored::write)).as_ref(), Some(&event));
            let words = written(&event, |event, to| to.serde(event));
            assert_eq!(read(&words).as_ref(), Some(&event), "as it was at first");
        }
    }

    #[test]
    fn what_no_version_wrote_is_an_error() {
        for wrong in [
            "",                   // nothing
            "8216a0",             // an unknown kind
            "8100",               // no fields
            "8300a000",           // more than them
            "8200a10000",         // a field that this kind has not
            "8202a0",             // without its name
            "8202a2006178006178", // its name twice
            "8202a1016178",       // another field instead
            "8202a10001",         // a name that is a number
            "8208a10082026178",   // an unknown kind of actor
            "00",                 // a number alone
            "6378797a",           // an unknown word
        ] {
            let bytes = HEXLOWER.decode(wrong.as_bytes()).unwrap();
            assert_eq!(read(&bytes), None, "{wrong}");
        }
    }
}
