//! How many messages there may be, and how far apart.

use super::*;

#[test]
fn messages_over_one_channel_are_a_minute_apart() {
    let record = mailed(&asked(1));
    let again = |channel, id, now| send_to(Some(copy(&record)), &asked(id), channel, OTHER, now);
    assert_eq!(held(again(Channel::Email, 1, NOW.plus(59))), NOW.plus(60));
    assert_eq!(held(again(Channel::Email, 2, NOW.plus(59))), NOW.plus(60), "for another challenge too");
    done(again(Channel::Email, 1, NOW.plus(60)));
    done(again(Channel::Sms, 1, NOW));
}

/// A record for which a code was sent at each of these moments, over one channel.
fn sent_at(times: &[u64], browser: Option<DeviceId>) -> Record {
    let mut record = unenrolled();
    if browser.is_some() {
        record.remember_browser(None, &self::browser(1), &under(&policy()), EMAIL, NOW);
    }
    for (id, seconds) in (100..).zip(times) {
        let now = NOW.plus(*seconds);
        let challenge = Challenge { browser, ..asked_at(id, now) };
        record = done(send_to(Some(record), &challenge, Channel::Email, RIGHT, now));
    }
    record
}

#[test]
fn p22_five_messages_an_hour_and_the_sixth_waits() {
    let record = sent_at(&[0, 60, 120, 180, 240], None);
    for channel in [Channel::Email, Channel::Sms] {
        let again = |now| send_to(Some(copy(&record)), &asked_at(1, now), channel, OTHER, now);
        assert_eq!(held(again(NOW.plus(300))), NOW.plus(3600), "{channel:?}");
        assert_eq!(held(again(NOW.plus(3599))), NOW.plus(3600));
        let record = done(again(NOW.plus(3600)));
        let now = NOW.plus(3600);
        let other = if channel == Channel::Email { Channel::Sms } else { Channel::Email };
        assert_eq!(held(send_to(Some(record), &asked_at(2, now), other, OTHER, now)), NOW.plus(3660));
    }
    let four = sent_at(&[0, 60, 120, 180], None);
    done(send_to(Some(four), &asked(1), Channel::Email, OTHER, NOW.plus(240)));
}

#[test]
fn p22_ten_messages_a_day_and_the_eleventh_waits() {
    let times = [0, 60, 120, 180, 240, 3600, 3660, 3720, 3780, 3840];
    let record = sent_at(&times, None);
    let again = |now| send_to(Some(copy(&record)), &asked_at(1, now), Channel::Sms, OTHER, now);
    assert_eq!(held(again(NOW.plus(3840))), NOW.plus(DAY));
    assert_eq!(held(again(NOW.plus(DAY - 1))), NOW.plus(DAY));
    let record = done(again(NOW.plus(DAY)));
    assert_eq!(record.sends.all().len(), 10, "what is a day old is forgotten");
    done(send_to(
        Some(sent_at(&times[..9], None)),
        &asked_at(1, NOW.plus(3900)),
        Channel::Sms,
        OTHER,
        NOW.plus(3900),
    ));
}

#[test]
fn p24_the_messages_of_a_known_browser_are_its_own() {
    let lane = Some(device_id(1));
    let now = NOW.plus(300);
    let known = Challenge { browser: lane, ..asked_at(1, now) };
    let mut record = sent_at(&[0, 60, 120, 180, 240], None);
    record.remember_browser(None, &browser(1), &under(&policy()), EMAIL, NOW);
    done(send_to(Some(record), &known, Channel::Email, OTHER, now));
    let record = sent_at(&[0, 60, 120, 180, 240], lane);
    assert_eq!(held(send_to(Some(copy(&record)), &known, Channel::Email, OTHER, now)), NOW.plus(3600));
    done(send_to(Some(record), &asked_at(1, now), Channel::Email, OTHER, now));
}

#[test]
fn a_clock_that_is_set_back_sends_nothing_sooner() {
    let record = mailed(&asked(1));
    let before = UnixTime::from_seconds(NOW.seconds() - DAY);
    assert_eq!(held(send_to(Some(record), &asked(1), Channel::Email, OTHER, before)), NOW.plus(60));
    let full = sent_at(&[0, 60, 120, 180, 240], None);
    assert_eq!(held(send_to(Some(full), &asked(1), Channel::Sms, OTHER, before)), NOW.plus(3600));
}

#[test]
fn codes_are_remembered_for_twelve_challenges() {
    let mut record = unenrolled();
    for number in 1..=3 {
        record.remember_browser(None, &browser(number), &under(&policy()), EMAIL, NOW);
    }
    for id in 0..12_u8 {
        let challenge = Challenge {
            browser: Some(device_id(id % 3 + 1)),
            expires_at: NOW.plus(600 + u64::from(id)),
            ..asked(id.into())
        };
        let now = NOW.plus(60 * u64::from(id / 3));
        record = done(send_to(Some(record), &challenge, Channel::Email, RIGHT, now));
    }
    let again =
        |id, now: UnixTime| send_to(Some(copy(&record)), &asked_at(id, now), Channel::Email, OTHER, now);
    assert_eq!(held(again(99, NOW.plus(300))), NOW.plus(600), "until the first of them is over");
    assert_eq!(held(again(99, NOW.plus(599))), NOW.plus(600));
    done(again(99, NOW.plus(600)));
    done(again(5, NOW.plus(300)));
}

#[test]
fn what_remains_of_a_code_goes_with_its_challenge() {
    let record = mailed(&asked(1));
    let left =
        |seconds| written(Decision::write(copy(&record), NOW.plus(seconds), [], ())).0.sent_codes.len();
    assert_eq!((left(300), left(599), left(600)), (1, 1, 0));
    let sends =
        |seconds| written(Decision::write(copy(&record), NOW.plus(seconds), [], ())).0.sends.all().len();
    assert_eq!((sends(DAY - 1), sends(DAY)), (1, 0));
}
