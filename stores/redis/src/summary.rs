//! The fields of a hash that hold a record's summary.

use redis::Value;
use second_factor::{Summary, UnixTime};

use crate::error::Error;

/// Those that [`values`] fills, [`summary`] reads and the script that writes names, in their order.
pub(crate) const FIELDS: [&str; 7] = [
    "generation",
    "enrolled_at",
    "last_verified_at",
    "backup_codes_left",
    "trusted_devices",
    "locked_until",
    "pending_notices",
];

/// Decimal numbers, times in seconds; empty where there is none.
pub(crate) fn values(summary: &Summary) -> [String; 7] {
    let &Summary {
        generation,
        enrolled_at,
        last_verified_at,
        backup_codes_left,
        trusted_devices,
        locked_until,
        pending_notices,
        ..
    } = summary;
    let time = |time: Option<UnixTime>| time.map_or(String::new(), |time| time.seconds().to_string());
    [
        generation.to_string(),
        time(enrolled_at),
        time(last_verified_at),
        backup_codes_left.to_string(),
        trusted_devices.to_string(),
        time(locked_until),
        pending_notices.to_string(),
    ]
}

/// What the values of [`FIELDS`] say, if there is a record.
pub(crate) fn summary(reply: Value) -> Result<Option<Summary>, Error> {
    let values = match reply {
        Value::Nil => return Ok(None),
        Value::Array(values) => <[Value; 7]>::try_from(values).map_err(|_| Error::Reply)?,
        _ => return Err(Error::Reply),
    };
    let [
        generation,
        enrolled_at,
        last_verified_at,
        backup_codes_left,
        trusted_devices,
        locked_until,
        pending_notices,
    ] = &values;
    // The fields may become more, so the type cannot be written out here.
    let mut summary = Summary::default();
    summary.generation = number(generation)?;
    summary.enrolled_at = time(enrolled_at)?;
    summary.last_verified_at = time(last_verified_at)?;
    summary.backup_codes_left = number(backup_codes_left)?;
    summary.trusted_devices = number(trusted_devices)?;
    summary.locked_until = time(locked_until)?;
    summary.pending_notices = number(pending_notices)?;
    Ok(Some(summary))
}

fn time(value: &Value) -> Result<Option<UnixTime>, Error> {
    match value {
        Value::BulkString(text) if text.is_empty() => Ok(None),
        _ => number(value).map(UnixTime::from_seconds).map(Some),
    }
}

fn number<N: std::str::FromStr>(value: &Value) -> Result<N, Error> {
    let Value::BulkString(text) = value else { return Err(Error::Reply) };
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| Error::Damaged("a number of a summary cannot be read".to_owned()))
}
