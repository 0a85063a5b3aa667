//! Codes by SMS or e-mail (S35).

use second_factor::{
    Assurance, Channel, Error, Factor, FirstFactor, NotAllowed, OneTimeCodes, Policy, Reason, Requirement,
    Unavailable,
};

use crate::host::{Browser, Host, Member, not_allowed, rejected};

const EMAIL: Factor = Factor::OneTimeCode(Channel::Email);
const SMS: Factor = Factor::OneTimeCode(Channel::Sms);

fn by_message() -> Policy {
    Policy::new(Requirement::RequiredForAll).allow(SMS).allow(EMAIL)
}

fn reachable() -> Member {
    Member::named("ann").reachable_by(Channel::Sms).reachable_by(Channel::Email)
}

/// The code may be sent by SMS or e-mail to the account, without any set-up. It works once, and for its own page.
#[tokio::test]
async fn s35_the_code_is_sent_to_the_account() {
    for channel in [Channel::Sms, Channel::Email] {
        let (acme, ann, mut laptop) = (Host::new(by_message()), reachable(), Browser::new());
        let account = acme.account(&ann);
        let challenge = acme.password(&ann, &mut laptop).await.code();
        assert_eq!(challenge.factors(), [SMS, EMAIL]);
        assert_eq!(challenge.sent(), None, "nothing goes out unasked");

        let page = acme.verifier.send(&account, challenge.token(), channel).await.unwrap();
        let sent = page.sent().unwrap();
        assert_eq!((sent.channel, sent.expires_at), (channel, acme.now().plus(300)));
        let code = acme.post.code(&ann, channel);
        assert_eq!(code.len(), 6);
        let elsewhere = acme.password(&ann, &mut Browser::new()).await.code();
        rejected(acme.code(&ann, &mut Browser::new(), &elsewhere, &code).await);

        acme.code(&ann, &mut laptop, &challenge, &code).await.unwrap();
        let session = Assurance::SecondFactor { factor: Factor::OneTimeCode(channel), at: acme.now() };
        assert_eq!(laptop.session, Some(session));
        let next = acme.password(&ann, &mut laptop).await.code();
        let again = acme.code(&ann, &mut laptop, &next, &code).await;
        assert_eq!(rejected(again).reason(), Reason::Wrong);
    }
}

/// Where SMS does not arrive, e-mail can be used instead, on the same page; of the two codes only the newer one counts.
#[tokio::test]
async fn s35_where_sms_does_not_arrive_email_is_used_instead() {
    let (acme, ann, mut laptop) = (Host::new(by_message()), reachable(), Browser::new());
    let account = acme.account(&ann);
    let challenge = acme.password(&ann, &mut laptop).await.code();
    acme.verifier.send(&account, challenge.token(), Channel::Sms).await.unwrap();
    let by_sms = acme.post.code(&ann, Channel::Sms);

    // It does not come. No need to wait: the other channel is free.
    let page = acme.verifier.send(&account, challenge.token(), Channel::Email).await.unwrap();
    assert_eq!(page.sent().unwrap().channel, Channel::Email);
    let by_email = acme.post.code(&ann, Channel::Email);
    if by_sms != by_email {
        let late = acme.code(&ann, &mut laptop, &challenge, &by_sms).await;
        assert_eq!(rejected(late).reason(), Reason::Wrong);
    }
    acme.code(&ann, &mut laptop, &challenge, &by_email).await.unwrap();
}

/// Where the gateway says so itself, the page learns of it at once, and which channel failed.
#[tokio::test]
async fn s35_a_gateway_that_fails_is_an_error_at_once() {
    let (acme, ann, mut laptop) = (Host::new(by_message()), reachable(), Browser::new());
    let account = acme.account(&ann);
    let challenge = acme.password(&ann, &mut laptop).await.code();
    acme.post.sms_is_down(true);
    let failed = acme.verifier.send(&account, challenge.token(), Channel::Sms).await;
    assert!(matches!(failed, Err(Error::Unavailable(Unavailable::NotSent { channel: Channel::Sms, .. }))));
    // It counts all the same.
    let too_soon = acme.verifier.send(&account, challenge.token(), Channel::Sms).await;
    let resend_at = acme.now().plus(60);
    assert_eq!(not_allowed(too_soon), NotAllowed::SendLimit { resend_at });

    acme.verifier.send(&account, challenge.token(), Channel::Email).await.unwrap();
    acme.code(&ann, &mut laptop, &challenge, &acme.post.code(&ann, Channel::Email)).await.unwrap();
}

/// A code that was sent lives five minutes, has five tries, and is sent again after a minute.
#[tokio::test]
async fn s35_a_sent_code_lives_five_minutes_and_five_tries() {
    let (acme, ann, mut laptop) = (Host::new(by_message()), reachable(), Browser::new());
    let account = acme.account(&ann);
    let challenge = acme.password(&ann, &mut laptop).await.code();
    let send = async || acme.verifier.send(&account, challenge.token(), Channel::Email).await;
    send().await.unwrap();
    acme.pass(59);
    let resend_at = acme.now().plus(1);
    assert_eq!(not_allowed(send().await), NotAllowed::SendLimit { resend_at });
    acme.pass(1);
    send().await.unwrap();
    let code = acme.post.code(&ann, Channel::Email);
    acme.pass(300);
    let late = acme.code(&ann, &mut Browser::new(), &challenge, &code).await;
    assert_eq!(rejected(late).reason(), Reason::Wrong, "the first try");

    send().await.unwrap();
    let code = acme.post.code(&ann, Channel::Email);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        rejected(acme.code(&ann, &mut Browser::new(), &challenge, wrong).await);
    }
    let used_up = acme.code(&ann, &mut laptop, &challenge, &code).await;
    assert_eq!(rejected(used_up).reason(), Reason::Wrong);
    acme.pass(60);
    assert_eq!(not_allowed(send().await), NotAllowed::TriesUsed);
}

/// Only where the account has a confirmed address, the tenant allows the channel, and it did not carry the first factor.
#[tokio::test]
async fn s35_only_over_channels_that_are_allowed_and_confirmed() {
    let email_only = Policy::new(Requirement::RequiredForAll).allow(EMAIL);
    let acme = Host::new(email_only);
    let ann = reachable();
    let challenge = acme.password(&ann, &mut Browser::new()).await.code();
    assert_eq!(challenge.factors(), [EMAIL]);
    let by_sms = acme.verifier.send(&acme.account(&ann), challenge.token(), Channel::Sms).await;
    assert_eq!(not_allowed(by_sms), NotAllowed::FactorOff);

    // Who came by a mailed link is not sent a mail.
    let link = FirstFactor::Link(Channel::Email);
    acme.first_factor(&ann, &mut Browser::new(), link).await.set_up();
    // Who has no confirmed address sets up an app.
    acme.password(&Member::named("bob"), &mut Browser::new()).await.set_up();
}

/// Beside an app, where the tenant says so: as a fallback, behind the app's code, and never for a change of settings.
#[tokio::test]
async fn s35_as_a_fallback_beside_an_app() {
    let policy = Policy::new(Requirement::Optional).allow(EMAIL).one_time_codes(OneTimeCodes::Always);
    let (acme, ann, mut laptop) = (Host::new(policy), reachable(), Browser::new());
    let account = acme.account(&ann);
    acme.turn_on(&ann, &mut laptop).await;
    let challenge = acme.password(&ann, &mut laptop).await.code();
    assert_eq!(challenge.factors(), [Factor::Totp, EMAIL, Factor::BackupCode]);
    acme.verifier.send(&account, challenge.token(), Channel::Email).await.unwrap();
    acme.code(&ann, &mut laptop, &challenge, &acme.post.code(&ann, Channel::Email)).await.unwrap();

    let disable = second_factor::Action::Disable;
    let step_up = acme.verifier.begin_step_up(&account, &disable, None).await.unwrap();
    assert_eq!(step_up.factors(), [Factor::Totp, Factor::BackupCode]);
    let no = acme.verifier.send(&account, step_up.token(), Channel::Email).await;
    assert_eq!(not_allowed(no), NotAllowed::FactorOff);
}
