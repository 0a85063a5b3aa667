//! The policies that tenants change between.

use second_factor::{
    BackupCodeFormat, Channel, Factor, OneTimeCodes, Others, Policy, Requirement, Trust, TrustDays, UnixTime,
    primitives::time::Window,
};

use crate::steps::POLICIES;

const EMAIL: Factor = Factor::OneTimeCode(Channel::Email);
const SMS: Factor = Factor::OneTimeCode(Channel::Sms);
const TWO_WEEKS: Trust = Trust::Days(TrustDays::DEFAULT);

pub(crate) fn policy(place: usize) -> Policy {
    let (optional, all) = (Policy::new(Requirement::Optional), Policy::new(Requirement::RequiredForAll));
    let others = |others| Policy::new(Requirement::RequiredForAdministrators { others });
    let policies: [Policy; POLICIES] = [
        Policy::new(Requirement::Off),
        optional.clone(),
        optional.clone().trusted_devices(TWO_WEEKS),
        optional.clone().trusted_devices(Trust::UntilSignOut).window(Window::new(2, 2).unwrap()),
        optional.allow(EMAIL).allow(SMS).one_time_codes(OneTimeCodes::Always).trusted_devices(TWO_WEEKS),
        all.clone().trusted_devices(Trust::Days(TrustDays::new(1).unwrap())).waive_tickets(true),
        all.clone().allow(EMAIL).allow(SMS).trusted_devices(TWO_WEEKS),
        all.clone().allow(EMAIL).one_time_codes(OneTimeCodes::BesideAuthenticator).distinct_channels(false),
        all.clone().grace_until(UnixTime::from_seconds(1_760_000_310)),
        all.window(Window::new(0, 0).unwrap())
            .backup_codes(BackupCodeFormat::Short)
            .viewable_backup_codes(true),
        others(Others::Off).forbid(Factor::BackupCode).trusted_devices(TWO_WEEKS),
        others(Others::Optional).forbid(Factor::Totp).allow(SMS).trusted_devices(TWO_WEEKS),
        Policy::nist_strict(Requirement::Optional).trusted_devices(TWO_WEEKS),
    ];
    policies[place].clone()
}
