#![allow(clippy::arithmetic_side_effects)]

use super::*;

const SEED: &[u8] = b"1234567890123456789012345678901234567890123456789012345678901234";

/// RFC 6238 appendix B: the time, and the codes with SHA-1, SHA-256 and SHA-512.
const APPENDIX_B: [(u64, [&str; 3]); 6] = [
    (59, ["94287082", "46119246", "90693936"]),
    (1_111_111_109, ["07081804", "68084774", "25091201"]),
    (1_111_111_111, ["14050471", "67062674", "99943326"]),
    (1_234_567_890, ["89005924", "91819424", "93441116"]),
    (2_000_000_000, ["69279037", "90698825", "38618901"]),
    (20_000_000_000, ["65353130", "77737706", "47863826"]),
];

fn secret(length: usize) -> Secret {
    Secret::from_bytes(&SEED[..length]).unwrap()
}

fn key() -> TotpKey {
    Totp::new().key(&secret(20))
}

fn at(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(seconds)
}

fn window(behind: u8, ahead: u8) -> Window {
    Window::new(behind, ahead).unwrap()
}

fn found(step: u64, offset: i8) -> Option<Match> {
    found_twice(step, step, offset)
}

fn found_twice(earliest: u64, step: u64, offset: i8) -> Option<Match> {
    Some(Match { step: TimeStep::new(step), earliest: TimeStep::new(earliest), offset })
}

#[test]
fn rfc_6238_appendix_b() {
    for (now, codes) in APPENDIX_B {
        for (algorithm, code) in
            [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512].into_iter().zip(codes)
        {
            let totp = Totp::new().with_algorithm(algorithm).with_digits(Digits::Eight);
            let key = totp.key(&secret(algorithm.secret_bytes()));
            assert_eq!(key.code_at(at(now)).unwrap().reveal(), code, "{algorithm:?} at {now}");
            let typed = Code::read(code).unwrap();
            assert_eq!(
                key.verify(&typed, at(now), Window::DEFAULT),
                found(now / 30, 0),
                "{algorithm:?} at {now}"
            );
        }
    }
}

#[test]
fn the_parameters_say_what_they_were_given() {
    assert_eq!(Totp::new(), Totp::default());
    let step = StepSize::from_seconds(60).unwrap();
    let totp = Totp::new()
        .with_algorithm(Algorithm::Sha512)
        .with_digits(Digits::Seven)
        .with_step(step)
        .with_t0(at(7));
    assert_eq!(
        (totp.algorithm(), totp.digits(), totp.step(), totp.t0()),
        (Algorithm::Sha512, Digits::Seven, step, at(7))
    );
    assert_eq!(totp.key(&secret(64)).totp(), totp);
}

#[test]
fn a_step_begins_with_its_first_second() {
    let steps = [0, 29, 30, 59, 60].map(|now| Totp::new().step_at(at(now)).unwrap().number());
    assert_eq!(steps, [0, 0, 1, 1, 2]);
    assert_eq!(Totp::new().step_at(at(u64::MAX)).unwrap().number(), u64::MAX / 30);

    let later = Totp::new().with_t0(at(100));
    assert_eq!(later.step_at(at(99)), None);
    assert_eq!(later.step_at(at(100)), Some(TimeStep::new(0)));
    assert_eq!(later.step_at(at(129)), Some(TimeStep::new(0)));
    assert_eq!(later.step_at(at(130)), Some(TimeStep::new(1)));
}

#[test]
fn a_code_ends_with_the_last_second_of_its_window() {
    let key = key();
    let typed = key.code_in(TimeStep::new(1));
    for (now, expected) in [
        (0, found(1, 1)),
        (29, found(1, 1)),
        (30, found(1, 0)),
        (59, found(1, 0)),
        (60, found(1, -1)),
        (89, found(1, -1)),
        (90, None),
    ] {
        assert_eq!(key.verify(&typed, at(now), Window::DEFAULT), expected, "at {now}");
    }
}

#[test]
fn every_window_accepts_its_own_steps_and_no_other() {
    let key = key();
    let now = 1_000_000;
    for behind in 0..=2 {
        for ahead in 0..=2 {
            for offset in -4..=4_i8 {
                let step = TimeStep::new(now).offset_by(offset).unwrap();
                let inside = -(behind as i8) <= offset && offset <= ahead as i8;
                let expected = inside.then_some(Match { step, earliest: step, offset });
                let typed = key.code_in(step);
                assert_eq!(
                    key.verify(&typed, at(now * 30 + 29), window(behind, ahead)),
                    expected,
                    "{behind} {ahead} {offset}"
                );
            }
        }
    }
}

/// Were the lower of two equal codes taken, the higher one could be played again.
#[test]
fn of_two_steps_with_the_same_code_the_highest_is_found_and_the_earliest_named() {
    let key = key();
    for distance in 1..=4 {
        let (lower, typed) = twins(&key, distance);
        let higher = lower + distance;
        let seen = |present: u64, behind, ahead| key.verify(&typed, at(present * 30), window(behind, ahead));
        let both = found_twice(lower, higher, distance as i8 - 2);
        assert_eq!(seen(lower + 2, 2, 2), both, "{distance} apart");
        assert_eq!(seen(lower, 2, 0), found(lower, 0), "{distance} apart");
        assert_eq!(seen(higher, 0, 2), found(higher, 0), "{distance} apart");
    }
}

/// The first step past 1000 whose code returns `distance` steps later and at no step around.
fn twins(key: &TotpKey, distance: u64) -> (u64, Code) {
    let value = |step| key.code_in(TimeStep::new(step)).value();
    let twins = |&step: &u64| value(step) == value(step + distance);
    let lower = (1000..).find(twins).unwrap();
    let around: Vec<u64> = (lower - 4..=lower + 8).filter(|&step| value(step) == value(lower)).collect();
    assert_eq!(around, [lower, lower + distance]);
    (lower, key.code_in(TimeStep::new(lower)))
}

#[test]
fn steps_before_the_first_do_not_exist() {
    let key = key();
    let first = key.code_in(TimeStep::new(0));
    assert_eq!(key.verify(&first, at(0), window(2, 2)), found(0, 0));
    assert_eq!(key.verify(&first, at(30), window(2, 2)), found(0, -1));
    assert_eq!(key.verify(&first, at(30), Window::NONE), None);
    let last = key.code_in(TimeStep::new(u64::MAX));
    assert_eq!(key.verify(&last, at(0), window(2, 2)), None);
}

#[test]
fn steps_past_the_last_do_not_exist() {
    let key = Totp::new().with_step(StepSize::from_seconds(1).unwrap()).key(&secret(20));
    for back in 0..=2 {
        let step = u64::MAX - back;
        let typed = key.code_in(TimeStep::new(step));
        assert_eq!(key.verify(&typed, at(u64::MAX), window(2, 2)), found(step, -(back as i8)));
    }
    let first = key.code_in(TimeStep::new(0));
    assert_eq!(key.verify(&first, at(u64::MAX), window(2, 2)), None);
}

#[test]
fn a_clock_hint_reaches_20_steps_to_either_side() {
    let key = key();
    let now = 1_000_000;
    for offset in -22..=22_i8 {
        let code = key.code_in(TimeStep::new(now).offset_by(offset).unwrap());
        for second in [0, 29] {
            let expected = (offset.abs() <= 20).then_some(offset);
            assert_eq!(key.clock_hint(&code, at(now * 30 + second)), expected, "{offset}");
        }
    }
    // What it names is not accepted for that.
    let slow = key.code_in(TimeStep::new(now - 8));
    assert_eq!(key.clock_hint(&slow, at(now * 30)), Some(-8));
    assert_eq!(key.verify(&slow, at(now * 30), window(2, 2)), None);
}

#[test]
fn a_clock_hint_names_the_nearest_of_several_steps_and_of_two_as_near_the_one_ahead() {
    let key = key();
    let (lower, typed) = twins(&key, 4);
    let seen = |present: u64| key.clock_hint(&typed, at(present * 30));
    assert_eq!(
        [lower, lower + 1, lower + 2, lower + 3, lower + 4].map(seen),
        [Some(0), Some(-1), Some(2), Some(1), Some(0)]
    );
    assert_eq!([lower - 20, lower - 21].map(seen), [Some(20), None]);
    assert_eq!([lower + 24, lower + 25].map(seen), [Some(-20), None]);
    // Both in reach, at either end.
    assert_eq!([lower - 16, lower + 20].map(seen), [Some(16), Some(-16)]);
}

#[test]
fn a_clock_hint_names_no_step_that_does_not_exist() {
    let key = key();
    let first = key.code_in(TimeStep::new(0));
    for present in 0..=20_u8 {
        assert_eq!(key.clock_hint(&first, at(u64::from(present) * 30)), Some(-(present as i8)));
    }
    assert_eq!(key.clock_hint(&first, at(21 * 30)), None);
    // Steps before the first neither wrap around nor count as the first.
    let last = key.code_in(TimeStep::new(u64::MAX));
    assert_eq!(key.clock_hint(&last, at(0)), None);
    let later = Totp::new().with_t0(at(100)).key(&secret(20));
    assert_eq!(
        [99, 100, 700, 730].map(|now| later.clock_hint(&first, at(now))),
        [None, Some(0), Some(-20), None]
    );

    let short = Totp::new().with_step(StepSize::from_seconds(1).unwrap()).key(&secret(20));
    let end = short.code_in(TimeStep::new(u64::MAX));
    assert_eq!(short.clock_hint(&end, at(u64::MAX)), Some(0));
    assert_eq!(short.clock_hint(&end, at(u64::MAX - 20)), Some(20));
    assert_eq!(short.clock_hint(&end, at(u64::MAX - 21)), None);
    assert_eq!(short.clock_hint(&first, at(u64::MAX)), None);
}

#[test]
fn a_clock_hint_is_given_for_codes_of_the_same_length_only() {
    let key = key();
    let value = key.code_in(TimeStep::new(7)).value();
    for (digits, expected) in [(Digits::Six, Some(-3)), (Digits::Seven, None), (Digits::Eight, None)] {
        assert_eq!(key.clock_hint(&Code::new(value, digits), at(10 * 30)), expected);
    }
}

#[test]
fn before_t0_there_are_no_codes() {
    let key = Totp::new().with_t0(at(100)).key(&secret(20));
    let first = key.code_in(TimeStep::new(0));
    assert!(key.code_at(at(99)).is_none());
    assert_eq!(key.verify(&first, at(99), window(2, 2)), None);
    assert_eq!(key.verify(&first, at(100), window(2, 2)), found(0, 0));
}

#[test]
fn a_code_of_another_length_matches_nothing() {
    let key = key();
    let value = key.code_in(TimeStep::new(7)).value();
    for (digits, expected) in [(Digits::Six, found(7, 0)), (Digits::Seven, None), (Digits::Eight, None)] {
        assert_eq!(key.verify(&Code::new(value, digits), at(7 * 30), Window::DEFAULT), expected);
    }
}

#[test]
fn a_key_is_shared_between_threads_and_tells_no_secret() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    let key = key();
    shared(&key);
    assert!(format!("{key:?}").ends_with("key: HotpKey { algorithm: Sha1, .. } }"));
}
