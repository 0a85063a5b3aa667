//! P29, P32, P39: what a call does for users who are not there, and what its work does not depend on.

use std::{fs, path::Path};

use second_factor::{Action, Channel, Error, Reason, Rejection};

use crate::common::{
    World,
    ceremonies::{Settled, sent_alone},
    key, reason,
    store::Counts,
};

/// What a client can see of it.
fn seen<T: std::fmt::Debug>(
    result: second_factor::Result<T>,
) -> (String, Option<second_factor::UnixTime>, bool) {
    let Err(Error::Rejected(rejection)) = result else { panic!("{result:?}") };
    let seen =
        |rejection: &Rejection| (rejection.to_string(), rejection.retry_at(), rejection.already_completed());
    seen(&rejection)
}

/// A user without a record, beside one with a record to whom nothing was sent, and one to whom a code was.
#[tokio::test]
async fn p29_for_a_user_without_a_record_nothing_is_written_or_sent_and_the_answer_is_that_of_a_wrong_code() {
    let world = World::with(sent_alone());
    let codes = world.settled("somebody").await.codes;
    let (nobody, known) = (world.reachable("nobody"), world.reachable("known"));
    let theirs = world.challenge(&known).await;
    let sent = world.sent(&known, &theirs, Channel::Email).await;
    for typed in [world.other_than(&sent, &[]), codes[0].clone(), "12345678".into(), "no code".into()] {
        let token = world.challenge(&nobody).await;
        let notices = world.outbox.notices().len();
        let events = world.audit.lock().unwrap().len();
        let (refused, counts) =
            world.store.counting(world.verifier.verify(&nobody, &token, &typed, None)).await;
        assert_eq!(counts.swaps, 0, "{typed}");
        assert_eq!(world.outbox.notices().len(), notices);
        assert_eq!(world.audit.lock().unwrap().len(), events);
        assert!(world.store.row(&key("nobody")).is_none());
        let same = world.verifier.verify(&known, &theirs, &typed, None).await;
        assert_eq!(seen(refused), seen(same), "{typed}");
    }
    assert_eq!(world.outbox.last_code(&key("nobody"), Channel::Email), None);
}

#[tokio::test]
async fn p29_a_step_up_of_a_user_without_a_record_is_a_wrong_code_as_well() {
    let world = World::with(sent_alone());
    let nobody = world.reachable("nobody");
    let host = Action::Host("export".into());
    let asked = world.verifier.begin_step_up(&nobody, &host, None).await.unwrap();
    let attempt = world.store.counting(world.verifier.step_up(&nobody, asked.token(), "123456"));
    let (refused, counts) = attempt.await;
    assert_eq!((reason(refused), counts), (Reason::Wrong, Counts { loads: 1, swaps: 0 }));
}

/// From the first send they have a record, and are users like any other.
#[tokio::test]
async fn p29_the_first_send_makes_the_record_and_guesses_count_from_then_on() {
    let world = World::with(sent_alone());
    let account = world.reachable("ann");
    let token = world.challenge(&account).await;
    assert_eq!(reason(world.verifier.verify(&account, &token, "123456", None).await), Reason::Wrong);
    assert!(world.store.row(&key("ann")).is_none());
    let code = world.sent(&account, &token, Channel::Email).await;
    let generation = world.row("ann").summary().generation;
    let wrong = world.other_than(&code, &[]);
    assert_eq!(reason(world.verifier.verify(&account, &token, &wrong, None).await), Reason::Wrong);
    assert_eq!(world.row("ann").summary().generation, generation + 1);
    let signed_in = world.verifier.verify(&account, &token, &code, None).await.unwrap();
    assert!(signed_in.assurance().is_second_factor());
}

/// Every source file, by its path below `src`, without comments and without tests.
fn sources() -> Vec<(String, String)> {
    fn walk(directory: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                walk(&path, found);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((name, code.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 50, "the sources were found");
    found
}

/// Shows that no function has a parameter, and no type a field, that is called a password.
#[test]
fn p32_nothing_takes_a_password() {
    for (name, code) in sources() {
        for word in ["password:", "password :", "passwd", "passphrase"] {
            assert!(!code.to_lowercase().contains(word), "{word} in {name}");
        }
    }
}

/// The body of the loop of a function, by its braces.
fn loop_of(file: &str, function: &str) -> String {
    let (_, code) = sources().into_iter().find(|(name, _)| name.ends_with(file)).expect("the file");
    let (_, body) = code.split_once(function).unwrap_or_else(|| panic!("{function} in {file}"));
    let (_, body) = body.split_once("\n        for ").unwrap_or_else(|| panic!("a loop in {function}"));
    let (body, _) = body.split_once("\n        }\n").expect("its end");
    body.to_owned()
}

/// Shows, without measuring time, that the loops that look for a code run to their end and do not branch on what they find: there is no
/// way out of them and no condition in them, and what they compare with cannot be compared with `==`. It does not show what the compiler
/// makes of it; `subtle` stands for that.
#[test]
fn p39_the_loops_that_look_for_a_code_have_no_way_out_and_no_branch() {
    let loops = [
        ("primitives/totp.rs", "fn search<"),
        ("record/backup.rs", "fn spend(&mut self, digest"),
        ("record/verify.rs", "fn matches("),
    ];
    for (file, function) in loops {
        let body = loop_of(file, function);
        for word in ["break", "return", "continue", "if ", "match ", "while", "?;", "==", "any(", "find("] {
            assert!(!body.contains(word), "{word:?} in the loop of {function} in {file}:\n{body}");
        }
    }
    for (file, name) in [("src/record.rs", "struct Digest("), ("primitives/code.rs", "pub struct Code ")] {
        let (_, code) = sources().into_iter().find(|(path, _)| path.ends_with(file)).expect("the file");
        let (above, _) = code.split_once(name).unwrap_or_else(|| panic!("{name} in {file}"));
        let derives = above.lines().rev().take_while(|line| line.trim_start().starts_with('#'));
        assert!(derives.clone().count() > 0 || name.contains("Code"));
        assert!(!derives.collect::<String>().contains("PartialEq"), "{name} must not be compared with ==");
    }
}

/// Shows that what the host sees of the work is the same whichever step, slot or authenticator has matched: one read, one write, a row of
/// the same length.
#[tokio::test]
async fn p39_the_store_is_asked_alike_whichever_step_slot_or_authenticator_matches() {
    let mut all = Vec::new();
    for case in 0..15 {
        let world = World::new();
        let Settled { account, phone, codes, .. } = world.settled("ann").await;
        let tablet = world.add(&account, &phone).await;
        world.pass(120);
        let typed = match case {
            0..10 => codes[case].clone(),
            10..13 => world.code(&phone, case as i64 - 11),
            _ => world.code(&tablet, case as i64 - 13),
        };
        let token = world.challenge(&account).await;
        let (signed_in, counts) =
            world.store.counting(world.verifier.verify(&account, &token, &typed, None)).await;
        assert!(signed_in.is_ok(), "case {case}");
        let written = world.store.written();
        let row = &written[written.len() - counts.swaps];
        all.push((counts.loads, counts.swaps, case < 10, row.1.sealed().len()));
    }
    let backup_codes: Vec<_> = all.iter().filter(|(_, _, backup, _)| *backup).collect();
    let phones: Vec<_> = all.iter().filter(|(_, _, backup, _)| !*backup).collect();
    for group in [backup_codes, phones] {
        assert!(group.iter().all(|one| one == &group[0]), "{group:?}");
    }
}
