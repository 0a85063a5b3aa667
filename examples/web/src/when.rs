//! Moments and waits, in words.

use second_factor::UnixTime;
use tower_sessions::cookie::time::{Date, Month, OffsetDateTime, UtcOffset};

use crate::words::Words;

/// A day and time of day, as `2025-10-09 08:53 UTC`.
pub(crate) fn date(at: UnixTime) -> String {
    let Some(t) = calendar(at) else { return "unknown".to_owned() };
    format!("{}-{:02}-{:02} {:02}:{:02} UTC", t.year(), u8::from(t.month()), t.day(), t.hour(), t.minute())
}

/// A day, as fields of forms have it: `2025-10-09`, in UTC.
pub(crate) fn day(at: UnixTime) -> String {
    calendar(at).map(|t| t.date().to_string()).unwrap_or_default()
}

/// When a day begins, in UTC.
pub(crate) fn midnight(day: &str) -> Option<UnixTime> {
    let mut parts = day.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let date =
        Date::from_calendar_date(year, Month::try_from(month).ok()?, parts.next()?.parse().ok()?).ok()?;
    let begins = date.midnight().assume_offset(UtcOffset::UTC).unix_timestamp();
    u64::try_from(begins).ok().map(UnixTime::from_seconds)
}

/// A wait, as `in 30 seconds, at 08:53:20 UTC`.
pub(crate) fn wait(words: Words, now: UnixTime, until: UnixTime) -> String {
    let long = match until.since(now).max(1) {
        seconds @ ..=90 => words.with("seconds", seconds).say("common-in-seconds"),
        seconds => words.with("minutes", seconds.div_ceil(60)).say("common-in-minutes"),
    };
    let Some(t) = calendar(until) else { return long };
    let time = format!("{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second());
    words.with("long", long).with("time", time).say("common-wait")
}

/// What is wrong with a phone's clock that is so many seconds fast (slow: negative).
pub(crate) fn clock(words: Words, fast: i64) -> String {
    let (long, key) = match (fast.unsigned_abs(), fast < 0) {
        (seconds @ ..90, false) => (seconds, "common-clock-fast-seconds"),
        (seconds @ ..90, true) => (seconds, "common-clock-slow-seconds"),
        (seconds, false) => (seconds.saturating_add(30) / 60, "common-clock-fast-minutes"),
        (seconds, true) => (seconds.saturating_add(30) / 60, "common-clock-slow-minutes"),
    };
    words.with("long", long).say(key)
}

fn calendar(at: UnixTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(i64::try_from(at.seconds()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn in_words() {
        let at = UnixTime::from_seconds(1_760_000_000);
        assert_eq!(date(at), "2025-10-09 08:53 UTC");
        let words = Words::of(Language::English);
        assert_eq!(wait(words, at, at.plus(30)), "in 30 seconds, at 08:53:50 UTC");
        assert_eq!(wait(words, at, at.plus(91)), "in 2 minutes, at 08:54:51 UTC");
        assert_eq!(wait(words, at, at), "in 1 second, at 08:53:20 UTC");
        assert_eq!(date(UnixTime::from_seconds(u64::MAX)), "unknown");
        assert_eq!(
            (clock(words, 60), clock(words, -240)),
            ("about 60 seconds fast".into(), "about 4 minutes slow".into())
        );
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(day(UnixTime::from_seconds(1_760_000_000)), "2025-10-09");
        assert_eq!(midnight("1970-01-02"), Some(UnixTime::from_seconds(86_400)));
        assert_eq!(midnight("2025-10-09"), Some(UnixTime::from_seconds(1_759_968_000)));
        for none in ["", "2025", "2025-13-01", "2025-02-30", "1969-12-31", "2025-10-09-1", "x-y-z"] {
            assert_eq!(midnight(none), None, "{none}");
        }
    }
}
