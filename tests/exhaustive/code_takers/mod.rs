//! Every call that takes a code: each code once, whichever call it comes through, and each guess in the same count.

mod entry;
mod scan;

use second_factor::{Action, Reason, UnixTime};

use self::entry::{BACKUP_CODES, DIGITS, Doors, Entry, refusal};
use crate::common::{DAY, STEP};

/// A backup code and a ticket, well-formed, that nobody was given.
const OTHER_CODE: &str = "00000-00000-00000-00000-00000";
const OTHER_TICKET: &str = "00000-00000-00000-00000-00000-00000";

fn orders(entries: [Entry; 3]) -> Vec<[Entry; 3]> {
    let [a, b, c] = entries;
    vec![[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
}

#[tokio::test]
async fn p1_p8_a_phones_code_is_accepted_once_at_all_calls_together() {
    let doors = Doors::enrolled().await;
    // Within the step, into the next and the last of the window, out of it, and back, far back.
    let jumps = [0, 1, STEP as i64, 2 * STEP as i64, 3600, -1, -(STEP as i64), -2 * STEP as i64, -3600];
    let start = doors.world.now();
    for order in orders(DIGITS) {
        for (first_jump, second_jump) in jumps.iter().flat_map(|one| jumps.map(|two| (*one, two))) {
            doors.again();
            let code = doors.both.code_at(start);
            for (at, (entry, jump)) in order.into_iter().zip([0, first_jump, second_jump]).enumerate() {
                let there = start.seconds().saturating_add_signed(jump);
                doors.world.clock.set(UnixTime::from_seconds(there));
                let answer = doors.try_at(entry, &code).await;
                assert_eq!(answer.is_ok(), at == 0, "{entry:?} in {order:?} at {jump:+}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn p1_a_code_stays_spent_where_the_authenticator_that_it_confirmed_is_removed_again() {
    let doors = Doors::enrolled().await;
    let code = doors.world.code(&doors.both, 0);
    assert!(doors.try_at(Entry::Confirm, &code).await.is_ok());
    let (verifier, account) = (&doors.world.verifier, &doors.account);
    let newest = verifier.status(account, None).await.unwrap().authenticators().last().unwrap().id;
    let remove = Action::Remove(newest);
    let asked = verifier.begin_step_up(account, &remove, None).await.unwrap();
    let proof = verifier.step_up(account, asked.token(), &doors.backup_codes[0]).await.unwrap();
    verifier.remove_authenticator(account, newest, &proof).await.unwrap();
    for entry in [Entry::Verify, Entry::StepUp] {
        let refused = doors.try_at(entry, &code).await;
        assert_eq!(refusal(&refused).unwrap().0, Reason::Replayed, "{entry:?}");
    }
}

#[tokio::test]
async fn p1_p2_no_earlier_code_is_accepted_after_a_later_one_at_any_call() {
    let doors = Doors::enrolled().await;
    for order in orders(DIGITS) {
        for (later, earlier) in [(0, -1), (1, 0), (1, -1), (1, 1)] {
            doors.again();
            let code = |steps| doors.world.code(&doors.both, steps);
            assert!(doors.try_at(order[0], &code(later)).await.is_ok(), "{order:?} {later}");
            let refused = doors.try_at(order[1], &code(earlier)).await;
            assert_eq!(refusal(&refused).unwrap().0, Reason::Replayed, "{order:?}: {earlier} after {later}");
        }
        doors.again();
        for (entry, steps) in order.into_iter().zip([-1, 0, 1]) {
            let answer = doors.try_at(entry, &doors.world.code(&doors.both, steps)).await;
            assert!(answer.is_ok(), "in their order each is good: {entry:?} in {order:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn p3_p8_a_backup_code_is_accepted_once_at_all_calls_together() {
    let doors = Doors::enrolled().await;
    for order in orders(BACKUP_CODES) {
        doors.again();
        for (at, entry) in order.into_iter().enumerate() {
            let answer = doors.try_at(entry, &doors.backup_codes[0]).await;
            assert_eq!(answer.is_ok(), at == 0, "{entry:?} in {order:?}: {answer:?}");
        }
        for entry in [order[1], order[2]] {
            assert!(
                doors.try_at(entry, &doors.backup_codes[1 + usize::from(entry == order[2])]).await.is_ok()
            );
        }
    }
    doors.again();
    let answer = doors.try_at(Entry::Confirm, &doors.backup_codes[0]).await;
    assert_eq!(refusal(&answer).unwrap().0, Reason::Malformed, "a set-up is confirmed by its app alone");
}

#[tokio::test]
async fn p26_a_ticket_is_used_up_by_the_set_up_that_it_began() {
    let doors = Doors::reset().await;
    let begin = || doors.world.enroll(&doors.account, ticket(&doors.ticket));
    let enrollment = begin().await.unwrap();
    // Until it is confirmed it can be begun again: the page was closed.
    assert!(begin().await.is_ok());
    let enrollment_again = begin().await.unwrap();
    let phone = second_factor::testing::Phone::scan(enrollment_again.uri());
    let code = phone.code_at(doors.world.now());
    assert!(doors.world.verifier.confirm(&doors.account, enrollment.token(), &code).await.is_err());
    assert!(doors.world.verifier.confirm(&doors.account, enrollment_again.token(), &code).await.is_ok());
    assert!(begin().await.is_err());
}

fn ticket(typed: &str) -> second_factor::Authority<'_> {
    second_factor::Authority::Ticket { sign_in: None, typed }
}

/// Every sequence of six calls: 729 of them.
#[tokio::test]
async fn p8_p19_wrong_digits_are_in_one_count_through_whichever_call() {
    let doors = Doors::enrolled().await;
    let wrong = doors.world.wrong(&[&doors.phone, &doors.both]);
    let right = doors.world.code(&doors.both, 0);
    let held = Some(doors.world.now().plus(30));
    for sequence in 0..3_usize.pow(6) {
        doors.again();
        let entries: Vec<_> = (0..6).map(|at| DIGITS[sequence / 3_usize.pow(at) % 3]).collect();
        for (at, entry) in entries.iter().enumerate() {
            let answer = doors.try_at(*entry, &wrong).await;
            let expected = (Reason::Wrong, held.filter(|_| at == 5));
            assert_eq!(refusal(&answer), Some(expected), "guess {at} of {entries:?}");
        }
        let before = doors.row().unwrap().revision();
        for (entry, code) in DIGITS.iter().flat_map(|entry| [(entry, &wrong), (entry, &right)]) {
            let answer = doors.try_at(*entry, code).await;
            assert_eq!(refusal(&answer), Some((Reason::Throttled, held)), "{entry:?} after {entries:?}");
        }
        assert_eq!(doors.row().unwrap().revision(), before, "a refused attempt writes nothing");
    }
    for entry in BACKUP_CODES {
        assert_eq!(refusal(&doors.try_at(entry, OTHER_CODE).await), Some((Reason::Wrong, None)), "{entry:?}");
    }
    assert!(doors.try_at(Entry::Verify, &doors.backup_codes[0]).await.is_ok(), "the door that stays open");
}

#[tokio::test]
async fn p8_what_cannot_be_a_code_costs_nothing_at_any_call() {
    let doors = Doors::enrolled().await;
    let before = doors.row().unwrap().revision();
    for entry in [Entry::Verify, Entry::StepUp, Entry::Confirm, Entry::ProveSaved, Entry::Ticket] {
        for typed in ["", "12345", "123456789", "abc", "12 34", "00000-00000-00000-00000-00001"] {
            let answer = doors.try_at(entry, typed).await;
            assert_eq!(refusal(&answer), Some((Reason::Malformed, None)), "{entry:?} {typed:?}");
        }
    }
    assert_eq!(doors.row().unwrap().revision(), before);
}

/// Guesses through one call, and through all of them in turn, for thirty days, each as soon as it is looked at. Some right codes in
/// between clear the lane; nothing clears the bucket.
#[tokio::test]
async fn p19_p21_the_bucket_is_one_for_all_calls() {
    const DAYS: u64 = 30;
    for entries in [&DIGITS[..1], &DIGITS[1..2], &DIGITS[2..], &DIGITS[..]] {
        let doors = Doors::enrolled().await;
        let end = doors.world.now().plus(DAYS * DAY);
        let (mut weight, mut at) = (0, 0);
        while doors.world.now() < end {
            let wrong = doors.world.wrong(&[&doors.phone, &doors.both]);
            let entry = entries[at % entries.len()];
            match refusal(&doors.guess_anew(entry, &wrong).await).expect("a rejection") {
                (Reason::Throttled, Some(until)) => doors.world.clock.set(until),
                // Two authenticators make a guess weigh twice; a set-up has one.
                (Reason::Wrong, _) => {
                    weight += if entry == Entry::Confirm { 1 } else { 2 };
                    at += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        println!("{entries:?}: {weight} guesses' worth in {DAYS} days");
        assert!(weight <= 100 + DAYS, "{entries:?}: {weight}");
        assert!(weight >= 95, "{entries:?}: {weight}, which shows nothing");
    }
}

#[tokio::test]
async fn p19_p24_look_up_secrets_are_always_looked_at_and_rarely_written() {
    for (doors, entries, wrong) in [
        (Doors::enrolled().await, &BACKUP_CODES[..1], OTHER_CODE),
        (Doors::enrolled().await, &BACKUP_CODES[1..2], OTHER_CODE),
        (Doors::enrolled().await, &BACKUP_CODES[2..], OTHER_CODE),
        (Doors::enrolled().await, &BACKUP_CODES[..], OTHER_CODE),
        (Doors::reset().await, &[Entry::Ticket][..], OTHER_TICKET),
    ] {
        let world = &doors.world;
        world.pass(60 - world.now().seconds() % 60);
        for minute in 0..2 {
            let guesses = async {
                for at in 0..150 {
                    let answer = doors.try_at(entries[at % entries.len()], wrong).await;
                    assert_eq!(refusal(&answer), Some((Reason::Wrong, None)), "guess {at} at {entries:?}");
                }
            };
            let ((), counts) = world.store.counting(guesses).await;
            assert_eq!(counts.loads, 150, "each is looked at");
            assert_eq!(counts.swaps, 60, "failures written in minute {minute} at {entries:?}");
            world.pass(60);
        }
        let right = if doors.ticket.is_empty() { &doors.backup_codes[0] } else { &doors.ticket };
        assert!(doors.try_at(entries[0], right).await.is_ok(), "{entries:?}");
        if doors.ticket.is_empty() {
            let code = world.code(&doors.phone, 0);
            assert!(doors.guess_anew(Entry::Verify, &code).await.is_ok(), "no wait for digits comes of it");
        }
    }
}
