//! Moments and waits, in words.

use second_factor::UnixTime;
use tower_sessions::cookie::time::OffsetDateTime;

/// A day and time of day, as `2025-10-09 08:53 UTC`.
pub(crate) fn date(at: UnixTime) -> String {
    let Some(t) = calendar(at) else { return "unknown".to_owned() };
    format!("{}-{:02}-{:02} {:02}:{:02} UTC", t.year(), u8::from(t.month()), t.day(), t.hour(), t.minute())
}

/// A wait, as `in 30 seconds, at 08:53:20 UTC`.
pub(crate) fn wait(now: UnixTime, until: UnixTime) -> String {
    let long = match until.since(now) {
        0 | 1 => "in a second".to_owned(),
        seconds @ 2..=90 => format!("in {seconds} seconds"),
        seconds => format!("in {} minutes", seconds.div_ceil(60)),
    };
    let Some(t) = calendar(until) else { return long };
    format!("{long}, at {:02}:{:02}:{:02} UTC", t.hour(), t.minute(), t.second())
}

/// What is wrong with a phone's clock that is so many seconds fast (slow: negative).
pub(crate) fn clock(fast: i64) -> String {
    let long = match fast.unsigned_abs() {
        seconds @ ..90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.saturating_add(30) / 60),
    };
    format!("about {long} {}", if fast < 0 { "slow" } else { "fast" })
}

fn calendar(at: UnixTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(at.seconds()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        let at = UnixTime::from_seconds(1_760_000_000);
        assert_eq!(date(at), "2025-10-09 08:53 UTC");
        assert_eq!(wait(at, at.plus(30)), "in 30 seconds, at 08:53:50 UTC");
        assert_eq!(wait(at, at.plus(91)), "in 2 minutes, at 08:54:51 UTC");
        assert_eq!(wait(at, at), "in a second, at 08:53:20 UTC");
        assert_eq!(date(UnixTime::from_seconds(u64::MAX)), "unknown");
        assert_eq!((clock(60), clock(-240)), ("about 60 seconds fast".into(), "about 4 minutes slow".into()));
    }
}
