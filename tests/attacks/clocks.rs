//! One of twenty servers whose clock is wrong: what was ended stays ended, and who signs in anew gets in.

use second_factor::{
    Access, Action, Assurance, Authority, Policy, Requirement, SignIn, Trust, UnixTime, testing::Phone,
};

use crate::common::{DAY, START, World, ceremonies::value};

const GRANTED: Access = Access::Granted { enroll_by: None };

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(START.seconds().saturating_add_signed(seconds))
}

/// What ends the sessions of a second factor, beside a replacement.
#[derive(Debug, Clone, Copy)]
enum End {
    Everywhere,
    Reset,
}

/// Ends them by the clock of now.
async fn end(world: &World, end: End) {
    match end {
        End::Everywhere => {
            let _cookie = world.verifier.sign_out_everywhere(&world.account("ann")).await.unwrap();
        }
        End::Reset => world.reset("ann").await,
    }
}

async fn access(world: &World, session: Assurance) -> Access {
    world.verifier.assess(&world.account("ann"), session).await.unwrap()
}

/// A session that a server with a fast clock opened is one of those that end, and a server with a slow clock ends what there is.
#[tokio::test]
async fn no_clock_carries_a_session_over_its_end() {
    for deed in [End::Everywhere, End::Reset] {
        for (opened, ended) in [(3600, 60), (3600, 3600), (120, -3600)] {
            let world = World::with(Policy::new(Requirement::RequiredForAll));
            let phone = world.enrolled("ann").await;
            world.clock.set(at(opened));
            let code = phone.code_at(world.now());
            let stolen = world.sign_in(&world.account("ann"), &code).await.unwrap().assurance();
            assert_eq!(access(&world, stolen).await, GRANTED);
            world.clock.set(at(ended));
            end(&world, deed).await;
            assert_ne!(access(&world, stolen).await, GRANTED, "{deed:?} at {ended}, opened at {opened}");
        }
    }
}

/// The replacement is confirmed by a server that is behind the one that opened the session of the lost phone.
#[tokio::test]
async fn a_replacement_by_a_slow_server_ends_the_session_of_a_fast_one() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let id = world.verifier.status(&account, None).await.unwrap().authenticators()[0].id;
    let proof = world.proof(&account, &phone, &Action::Replace(id)).await;
    let enrollment = world.enroll(&account, Authority::StepUp(&proof)).await.unwrap();
    let honest = world.now();
    world.clock.set(honest.plus(600));
    let stolen = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap().assurance();
    world.clock.set(honest);
    let new = Phone::scan(enrollment.uri());
    let renewed =
        world.verifier.confirm(&account, enrollment.token(), &new.code_at(honest)).await.unwrap().signed_in;
    assert_eq!(access(&world, stolen).await, Access::SignInAgain);
    assert_eq!(access(&world, renewed.assurance()).await, GRANTED);
}

/// What a slow server ends later revives nothing that was ended before.
#[tokio::test]
async fn a_later_end_by_a_slow_clock_revives_nothing() {
    let world = World::new();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let stolen = world.sign_in(&account, &phone.code_at(world.now())).await.unwrap().assurance();
    let _cookie = world.verifier.sign_out_everywhere(&account).await.unwrap();
    assert_eq!(access(&world, stolen).await, Access::SignInAgain);
    world.clock.set(at(-3600));
    let _cookie = world.verifier.sign_out_everywhere(&account).await.unwrap();
    assert_eq!(access(&world, stolen).await, Access::SignInAgain);
}

/// A server that was a year ahead ends the sessions. Who signs in at the others is in, also in a trusted browser; and the next end ends
/// that as well.
#[tokio::test]
async fn an_end_by_a_fast_clock_locks_nobody_out() {
    let world = trusting();
    let (account, phone) = (world.account("ann"), world.enrolled("ann").await);
    let honest = world.now();
    world.clock.set(honest.plus(365 * DAY));
    end(&world, End::Everywhere).await;
    world.clock.set(honest);
    let sessions = stands_in_a_trusted_browser(&world, &phone).await;
    let _cookie = world.verifier.sign_out_everywhere(&account).await.unwrap();
    for over in sessions {
        assert_eq!(access(&world, over).await, Access::SignInAgain);
    }
}

/// The same after a reset: the set-up that follows opens a session that stands.
#[tokio::test]
async fn a_reset_by_a_fast_clock_locks_nobody_out() {
    let world = World::with(Policy::new(Requirement::RequiredForAll));
    let (account, _gone) = (world.account("ann"), world.enrolled("ann").await);
    let honest = world.now();
    world.clock.set(honest.plus(365 * DAY));
    end(&world, End::Reset).await;
    world.clock.set(honest);
    let enrollment = world.enroll(&account, Authority::OpenSession).await.unwrap();
    let code = Phone::scan(enrollment.uri()).code_at(honest);
    let enrolled = world.verifier.confirm(&account, enrollment.token(), &code).await.unwrap();
    assert_eq!(access(&world, enrolled.signed_in.assurance()).await, GRANTED);
}

/// Two servers a few seconds apart, as all are: the sign-in right after a sign-out everywhere stands, in a browser that it trusts too.
#[tokio::test]
async fn a_sign_in_right_after_a_sign_out_everywhere_stands() {
    for seconds_behind in [0, 1, 5] {
        let world = trusting();
        let phone = world.enrolled("ann").await;
        world.pass(5);
        end(&world, End::Everywhere).await;
        world.clock.set(UnixTime::from_seconds(world.now().seconds() - seconds_behind));
        stands_in_a_trusted_browser(&world, &phone).await;
    }
}

fn trusting() -> World {
    World::with(Policy::new(Requirement::Optional).trusted_devices(Trust::UntilSignOut))
}

/// Signs in, has the browser trusted, and signs in there again. Both sessions stand.
async fn stands_in_a_trusted_browser(world: &World, phone: &Phone) -> [Assurance; 2] {
    let account = world.account("ann");
    let (token, code) = (world.challenge(&account).await, phone.code_at(world.now()));
    let signed_in = world.verifier.verify(&account, &token, &code, Some("Firefox")).await.unwrap();
    assert_eq!(access(world, signed_in.assurance()).await, GRANTED);
    let SignIn::Open(trusted) = world.begin_in(&account, Some(&value(signed_in.cookie()))).await else {
        panic!("the browser is trusted")
    };
    assert_eq!(access(world, trusted.assurance()).await, GRANTED, "or it would be sent round for ever");
    [signed_in.assurance(), trusted.assurance()]
}
