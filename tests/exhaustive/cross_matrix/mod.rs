//! Everything that is handed out, in every wrong place: refused, and nothing else changed.

mod directory;
mod door;
mod matrix;
mod person;

use second_factor::{Action, Actor, Requirement, Reset, UnixTime};

use self::{
    door::Door,
    matrix::{Matrix, changed, now},
    person::{Kind, Person},
};

#[test]
fn p5_each_is_accepted_once_in_its_place() {
    let matrix = Matrix::new();
    let mut accepted = 0;
    for (holder, item) in matrix.items() {
        let doors = Matrix::right_doors(&item.kind);
        let has_none = match item.kind {
            Kind::OlderSentCode => true,
            // The preview of a change that deletes nothing: there is nothing to confirm.
            Kind::PolicyChange(requirement) => requirement != Requirement::Off,
            _ => false,
        };
        assert_eq!(doors.is_empty(), has_none, "{:?}", item.kind);
        for door in doors {
            matrix.again();
            assert!(matrix.passes(door, holder, &item.text), "{:?} at {door:?}", item.kind);
            accepted += 1;
            if door.spends() {
                matrix.refused("used", door, holder, &item.text, None);
            } else {
                assert!(matrix.passes(door, holder, &item.text), "{:?} at {door:?} again", item.kind);
            }
        }
    }
    assert_eq!(accepted, 43, "positive controls");
}

#[test]
fn s37_p9_a_confirmed_sweep_deletes_what_its_own_tenant_has_and_nothing_else() {
    let matrix = Matrix::new();
    let mut swept = 0;
    for (holder, _) in matrix.holders() {
        matrix.again();
        let revision = |person: &Person| matrix.world.store.row(person.key()).map(|row| row.revision());
        let rows = || matrix.persons().map(revision).collect::<Vec<_>>();
        let before = rows();
        let confirmation = holder.text(&Kind::PolicyChange(Requirement::Off));
        assert!(matrix.passes(Door::DeleteAllToken, holder, &confirmation));
        for ((person, before), after) in matrix.persons().zip(before).zip(rows()) {
            let (user, is_own) = (person.key(), person.key().tenant() == holder.key().tenant());
            assert_eq!(
                before != after,
                is_own && before.is_some(),
                "{user:?}, confirmed by {:?}",
                holder.key()
            );
            if is_own {
                let status = now(matrix.world.verifier.status(&person.account, None)).unwrap();
                assert!(!status.is_on() && status.authenticators().is_empty(), "{user:?}");
                assert!(status.devices().is_empty() && status.backup_codes_left() == 0, "{user:?}");
                swept += usize::from(before.is_some());
            }
        }
    }
    assert_eq!(swept, 4, "two with everything, two after a reset");
}

#[test]
fn p7_p14_nothing_is_good_for_anything_else() {
    let matrix = Matrix::new();
    let mut tried = 0;
    for (holder, item) in matrix.items() {
        for door in Door::ALL.into_iter().filter(|door| !door.takes(&item.kind)) {
            matrix.again();
            matrix.refused("another purpose", door, holder, &item.text, Some((holder, item)));
            tried += 1;
        }
    }
    println!("{tried} wrong places");
}

#[test]
fn p9_p16_p35_nothing_is_good_for_anybody_else() {
    let matrix = Matrix::new();
    for (holder, others) in matrix.holders() {
        for (item, other) in holder.items.iter().flat_map(|item| others.iter().map(move |it| (item, it))) {
            for door in Door::ALL {
                matrix.again();
                matrix.refused("another user", door, other, &item.text, Some((holder, item)));
            }
        }
    }
}

#[test]
fn p15_each_is_refused_at_the_second_of_its_expiry() {
    let matrix = Matrix::new();
    for (holder, item) in matrix.items() {
        let Some(over) = item.expires_at else { continue };
        for door in Matrix::right_doors(&item.kind) {
            matrix.again();
            matrix.world.clock.set(UnixTime::from_seconds(over.seconds() - 1));
            assert!(matrix.passes(door, holder, &item.text), "{:?} at {door:?}, a second before", item.kind);
            matrix.again();
            matrix.world.clock.set(over);
            matrix.refused("expired", door, holder, &item.text, None);
        }
    }
}

#[test]
fn p17_none_outlives_its_epoch_its_stamp_or_its_set() {
    let matrix = Matrix::new();
    // A code is good whatever the epoch is, and who has no record has no epoch that could end.
    let is_code =
        |kind: &Kind| matches!(kind, Kind::Totp | Kind::PendingTotp | Kind::BackupCode | Kind::Ticket);
    // A sweep begins a new epoch of everybody, the administrator among them, and can be resumed by the same confirmation.
    let is_of_no_epoch = |kind: &Kind| matches!(kind, Kind::PolicyChange(_));
    for (holder, item) in matrix.items() {
        for door in Matrix::right_doors(&item.kind) {
            let ends = |why: &str| {
                if is_of_no_epoch(&item.kind) {
                    assert!(
                        matrix.passes(door, holder, &item.text),
                        "{:?} at {door:?} after {why}",
                        item.kind
                    );
                } else {
                    matrix.refused(why, door, holder, &item.text, None);
                }
            };
            if !is_code(&item.kind) {
                matrix.again();
                now(matrix.world.verifier.sign_out_everywhere(&holder.account)).unwrap();
                ends("an older epoch");
                matrix.again();
                matrix.refused("another stamp", door, &holder.with_stamp("stamp-2"), &item.text, None);
            }
            matrix.again();
            let reset = Reset::by(Actor::Operator("support".into()), "again")
                .with_ticket(std::time::Duration::from_secs(600));
            now(matrix.world.verifier.reset(holder.key(), reset)).unwrap();
            ends("a reset");
        }
    }
    matrix.again();
    let holder = &matrix.enrolled[0];
    let proof = holder.text(&Kind::Proof(Action::RegenerateBackupCodes)).into();
    now(matrix.world.verifier.regenerate_backup_codes(&holder.account, &proof)).unwrap();
    matrix.refused("a new set", Door::ProveSavedTyped, holder, &holder.text(&Kind::BackupCode), None);
    matrix.again();
    let browser = now(holder.browser(&matrix.world));
    now(matrix.world.verifier.revoke_device(&holder.account, browser)).unwrap();
    matrix.refused("revoked", Door::BeginCookie, holder, &holder.text(&Kind::Cookie), None);
}

#[test]
fn p34_nothing_made_elsewhere_or_changed_is_accepted() {
    let matrix = Matrix::new();
    let elsewhere = loop {
        let elsewhere = Matrix::new();
        if matrix.has_no_code_twice(&elsewhere.digits()) {
            break elsewhere;
        }
    };
    for ((holder, item), (_, foreign)) in matrix.items().into_iter().zip(elsewhere.items()) {
        assert_eq!(item.kind, foreign.kind);
        for door in Door::ALL {
            matrix.again();
            matrix.refused("another key ring", door, holder, &foreign.text, Some((holder, item)));
        }
        for (why, text) in changed(&item.text) {
            for door in Matrix::right_doors(&item.kind) {
                matrix.again();
                matrix.refused(&why, door, holder, &text, Some((holder, item)));
            }
        }
    }
}

#[test]
fn p36_a_rotated_key_ring_still_takes_everything() {
    let mut matrix = Matrix::new();
    let keys = matrix.world.rotated_keys();
    matrix.world = matrix.world.restarted_with(&keys);
    for (holder, item) in matrix.items() {
        for door in Matrix::right_doors(&item.kind) {
            matrix.again();
            assert!(matrix.passes(door, holder, &item.text), "{:?} at {door:?} after a rotation", item.kind);
        }
    }
}
