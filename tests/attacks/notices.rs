//! The messages that warn the owner, kept from arriving.

use second_factor::{Actor, Administration, Error, EventKind, NotAllowed, Reset, UserKey};

use crate::common::{World, ceremonies::not_allowed, key, operator};

/// An administrator with ids as long as they may be gives the longest reason there is. Either that is refused, or its owner hears of it:
/// never is the second factor taken away and only "some notices were lost" left of it.
#[tokio::test]
async fn no_actor_is_too_long_to_be_named_to_the_owner() {
    for (tenant, id, fits) in [(36, 36, true), (100, 124, true), (100, 125, false), (1024, 1024, false)] {
        let world = World::new();
        let _phone = world.enrolled("ann").await;
        let by = Actor::User(UserKey::new("t".repeat(tenant), "u".repeat(id)));
        let reset = Reset::by(by.clone(), &"\u{10FFFF}".repeat(200));
        let done = world.verifier.reset(&key("ann"), reset).await;
        let told: Vec<_> = world.outbox.take().iter().map(|notice| notice.event().kind().clone()).collect();
        assert!(!told.contains(&EventKind::NoticesLost), "{tenant} {id}");
        if fits {
            assert!(done.unwrap().is_none());
            assert!(matches!(told.last(), Some(EventKind::Reset { by: named, .. }) if *named == by));
        } else {
            assert_eq!(not_allowed(done), NotAllowed::InvalidName);
            assert!(world.verifier.status(&world.account("ann"), None).await.unwrap().is_on());
        }
    }
}

/// The same of a whole tenant, by whoever switches it off.
#[tokio::test]
async fn no_administrator_is_too_long_to_be_named_to_a_tenant() {
    use second_factor::{Account, Policy, Requirement};

    let world = World::new();
    let administration = Administration::new(&world.verifier, second_factor::MemoryStore::new());
    let off = Policy::new(Requirement::Off);
    for (tenant, id, fits) in [(100, 124, true), (100, 125, false), (1024, 1024, false)] {
        let acting = Account::new(UserKey::new("t".repeat(tenant), "u".repeat(id)), [1], &off);
        let preview = administration.preview(&acting, &off).finish().await.unwrap();
        match administration.delete_all(&acting, &preview.confirmation) {
            Ok(_) => assert!(fits, "{tenant} {id}"),
            Err(Error::NotAllowed(NotAllowed::InvalidName)) => assert!(!fits, "{tenant} {id}"),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A notifier that knows notices by their ids tells nobody twice. What happens in a restored database happened never before, whatever
/// stood in the writes that were lost.
#[tokio::test]
async fn no_notice_of_a_restored_record_has_the_id_of_one_that_was_lost() {
    for minutes in [0, 1] {
        let world = World::new();
        let _phone = world.enrolled("ann").await;
        let backup = world.row("ann");
        let account = world.account("ann");
        let _first = world.outbox.take();
        let _cookie = world.verifier.sign_out_everywhere(&account).await.unwrap();
        let before: Vec<_> = world.outbox.take().iter().map(second_factor::Notice::id).collect();
        world.store.force(&key("ann"), Some(backup));
        world.pass(60 * minutes);
        world.verifier.after_restore(&key("ann"), &operator("restore")).await.unwrap();
        let after = world.outbox.take();
        assert_eq!(*after[0].event().kind(), EventKind::Restored { by: operator("restore") });
        assert!(
            after.iter().all(|notice| !before.contains(&notice.id())),
            "it would be taken for an old one"
        );
    }
}
