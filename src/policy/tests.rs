use super::*;

#[test]
fn a_policy_reads_back_as_it_was() {
    let others = Requirement::RequiredForAdministrators { others: Others::Optional };
    for requirement in [Requirement::Off, Requirement::Optional, Requirement::RequiredForAll, others] {
        let policy = Policy::new(requirement).grace_until(UnixTime::from_seconds(7)).window(Window::NONE);
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy, "{text}");
    }
}

#[test]
fn a_policy_names_its_requirement_and_nothing_unknown() {
    let read = |text| serde_json::from_str::<Policy>(text);
    assert_eq!(
        read(r#"{"requirement": "required_for_all"}"#).unwrap(),
        Policy::new(Requirement::RequiredForAll)
    );
    for bad in [
        "{}",
        r#"{"grace_until": 7}"#,
        r#"{"requirement": "required"}"#,
        r#"{"requirement": "optional", "windwo": [0, 0]}"#,
        r#"{"requirement": "optional", "requirement": "off"}"#,
        r#"{"requirement": {"required_for_administrators": {}}}"#,
        r#"{"requirement": "optional", "window": [3, 0]}"#,
        r#"{"requirement": "optional", "window": [0, 3]}"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    assert!(read(r#"{"requirement": "optional", "window": [2, 2]}"#).is_ok(), "the widest");
}

#[test]
fn a_grace_can_be_ended() {
    let policy = Policy::new(Requirement::RequiredForAll).grace_until(UnixTime::from_seconds(7));
    assert_eq!(policy.grace(), Some(UnixTime::from_seconds(7)));
    assert_eq!(policy.without_grace(), Policy::new(Requirement::RequiredForAll));
}

const EMAIL: Factor = Factor::OneTimeCode(Channel::Email);
const SMS: Factor = Factor::OneTimeCode(Channel::Sms);

/// Every setting other than it is by default.
fn unusual(policy: Policy) -> Policy {
    policy
        .grace_until(UnixTime::from_seconds(7))
        .window(Window::NONE)
        .forbid(Factor::Totp)
        .forbid(Factor::BackupCode)
        .allow(EMAIL)
        .allow(SMS)
        .one_time_codes(OneTimeCodes::Always)
        .trusted_devices(Trust::Days(TrustDays::new(90).unwrap()))
        .backup_codes(BackupCodeFormat::Short)
        .viewable_backup_codes(true)
        .distinct_channels(false)
        .waive_tickets(true)
}

/// Hosts keep this text. What is missing in it has its default.
#[test]
fn the_text_of_a_policy_is_pinned() {
    let policy = Policy::new(Requirement::Optional);
    let text = concat!(
        r#"{"requirement":"optional","grace_until":null,"window":[1,1],"#,
        r#""factors":{"totp":true,"backup_code":true,"email":false,"sms":false},"#,
        r#""one_time_codes":"without_authenticator","trusted_devices":"off","backup_codes":"long","#,
        r#""viewable_backup_codes":false,"distinct_channels":true,"waive_tickets":false,"nist_strict":false}"#,
    );
    assert_eq!(serde_json::to_string(&policy).unwrap(), text);
    assert_eq!(serde_json::from_str::<Policy>(r#"{"requirement":"optional"}"#).unwrap(), policy);

    let policy = unusual(Policy::nist_strict(Requirement::RequiredForAdministrators { others: Others::Off }));
    let text = concat!(
        r#"{"requirement":{"required_for_administrators":{"others":"off"}},"grace_until":7,"window":[0,0],"#,
        r#""factors":{"totp":false,"backup_code":false,"email":true,"sms":true},"#,
        r#""one_time_codes":"always","trusted_devices":{"days":90},"backup_codes":"short","#,
        r#""viewable_backup_codes":true,"distinct_channels":false,"waive_tickets":true,"nist_strict":true}"#,
    );
    assert_eq!(serde_json::to_string(&policy).unwrap(), text);
    assert_eq!(serde_json::from_str::<Policy>(text).unwrap(), policy);
}

#[test]
fn every_setting_reads_back_as_it_was() {
    let policy = Policy::new(Requirement::Optional);
    for policy in [
        policy.clone().forbid(Factor::Totp),
        policy.clone().forbid(Factor::BackupCode),
        policy.clone().allow(EMAIL),
        policy.clone().allow(SMS),
        policy.clone().one_time_codes(OneTimeCodes::WithoutAuthenticator),
        policy.clone().one_time_codes(OneTimeCodes::BesideAuthenticator),
        policy.clone().one_time_codes(OneTimeCodes::Always),
        policy.clone().trusted_devices(Trust::Days(TrustDays::new(1).unwrap())),
        policy.clone().trusted_devices(Trust::UntilSignOut),
        policy.clone().backup_codes(BackupCodeFormat::Short),
        policy.clone().viewable_backup_codes(true),
        policy.clone().distinct_channels(false),
        policy.clone().waive_tickets(true),
        Policy::nist_strict(Requirement::Optional),
    ] {
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy, "{text}");
    }
}

#[test]
fn a_wrong_setting_is_an_error() {
    let read = |rest| serde_json::from_str::<Policy>(&format!(r#"{{"requirement": "optional", {rest}}}"#));
    for bad in [
        r#""factors": {"totp": true, "passkey": true}"#,
        r#""factors": {"totp": true, "totp": true}"#,
        r#""factors": {"totp": 1}"#,
        r#""factors": {}, "factors": {}"#,
        r#""factors": null"#,
        r#""one_time_codes": "never""#,
        r#""trusted_devices": {"days": 0}"#,
        r#""trusted_devices": {"days": 91}"#,
        r#""trusted_devices": {"days": 257}"#,
        r#""trusted_devices": {"days": -1}"#,
        r#""trusted_devices": {"days": 1, "days": 1}"#,
        r#""trusted_devices": "days""#,
        r#""trusted_devices": 14"#,
        r#""trusted_devices": "off", "trusted_devices": "until_sign_out""#,
        r#""backup_codes": "shorter""#,
        r#""viewable_backup_codes": 1"#,
        r#""distinct_channels": null"#,
        r#""nist_strict": true, "nist_strict": false"#,
        r#""nist": true"#,
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    for (good, days) in [(r#""trusted_devices": {"days": 1}"#, 1), (r#""trusted_devices": {"days": 90}"#, 90)]
    {
        assert_eq!(read(good).unwrap().trust(), Trust::Days(TrustDays::new(days).unwrap()));
    }
    for bad in [r#"{"nist_strict": true}"#, r#"{"trusted_devices": "off"}"#] {
        assert!(serde_json::from_str::<Policy>(bad).is_err(), "a policy names its requirement: {bad}");
    }
    let partly = read(r#""factors": {"sms": true}"#).unwrap();
    assert_eq!(partly, Policy::new(Requirement::Optional).allow(SMS), "each factor has its own default");
}

#[test]
fn trust_has_one_to_ninety_days() {
    let days = |days| TrustDays::new(days).map(TrustDays::days);
    assert_eq!([0, 1, 14, 90, 91, 255].map(days), [None, Some(1), Some(14), Some(90), None, None]);
    assert_eq!((TrustDays::DEFAULT.days(), TrustDays::default()), (14, TrustDays::DEFAULT));
}

#[test]
fn what_holds_by_default() {
    for policy in [Policy::default(), Policy::new(Requirement::Off)] {
        assert_eq!(policy.requirement(), Requirement::Off);
        assert_eq!(
            [Factor::Totp, Factor::BackupCode, EMAIL, SMS].map(|f| policy.allows(f)),
            [true, true, false, false]
        );
        assert_eq!(policy.one_time_codes_for(), OneTimeCodes::WithoutAuthenticator);
        assert_eq!(policy.trust(), Trust::Off);
        assert_eq!(policy.backup_code_format(), BackupCodeFormat::Long);
        assert!(policy.wants_distinct_channels());
        assert!(!policy.shows_backup_codes() && !policy.waives_tickets() && !policy.is_nist_strict());
    }
}

#[test]
fn what_is_set_holds() {
    let policy = unusual(Policy::new(Requirement::Optional));
    assert_eq!(
        [Factor::Totp, Factor::BackupCode, EMAIL, SMS].map(|f| policy.allows(f)),
        [false, false, true, true]
    );
    assert_eq!(policy.one_time_codes_for(), OneTimeCodes::Always);
    assert_eq!(policy.trust(), Trust::Days(TrustDays::new(90).unwrap()));
    assert_eq!(policy.backup_code_format(), BackupCodeFormat::Short);
    assert!(policy.shows_backup_codes() && policy.waives_tickets());
    assert!(!policy.wants_distinct_channels() && !policy.is_nist_strict());
}

/// One kind is switched, the others stay as they were.
#[test]
fn each_kind_is_allowed_on_its_own() {
    let kinds = [Factor::Totp, Factor::BackupCode, EMAIL, SMS];
    for kind in kinds {
        for policy in [Policy::default(), unusual(Policy::default())] {
            let (on, off) = (policy.clone().allow(kind), policy.clone().forbid(kind));
            assert!(on.allows(kind) && !off.allows(kind), "{kind:?}");
            for other in kinds.into_iter().filter(|other| *other != kind) {
                assert_eq!(on.allows(other), policy.allows(other), "{kind:?} {other:?}");
                assert_eq!(off.allows(other), policy.allows(other), "{kind:?} {other:?}");
            }
        }
    }
}

#[test]
fn a_channel_is_offered_where_it_is_allowed_and_meant() {
    let cases = [
        (OneTimeCodes::WithoutAuthenticator, [true, false]),
        (OneTimeCodes::BesideAuthenticator, [false, true]),
        (OneTimeCodes::Always, [true, true]),
    ];
    for (whom, expected) in cases {
        let policy = Policy::default().one_time_codes(whom).allow(SMS);
        let users = [false, true];
        assert_eq!(users.map(|enrolled| policy.offers_one_time_codes(enrolled)), expected, "{whom:?}");
        assert_eq!(
            users.map(|enrolled| policy.channel_is_offered(Channel::Sms, enrolled)),
            expected,
            "{whom:?}"
        );
        assert_eq!(users.map(|enrolled| policy.channel_is_offered(Channel::Email, enrolled)), [false; 2]);
    }
}

/// Neither before nor after, nor in a configuration.
#[test]
fn nothing_loosens_the_strict_profile() {
    let strict = unusual(Policy::nist_strict(Requirement::RequiredForAll));
    let text = serde_json::to_string(&unusual(Policy::new(Requirement::RequiredForAll))).unwrap();
    let configured: Policy =
        serde_json::from_str(&text.replace(r#""nist_strict":false"#, r#""nist_strict":true"#)).unwrap();
    assert_eq!(strict, configured);
    for policy in [Policy::nist_strict(Requirement::RequiredForAll), strict, configured] {
        assert!(policy.is_nist_strict());
        assert_eq!(policy.trust(), Trust::Off);
        assert_eq!(policy.backup_code_format(), BackupCodeFormat::Long);
        assert!(!policy.shows_backup_codes());
        assert!(!policy.allows(EMAIL));
        assert!([false, true].iter().all(|enrolled| !policy.channel_is_offered(Channel::Email, *enrolled)));
        let later = policy.require(Requirement::Off).trusted_devices(Trust::UntilSignOut).allow(EMAIL);
        assert!(later.trust() == Trust::Off && !later.allows(EMAIL));
    }
    let sms = Policy::nist_strict(Requirement::RequiredForAll).allow(SMS);
    assert!(sms.channel_is_offered(Channel::Sms, false), "not what the profile is about");
}
