//! A company requires a second factor (S17 to S20).

use second_factor::{
    Access, Action, Assurance, Authority, Because, NotAllowed, Policy, Requirement, UnixTime,
};

use crate::host::{Browser, DAY, Host, Member, not_allowed};

fn required() -> Policy {
    Policy::new(Requirement::RequiredForAll)
}

fn optional() -> Policy {
    Policy::new(Requirement::Optional)
}

/// A company requires 2FA; everyone without it gets a warning notice at every page, with the deadline where there is a grace, and a
/// reason in the session for having been let in.
#[tokio::test]
async fn s17_everyone_without_it_is_warned() {
    let mut acme = Host::new(optional());
    let (ann, bob) = (Member::named("ann"), Member::named("bob"));
    let (mut of_ann, mut of_bob) = (Browser::new(), Browser::new());
    acme.turn_on(&ann, &mut of_ann).await;
    acme.password(&bob, &mut of_bob).await.home();
    assert_eq!(acme.click(&bob, &of_bob).await, Access::Granted { enroll_by: None });

    let until = acme.now().plus(7 * DAY);
    acme.save_policy("acme", required().grace_until(until));
    assert_eq!(acme.click(&bob, &of_bob).await, Access::Granted { enroll_by: Some(until) }, "at once");
    assert_eq!(acme.click(&ann, &of_ann).await, Access::Granted { enroll_by: None }, "ann has it");
    let assurance = acme.password(&bob, &mut of_bob).await.home();
    assert_eq!(assurance, Assurance::FirstFactorOnly(Because::Grace { until }));

    // The warning ends with the set-up, before the deadline as well.
    acme.turn_on(&bob, &mut of_bob).await;
    assert_eq!(acme.click(&bob, &of_bob).await, Access::Granted { enroll_by: None });
}

/// The grace ends at its deadline, for open sessions and for new ones.
#[tokio::test]
async fn s17_the_grace_ends_at_its_deadline() {
    let until = UnixTime::from_seconds(1_760_000_010 + 7 * DAY);
    let acme = Host::new(required().grace_until(until));
    let (bob, mut laptop) = (Member::named("bob"), Browser::new());
    acme.clock.set(UnixTime::from_seconds(until.seconds() - 1));
    acme.password(&bob, &mut laptop).await.home();
    assert_eq!(acme.click(&bob, &laptop).await, Access::Granted { enroll_by: Some(until) });
    acme.pass(1);
    assert_eq!(acme.click(&bob, &laptop).await, Access::Enroll);
    acme.password(&bob, &mut laptop).await.set_up();
}

/// A grace is for those who have none yet: who has it is asked throughout.
#[tokio::test]
async fn s17_a_grace_lets_nobody_in_who_has_it() {
    let mut acme = Host::new(optional());
    let ann = Member::named("ann");
    acme.turn_on(&ann, &mut Browser::new()).await;
    acme.save_policy("acme", required().grace_until(acme.now().plus(DAY)));
    acme.password(&ann, &mut Browser::new()).await.code();
}

/// While required and not set up, every click leads to the 2FA settings page: from the request after the policy was saved on.
#[tokio::test]
async fn s18_every_click_leads_to_the_set_up() {
    let mut acme = Host::new(optional());
    let (bob, mut laptop, mut office) = (Member::named("bob"), Browser::new(), Browser::new());
    acme.password(&bob, &mut laptop).await.home();
    acme.password(&bob, &mut office).await.home();
    acme.save_policy("acme", required());
    for _ in 0..3 {
        assert_eq!(acme.click(&bob, &laptop).await, Access::Enroll);
    }

    // The set-up itself is open to this session, and renews it. The other session has shown nothing.
    acme.set_up(&bob, &mut laptop, Authority::OpenSession).await;
    assert_eq!(acme.click(&bob, &laptop).await, Access::Granted { enroll_by: None });
    assert_eq!(acme.click(&bob, &office).await, Access::SignInAgain);

    // No longer required: nobody is led anywhere.
    acme.save_policy("acme", optional());
    let carl = Member::named("carl");
    acme.password(&carl, &mut office).await.home();
    assert_eq!(acme.click(&carl, &office).await, Access::Granted { enroll_by: None });
}

/// While required, a user cannot turn it off: not with a code, and not with a confirmation from before.
#[tokio::test]
async fn s19_while_required_it_cannot_be_turned_off() {
    let mut acme = Host::new(optional());
    let (ann, mut laptop) = (Member::named("ann"), Browser::new());
    let (phone, _) = acme.turn_on(&ann, &mut laptop).await;
    let before = acme.step_up(&ann, &laptop, &Action::Disable, &acme.fresh(&phone)).await.unwrap();

    acme.save_policy("acme", required());
    assert!(!acme.settings(&ann, &laptop).await.may_disable());
    let asked = acme.step_up(&ann, &laptop, &Action::Disable, &acme.fresh(&phone)).await;
    assert_eq!(not_allowed(asked), NotAllowed::Required);
    let disabled = acme.verifier.disable(&acme.account(&ann), &before).await;
    assert_eq!(not_allowed(disabled), NotAllowed::Required);

    // A grace is no way out either.
    acme.save_policy("acme", required().grace_until(acme.now().plus(DAY)));
    let disabled = acme.verifier.disable(&acme.account(&ann), &before).await;
    assert_eq!(not_allowed(disabled), NotAllowed::Required);
    assert!(acme.settings(&ann, &laptop).await.is_on());
}

/// The requirement covers new employees automatically: nobody has to remember them.
#[tokio::test]
async fn s20_new_employees_are_covered() {
    let mut acme = Host::new(optional());
    acme.turn_on(&Member::named("ann"), &mut Browser::new()).await;
    acme.save_policy("acme", required());
    acme.pass(90 * DAY);

    let (newcomer, mut laptop) = (Member::named("zoe"), Browser::new());
    let enroll = acme.password(&newcomer, &mut laptop).await.set_up();
    acme.set_up(&newcomer, &mut laptop, Authority::SignIn(enroll.token())).await;
    assert!(laptop.session.unwrap().is_second_factor());
    acme.password(&newcomer, &mut laptop).await.code();
}
