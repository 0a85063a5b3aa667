//! Setting up: in the settings, and inside the sign-in (S1 to S5, S29, S30).

use second_factor::{
    Access, Assurance, Authority, Because, Channel, EventKind, Factor, Policy, Reason, Requirement, UnixTime,
    testing::Phone,
};

use crate::host::{Browser, Host, Member, rejected};

fn optional() -> Host {
    Host::new(Policy::new(Requirement::Optional))
}

/// A user turns 2FA on from their own settings.
#[tokio::test]
async fn s01_a_user_turns_it_on_from_their_own_settings() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let assurance = acme.password(&ann, &mut laptop).await.home();
    assert_eq!(assurance, Assurance::FirstFactorOnly(Because::NotEnrolled));
    assert!(!acme.settings(&ann, &laptop).await.is_on());

    let (enrollment, phone) = acme.set_up_page(&ann, Authority::OpenSession).await;
    acme.confirm(&ann, &mut laptop, &enrollment, &phone.code_at(acme.now())).await.unwrap();

    let settings = acme.settings(&ann, &laptop).await;
    assert!(settings.is_on() && settings.may_disable());
    assert_eq!(settings.authenticators().len(), 1);
    assert_eq!(acme.click(&ann, &laptop).await, Access::Granted { enroll_by: None }, "the session goes on");
    acme.password(&ann, &mut Browser::new()).await.code();
}

/// Set-up shows a QR code *and* a key to type by hand: both hold the same secret, for as long as the page is open.
#[tokio::test]
async fn s02_set_up_shows_what_to_scan_and_what_to_type() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let enrollment = acme.begin_set_up(&ann, Authority::OpenSession).await.unwrap();
    assert!(enrollment.uri().starts_with("otpauth://totp/Acme:ann%40example.com?"), "{}", enrollment.uri());
    assert!(enrollment.key_to_type().split(' ').all(|group| group.len() == 4), "in groups of four");

    let scanned = Phone::scan(enrollment.uri());
    let typed = typed_into_an_app(enrollment.key_to_type());
    assert_eq!(scanned.code_at(acme.now()), typed(acme.now()));

    // The page is loaded once more: the same QR code.
    let account = acme.account(&ann);
    let again = acme.verifier.enrollment(&account, enrollment.token()).await.unwrap();
    assert_eq!((again.uri(), again.key_to_type()), (enrollment.uri(), enrollment.key_to_type()));

    acme.confirm(&ann, &mut laptop, &enrollment, &typed(acme.now())).await.unwrap();
    let over = rejected(acme.verifier.enrollment(&account, enrollment.token()).await.map(drop));
    assert!(over.already_completed(), "confirmed, and never shown again");
}

/// Any TOTP app works: the parameters are those that every app knows (SHA-1, six digits, 30 seconds), and one that was written by
/// somebody else signs in, with the key typed in lower case.
#[tokio::test]
async fn s03_any_app_works() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let enrollment = acme.begin_set_up(&ann, Authority::OpenSession).await.unwrap();
    for (name, value) in [("algorithm", "SHA1"), ("digits", "6"), ("period", "30")] {
        if let Some((_, stated)) = enrollment.uri().split_once(&format!("{name}=")) {
            assert_eq!(stated.split('&').next(), Some(value), "{}", enrollment.uri());
        }
    }
    let app = typed_into_an_app(&enrollment.key_to_type().to_lowercase());
    acme.confirm(&ann, &mut laptop, &enrollment, &app(acme.now())).await.unwrap();

    acme.pass(30);
    let challenge = acme.password(&ann, &mut laptop).await.code();
    acme.code(&ann, &mut laptop, &challenge, &app(acme.now())).await.unwrap();
    assert!(laptop.session.unwrap().is_second_factor());
}

/// Another implementation of RFC 6238, given the key as it stands on the page.
fn typed_into_an_app(key: &str) -> impl Fn(UnixTime) -> String + use<> {
    let key: String = key.split(' ').collect();
    let secret = data_encoding::BASE32_NOPAD.decode(key.to_uppercase().as_bytes()).unwrap();
    let app = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(secret)
        .build_noncompliant();
    move |now| app.generate(now.seconds()).to_string()
}

/// 2FA is on only after a code from the app was entered: not by opening the page, not by a wrong code, not when it is left alone.
#[tokio::test]
async fn s04_it_is_on_only_after_a_code_from_the_app() {
    let (acme, ann, mut laptop) = (optional(), Member::named("ann"), Browser::new());
    let (enrollment, phone) = acme.set_up_page(&ann, Authority::OpenSession).await;
    let is_off = async || {
        acme.password(&ann, &mut Browser::new()).await.home();
        !acme.settings(&ann, &Browser::new()).await.is_on()
    };
    assert!(is_off().await);

    let wrong = acme.wrong(&phone, "");
    let refused = acme.confirm(&ann, &mut laptop, &enrollment, &wrong).await;
    assert_eq!(rejected(refused).reason(), Reason::Wrong);
    assert!(laptop.session.is_none() && is_off().await);

    acme.pass(15 * 60);
    let late = acme.confirm(&ann, &mut laptop, &enrollment, &phone.code_at(acme.now())).await;
    assert_eq!(rejected(late).reason(), Reason::Expired);
    assert!(is_off().await);

    acme.turn_on(&ann, &mut laptop).await;
    assert!(acme.settings(&ann, &laptop).await.is_on());
}

/// After activation backup codes are shown, to copy and to download: ten, all different, once.
#[tokio::test]
async fn s05_activation_shows_the_backup_codes() {
    let (acme, ann) = (optional(), Member::named("ann"));
    let enrollment = acme.begin_set_up(&ann, Authority::OpenSession).await.unwrap();
    let code = Phone::scan(enrollment.uri()).code_at(acme.now());
    let done = acme.verifier.confirm(&acme.account(&ann), enrollment.token(), &code).await.unwrap();

    let codes = done.backup_codes.expect("issued with the first authenticator");
    let mut to_copy: Vec<&str> = codes.iter().collect();
    let to_download = codes.to_text();
    assert_eq!(to_download.lines().collect::<Vec<_>>(), to_copy, "a code a line");
    assert!(to_copy.iter().all(|code| code.split('-').all(|group| group.len() == 5)), "{to_copy:?}");
    to_copy.sort_unstable();
    to_copy.dedup();
    assert_eq!(to_copy.len(), 10);
    assert_eq!(done.signed_in.backup_codes_left(), 10);
    assert!(acme.post.read(&ann).contains(&EventKind::BackupCodesIssued { count: 10 }));
}

/// An account made by invitation shows the QR code at first sign-in and asks for a code before anything else opens.
#[tokio::test]
async fn s29_an_invited_account_is_set_up_before_anything_opens() {
    let acme = Host::new(Policy::new(Requirement::RequiredForAll));
    let (ann, mut laptop) = (Member::named("ann"), Browser::new());
    let enroll = acme.password(&ann, &mut laptop).await.set_up();
    assert!(laptop.session.is_none() && !enroll.needs_ticket());

    let by = Authority::SignIn(enroll.token());
    let (enrollment, phone) = acme.set_up_page(&ann, by).await;
    let wrong = acme.wrong(&phone, "");
    rejected(acme.confirm(&ann, &mut laptop, &enrollment, &wrong).await);
    assert!(laptop.session.is_none(), "nothing opens without a code");

    acme.confirm(&ann, &mut laptop, &enrollment, &phone.code_at(acme.now())).await.unwrap();
    let session = laptop.session.expect("a session");
    assert_eq!(session, Assurance::SecondFactor { factor: Factor::Totp, at: acme.now() });
    assert_eq!(acme.click(&ann, &laptop).await, Access::Granted { enroll_by: None });
}

/// The token of a sign-in that stopped at the set-up is good for that and nothing else, for ten minutes and not one second more.
#[tokio::test]
async fn s29_the_set_up_begins_within_ten_minutes() {
    let acme = Host::new(Policy::new(Requirement::RequiredForAll));
    let ann = Member::named("ann");
    let enroll = acme.password(&ann, &mut Browser::new()).await.set_up();
    let code_page = acme.verifier.verify(&acme.account(&ann), enroll.token(), "123456", None).await;
    assert_eq!(rejected(code_page).reason(), Reason::WrongPurpose);

    acme.pass(599);
    acme.begin_set_up(&ann, Authority::SignIn(enroll.token())).await.unwrap();
    acme.pass(1);
    let late = acme.begin_set_up(&ann, Authority::SignIn(enroll.token())).await;
    assert_eq!(rejected(late).reason(), Reason::Expired);
}

/// After that first set-up the host may put its own step (terms and conditions) before the session opens: the sign-in is a value in its
/// hands until it opens one, and there is no second.
#[tokio::test]
async fn s30_terms_and_conditions_may_come_before_the_session() {
    let acme = Host::new(Policy::new(Requirement::RequiredForAll));
    let (ann, mut laptop) = (Member::named("ann"), Browser::new());
    let account = acme.account(&ann);
    let enroll = acme.password(&ann, &mut laptop).await.set_up();
    let enrollment = acme.begin_set_up(&ann, Authority::SignIn(enroll.token())).await.unwrap();
    let code = Phone::scan(enrollment.uri()).code_at(acme.now());
    let done = acme.verifier.confirm(&account, enrollment.token(), &code).await.unwrap();

    // The page with the terms: nothing is open, and nothing that was used opens anything.
    assert!(laptop.session.is_none());
    let once_more = acme.verifier.confirm(&account, enrollment.token(), &code).await;
    assert!(rejected(once_more.map(drop)).already_completed());
    let by_password = acme.password(&ann, &mut Browser::new()).await.code();
    let burnt = acme.code(&ann, &mut Browser::new(), &by_password, &code).await;
    assert_eq!(rejected(burnt).reason(), Reason::Replayed);

    // "I agree."
    laptop.open_session(&ann, &done.signed_in);
    assert!(laptop.session.unwrap().is_second_factor());
}

/// A tenant that lives on mailed codes asks a new account for one of those instead: there is nothing to set up.
#[tokio::test]
async fn s29_where_codes_are_mailed_there_is_nothing_to_set_up() {
    let policy = Policy::new(Requirement::RequiredForAll).allow(Factor::OneTimeCode(Channel::Email));
    let acme = Host::new(policy);
    let ann = Member::named("ann").reachable_by(Channel::Email);
    let challenge = acme.password(&ann, &mut Browser::new()).await.code();
    assert_eq!(challenge.factors(), [Factor::OneTimeCode(Channel::Email)]);
    acme.password(&Member::named("bob"), &mut Browser::new()).await.set_up();
}
