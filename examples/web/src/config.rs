//! The settings, from the environment.

use std::{env, net::SocketAddr, path::PathBuf};

use second_factor::{BoxError, Channel, Factor, OneTimeCodes, Policy, Requirement, Trust, TrustDays};

pub(crate) struct Config {
    /// `BIND`: where to listen. Port 0 takes a free one.
    pub(crate) bind: SocketAddr,
    /// `DATA_DIR`: the folder of the database and the key file.
    pub(crate) data: PathBuf,
    /// `SECURE_COOKIES=1`: cookies for HTTPS alone. Set it wherever the browser sees HTTPS, so everywhere but here.
    pub(crate) secure_cookies: bool,
    /// `REQUIRE_SECOND_FACTOR=1`: everybody must have a second factor.
    pub(crate) policy: Policy,
}

impl Config {
    pub(crate) fn from_env() -> Result<Self, BoxError> {
        let bind = variable("BIND")?.unwrap_or_else(|| "127.0.0.1:3000".to_owned());
        let required = if switch("REQUIRE_SECOND_FACTOR")? {
            Requirement::RequiredForAll
        } else {
            Requirement::Optional
        };
        Ok(Self {
            bind: bind.parse().map_err(|_| format!("BIND is not an address with a port: {bind:?}"))?,
            data: variable("DATA_DIR")?.unwrap_or_else(|| "data".to_owned()).into(),
            secure_cookies: switch("SECURE_COOKIES")?,
            policy: policy(required),
        })
    }
}

/// Everything that a tenant can switch on is on, for people to see. `Policy::new` alone is stricter.
const fn policy(required: Requirement) -> Policy {
    Policy::new(required)
        .trusted_devices(Trust::Days(TrustDays::DEFAULT))
        .allow(Factor::OneTimeCode(Channel::Email))
        .one_time_codes(OneTimeCodes::BesideAuthenticator)
        .viewable_backup_codes(true)
}

fn variable(name: &str) -> Result<Option<String>, BoxError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(format!("{name}: {error}").into()),
    }
}

/// A switch is 0 or 1: a typing error must not switch anything off.
fn switch(name: &str) -> Result<bool, BoxError> {
    match variable(name)?.as_deref() {
        None | Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(format!("{name} is 0 or 1, not {other:?}").into()),
    }
}
