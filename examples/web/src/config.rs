//! The settings, from the environment.

use std::{env, net::SocketAddr, path::PathBuf, time::Duration};

use second_factor::{BoxError, Channel, Factor, OneTimeCodes, Policy, Requirement, Trust, TrustDays};

use crate::{messages, records};

pub(crate) struct Config {
    /// `BIND`: where to listen. Port 0 takes a free one.
    pub(crate) bind: SocketAddr,
    /// `DATA_DIR`: the folder of the service's own tables and the key file. Several processes may share it.
    pub(crate) data: PathBuf,
    /// `DATABASE_URL`, `RECORDS_NAME`, `ACCEPT_LOSS_ON_CRASH`: where the records of the second factor are.
    pub(crate) records: records::Settings,
    /// `PUBLIC_URL`: how browsers reach the service, for the links in mails. Unless set, the address that it listens on.
    pub(crate) public_url: Option<String>,
    /// `DEMO=0`: no companies of the demonstration, nobody's password on the front page, and no page that shows what was sent.
    pub(crate) demo: bool,
    /// `DELIVER_EVERY`: how many seconds there are between two looks for notices that could not be delivered.
    pub(crate) deliver_every: Duration,
    /// `SMTP_URL`, `MAIL_FROM`, `SMS_SPOOL`, `DEMO`: how messages reach people.
    pub(crate) messages: messages::Settings,
    /// `SECURE_COOKIES=1`: cookies for HTTPS alone. Set it wherever the browser sees HTTPS, so everywhere but here.
    pub(crate) secure_cookies: bool,
    /// `REQUIRE_SECOND_FACTOR=1`: everybody must have a second factor; `0`: whoever wants to. Otherwise as each company's
    /// administrator saved it.
    pub(crate) requirement: Option<Requirement>,
}

impl Config {
    pub(crate) fn from_env() -> Result<Self, BoxError> {
        let bind = variable("BIND")?.unwrap_or_else(|| "127.0.0.1:3000".to_owned());
        let requirement = switch("REQUIRE_SECOND_FACTOR")?.map(|required| match required {
            true => Requirement::RequiredForAll,
            false => Requirement::Optional,
        });
        let demo = switch("DEMO")?.unwrap_or(true);
        Ok(Self {
            bind: bind.parse().map_err(|_| format!("BIND is not an address with a port: {bind:?}"))?,
            data: variable("DATA_DIR")?.unwrap_or_else(|| "data".to_owned()).into(),
            records: records::Settings {
                url: variable("DATABASE_URL")?.unwrap_or_else(|| "sqlite:".to_owned()),
                name: variable("RECORDS_NAME")?,
                accept_loss_on_crash: switch("ACCEPT_LOSS_ON_CRASH")?.unwrap_or(false),
            },
            public_url: variable("PUBLIC_URL")?.map(|url| url.trim_end_matches('/').to_owned()),
            demo,
            deliver_every: Duration::from_secs(number("DELIVER_EVERY")?.unwrap_or(20).max(1)),
            messages: messages::Settings {
                smtp_url: variable("SMTP_URL")?.filter(|url| !url.is_empty()),
                from: variable("MAIL_FROM")?
                    .unwrap_or_else(|| "Lighthouse <no-reply@lighthouse.example>".to_owned()),
                spool: variable("SMS_SPOOL")?.map(Into::into),
                demo,
            },
            secure_cookies: switch("SECURE_COOKIES")?.unwrap_or(false),
            requirement,
        })
    }

    /// The policy of a company that is new.
    pub(crate) fn policy(&self) -> Policy {
        match self.requirement {
            Some(requirement) => NEW_COMPANY.require(requirement),
            None => NEW_COMPANY,
        }
    }
}

/// Everything that a company can switch on is on, for people to see. `Policy::new` alone is stricter.
const NEW_COMPANY: Policy = Policy::new(Requirement::Optional)
    .trusted_devices(Trust::Days(TrustDays::DEFAULT))
    .allow(Factor::OneTimeCode(Channel::Email))
    .one_time_codes(OneTimeCodes::BesideAuthenticator)
    .viewable_backup_codes(true);

fn variable(name: &str) -> Result<Option<String>, BoxError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        // The value may be a secret.
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8").into()),
    }
}

/// A switch is 0 or 1: a typing error must not switch anything off.
fn switch(name: &str) -> Result<Option<bool>, BoxError> {
    match variable(name)?.as_deref() {
        None | Some("") => Ok(None),
        Some("0") => Ok(Some(false)),
        Some("1") => Ok(Some(true)),
        Some(other) => Err(format!("{name} is 0 or 1, not {other:?}").into()),
    }
}

fn number(name: &str) -> Result<Option<u64>, BoxError> {
    match variable(name)?.as_deref() {
        None | Some("") => Ok(None),
        Some(digits) => Ok(Some(digits.parse().map_err(|_| format!("{name} is a number, not {digits:?}"))?)),
    }
}
