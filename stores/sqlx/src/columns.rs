//! The columns that hold a record's summary, the same in every database.

use second_factor::{StoredRecord, Summary, UnixTime};

/// Those that [`numbers`] fills, in its order.
#[cfg(feature = "postgres")]
pub(crate) const NUMBERS: [&str; 7] = [
    "generation",
    "enrolled_at",
    "last_verified_at",
    "backup_codes_left",
    "trusted_devices",
    "locked_until",
    "pending_notices",
];

/// What a row shows of a record. A number that exceeds the signed integers of SQL is shown as the largest of them.
pub(crate) fn numbers(record: &StoredRecord) -> [Option<i64>; 7] {
    let &Summary {
        enrolled_at,
        last_verified_at,
        backup_codes_left,
        trusted_devices,
        locked_until,
        pending_notices,
        generation,
        ..
    } = record.summary();
    [
        Some(number(generation)),
        enrolled_at.map(seconds),
        last_verified_at.map(seconds),
        Some(backup_codes_left.into()),
        Some(trusted_devices.into()),
        locked_until.map(seconds),
        Some(pending_notices.into()),
    ]
}

/// A time, in seconds since 1970.
pub(crate) fn seconds(time: UnixTime) -> i64 {
    number(time.seconds())
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
