//! What a tenant chooses, and for whom (S32, S33, S38).

use second_factor::{
    Access, Assurance, Authority, Because, NotAllowed, Others, Policy, Requirement, Trust, TrustDays,
};

use crate::host::{Browser, Host, Member, not_allowed};

const ADMINISTRATORS_ONLY: Requirement = Requirement::RequiredForAdministrators { others: Others::Off };

/// A tenant chooses: do not use (default), all users, system administrators only.
#[tokio::test]
async fn s32_do_not_use_all_users_or_administrators_only() {
    let mut acme = Host::new(Policy::default());
    let (ann, admin) = (Member::named("ann"), Member::named("admin").administrator(true));
    let (mut of_ann, mut of_admin) = (Browser::new(), Browser::new());

    // The default: nobody is asked, and nobody can set it up.
    for (member, browser) in [(&ann, &mut of_ann), (&admin, &mut of_admin)] {
        let assurance = acme.password(member, browser).await.home();
        assert_eq!(assurance, Assurance::FirstFactorOnly(Because::PolicyOff));
        let no = acme.begin_set_up(member, Authority::OpenSession).await;
        assert_eq!(not_allowed(no), NotAllowed::FactorOff);
    }

    acme.save_policy("acme", Policy::new(ADMINISTRATORS_ONLY));
    acme.password(&admin, &mut of_admin).await.set_up();
    acme.password(&ann, &mut of_ann).await.home();

    acme.save_policy("acme", Policy::new(Requirement::RequiredForAll));
    acme.password(&admin, &mut of_admin).await.set_up();
    acme.password(&ann, &mut of_ann).await.set_up();
}

/// "Administrator" is what the host says it is, at this request: a promotion shows at the next click.
#[tokio::test]
async fn s33_an_administrator_is_who_the_host_says() {
    let acme = Host::new(Policy::new(ADMINISTRATORS_ONLY));
    let (ann, mut laptop) = (Member::named("ann"), Browser::new());
    acme.password(&ann, &mut laptop).await.home();
    assert_eq!(acme.click(&ann, &laptop).await, Access::Granted { enroll_by: None });

    let ann = ann.administrator(true);
    assert_eq!(acme.click(&ann, &laptop).await, Access::Enroll);
    let (phone, _) = acme.set_up(&ann, &mut laptop, Authority::OpenSession).await;

    // No longer an administrator, but enrolled: enrolled means asked, and she may turn it off.
    let ann = ann.administrator(false);
    acme.sign_in(&ann, &mut laptop, &phone).await;
    assert!(acme.settings(&ann, &laptop).await.may_disable());
}

/// The choice is per tenant, not per user or terminal: the same person in two companies, in one browser.
#[tokio::test]
async fn s38_the_choice_is_per_tenant() {
    let mut service = Host::new(Policy::new(Requirement::RequiredForAll));
    service.save_policy("globex", Policy::default());
    let (at_acme, at_globex) = (Member::named("ann"), Member::named("ann").of("globex"));
    let mut laptop = Browser::new();
    let enroll = service.password(&at_acme, &mut laptop).await.set_up();
    let (phone, _) = service.set_up(&at_acme, &mut laptop, Authority::SignIn(enroll.token())).await;

    service.password(&at_globex, &mut laptop).await.home();
    assert!(!service.settings(&at_globex, &laptop).await.is_on());
    service.password(&at_acme, &mut laptop).await.code();
    service.password(&at_acme, &mut Browser::new()).await.code();

    // Trust in the one company is none in the other.
    let trusting = Policy::new(Requirement::RequiredForAll).trusted_devices(Trust::Days(TrustDays::DEFAULT));
    service.save_policy("acme", trusting.clone());
    service.save_policy("globex", trusting);
    let code = service.fresh(&phone);
    let challenge = service.password(&at_acme, &mut laptop).await.code();
    service.code_and_tick(&at_acme, &mut laptop, &challenge, &code, Some("Laptop")).await.unwrap();
    service.password(&at_acme, &mut laptop).await.home();
    service.password(&at_globex, &mut laptop).await.set_up();
}

/// Under "administrators only" other users may not opt in, unless the policy says so; then they may, and may turn it off again.
#[tokio::test]
async fn s38_others_opt_in_only_where_the_policy_says_so() {
    let mut acme = Host::new(Policy::new(ADMINISTRATORS_ONLY));
    let (ann, admin) = (Member::named("ann"), Member::named("admin").administrator(true));
    let mut laptop = Browser::new();
    acme.password(&ann, &mut laptop).await.home();
    let no = acme.begin_set_up(&ann, Authority::OpenSession).await;
    assert_eq!(not_allowed(no), NotAllowed::FactorOff);

    let optional = Requirement::RequiredForAdministrators { others: Others::Optional };
    acme.save_policy("acme", Policy::new(optional));
    let assurance = acme.password(&ann, &mut laptop).await.home();
    assert_eq!(assurance, Assurance::FirstFactorOnly(Because::NotEnrolled));
    acme.turn_on(&ann, &mut laptop).await;
    assert!(acme.settings(&ann, &laptop).await.may_disable());
    acme.password(&ann, &mut laptop).await.code();

    let enroll = acme.password(&admin, &mut laptop).await.set_up();
    acme.set_up(&admin, &mut laptop, Authority::SignIn(enroll.token())).await;
    assert!(!acme.settings(&admin, &laptop).await.may_disable());
}

/// S37, before anything is deleted: a tenant that switches to "do not use" still asks whoever has it. A policy is no key.
#[tokio::test]
async fn s37_until_their_settings_are_gone_they_are_asked() {
    let mut acme = Host::new(Policy::new(Requirement::RequiredForAll));
    let (ann, mut laptop) = (Member::named("ann"), Browser::new());
    let enroll = acme.password(&ann, &mut laptop).await.set_up();
    let (phone, _) = acme.set_up(&ann, &mut laptop, Authority::SignIn(enroll.token())).await;
    acme.save_policy("acme", Policy::default());
    acme.password(&ann, &mut laptop).await.code();
    acme.sign_in(&ann, &mut laptop, &phone).await;
    acme.password(&Member::named("bob"), &mut Browser::new()).await.home();
}
