//! P34, P35, P36: a record opens only where and as it was sealed.

use second_factor::{Account, KeyRing, Reason, Revision, StoredRecord, Unavailable, UserKey};

use crate::common::{World, key, reason, unavailable};

/// The bytes of a seal that name its key.
const KEY_ID: std::ops::Range<usize> = 2..6;

#[tokio::test]
async fn p34_a_record_that_was_moved_cut_or_spliced_is_an_error_in_every_call() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let older = world.row("ann");
    let tokens = world.tokens(&account, &phone).await;
    let _bob = world.enrolled("bob").await;
    let (row, bobs) = (world.row("ann"), world.row("bob"));
    let (revision, sealed) = (row.revision(), row.sealed());
    let half = sealed.len().min(older.sealed().len()) / 2;
    let damaged = [
        ("another user's", bobs.clone()),
        ("another user's under her revision", StoredRecord::new(revision, bobs.sealed().to_vec())),
        ("hers under another revision", StoredRecord::new(bobs.revision(), sealed.to_vec())),
        ("hers under the older revision", StoredRecord::new(older.revision(), sealed.to_vec())),
        ("the older under the present revision", StoredRecord::new(revision, older.sealed().to_vec())),
        ("empty", StoredRecord::new(revision, Vec::new())),
        ("one byte short", StoredRecord::new(revision, sealed[..sealed.len() - 1].to_vec())),
        ("one byte long", StoredRecord::new(revision, [sealed, &[0]].concat())),
        ("the header alone", StoredRecord::new(revision, sealed[..30].to_vec())),
        ("spliced", StoredRecord::new(revision, [&older.sealed()[..half], &sealed[half..]].concat())),
        ("of an unknown format", StoredRecord::new(revision, [&[2], &sealed[1..]].concat())),
        ("of an unknown algorithm", StoredRecord::new(revision, [&[1, 2], &sealed[2..]].concat())),
        ("too large", StoredRecord::new(revision, vec![1; StoredRecord::MAX_BYTES + 1])),
        ("zeros", StoredRecord::new(revision, vec![0; sealed.len()])),
    ];
    for (how, row) in damaged {
        world.store.force(&key("ann"), Some(row.clone()));
        for known in [false, true] {
            for (call, result) in world.every_call(&account.clone().known_enrolled(known), &tokens).await {
                assert!(matches!(unavailable(result), Unavailable::Record), "{how}: {call}");
            }
        }
        let delivered = world.verifier.deliver_pending(account.user()).await;
        assert!(matches!(unavailable(delivered), Unavailable::Record), "{how}");
        assert_eq!(world.row("ann").sealed(), row.sealed(), "{how}: nothing is mended by overwriting");
    }
    world.store.force(&key("ann"), Some(row));
    let _session = world.sign_in(&account, &phone.code_at(world.now())).await.expect("the right one opens");
}

#[tokio::test]
async fn p34_every_flipped_bit_of_bytes_or_revision_is_an_error() {
    let world = World::new();
    let account = world.account("ann");
    let _phone = world.enrolled("ann").await;
    let row = world.row("ann");
    for place in 0..row.sealed().len() {
        for bit in 0..8 {
            let mut sealed = row.sealed().to_vec();
            sealed[place] ^= 1 << bit;
            world.store.force(&key("ann"), Some(StoredRecord::new(row.revision(), sealed)));
            match unavailable(world.verifier.status(&account, None).await) {
                Unavailable::UnknownKey if KEY_ID.contains(&place) => {}
                Unavailable::Record if !KEY_ID.contains(&place) => {}
                other => panic!("byte {place}, bit {bit}: {other:?}"),
            }
        }
    }
    for place in 0..128 {
        let mut revision = *row.revision().as_bytes();
        revision[place / 8] ^= 1 << (place % 8);
        let moved = StoredRecord::new(Revision::from_bytes(revision), row.sealed().to_vec());
        world.store.force(&key("ann"), Some(moved));
        assert!(matches!(unavailable(world.verifier.status(&account, None).await), Unavailable::Record));
    }
}

#[tokio::test]
async fn p34_what_the_summary_says_decides_nothing() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    world.guess(&account, &phone, 6).await;
    let row = world.row("ann");
    assert!(row.summary().locked_until.is_some());
    // `new` gives an empty summary: not enrolled, not locked, never written.
    world.store.force(&key("ann"), Some(StoredRecord::new(row.revision(), row.sealed().to_vec())));
    let refused = world.sign_in(&account, &phone.code_at(world.now())).await;
    assert_eq!(reason(refused), Reason::Throttled);
}

#[tokio::test]
async fn p35_tenant_and_user_do_not_run_into_each_other() {
    let world = World::new();
    let pairs =
        [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc"), ("a\0", "bc"), ("a", "\0bc"), ("A", "bc")];
    let account = |(tenant, user)| Account::new(UserKey::new(tenant, user), "s", &world.policy);
    let owner = account(pairs[0]);
    let enrollment = world.enroll(&owner, second_factor::Authority::OpenSession).await.unwrap();
    let _phone = world.confirmed(&owner, &enrollment).await;
    let row = world.store.row(owner.user()).unwrap();
    for other in &pairs[1..] {
        let other = account(*other);
        assert!(!world.verifier.status(&other, None).await.unwrap().is_on(), "{other:?}");
        world.store.force(other.user(), Some(row.clone()));
        assert!(
            matches!(unavailable(world.verifier.status(&other, None).await), Unavailable::Record),
            "{other:?}"
        );
    }
    assert!(world.verifier.status(&owner, None).await.unwrap().is_on());
}

/// The id of the primary key in a text.
fn primary_id(keys: &str) -> Vec<u8> {
    let id = keys.strip_prefix("sfk1:").unwrap().split_once('.').unwrap().0;
    data_encoding::HEXLOWER.decode(id.as_bytes()).unwrap()
}

#[tokio::test]
async fn p36_after_rotation_the_old_opens_and_the_new_is_written_under_the_primary() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let token = world.challenge(&account).await;
    let rotated = world.restarted_with(&world.rotated_keys());
    assert_eq!(world.row("ann").sealed()[KEY_ID], primary_id(&world.keys));
    let _session =
        rotated.verifier.verify(&account, &token, &phone.code_at(world.now()), None).await.unwrap();
    assert_eq!(rotated.row("ann").sealed()[KEY_ID], primary_id(&rotated.keys));
    assert_ne!(primary_id(&world.keys), primary_id(&rotated.keys));

    let retired = KeyRing::from_text(&rotated.keys).unwrap().retire().to_text();
    let retired = rotated.restarted_with(&retired);
    retired.next_step();
    let _session =
        retired.sign_in(&account, &phone.code_at(retired.now())).await.expect("written once since");
    assert_eq!(reason(retired.verifier.challenge(&account, &token).await), Reason::InvalidToken);
}

#[tokio::test]
async fn p10_p36_a_removed_key_makes_its_records_errors_in_every_call_and_not_absences() {
    let world = World::new();
    let (account, _phone) = (world.account("ann"), world.enrolled("ann").await);
    let stranger = KeyRing::generate().unwrap().to_text();
    let other = world.restarted_with(&stranger);
    // Tokens of the new ring, so that no call stops at its token.
    let carl = other.account("carl");
    let phone = other.enrolled("carl").await;
    let tokens = other.tokens(&carl, &phone).await;
    world.store.force(carl.user(), None);
    let row = world.row("ann");
    for (call, result) in other.every_call(&account, &tokens).await {
        let token_first = ["challenge", "verify", "enroll (proof)", "enrollment", "confirm", "step_up"];
        if token_first.contains(&call) {
            assert_eq!(reason(result), Reason::WrongUser, "{call}");
        } else {
            assert!(matches!(unavailable(result), Unavailable::UnknownKey), "{call}");
        }
    }
    // And for calls with her own tokens: move the row of carl under a key that is gone.
    let carl_again = world.restarted_with(&world.keys);
    let phone = carl_again.enrolled("carl").await;
    let _unused = carl_again.sign_in(&carl, &phone.code_at(carl_again.now())).await.unwrap();
    for (call, result) in other.every_call(&carl, &tokens).await {
        assert!(matches!(unavailable(result), Unavailable::UnknownKey), "{call}");
    }
    assert_eq!(world.row("ann").revision(), row.revision(), "and none is overwritten");
}
