//! What an identity provider says of somebody: signed, for one request, good for a minute and for once.
//!
//! Of SAML and OpenID Connect this keeps what makes them safe, and nothing else: a service that has a provider takes a library for that.
//! Provider and service share a key here, since in this demonstration they are one program.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use second_factor::UnixTime;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{handout, problem::Problem};

/// For how many seconds one is good.
pub(crate) const LIFETIME: u64 = 60;

const AUDIENCE: &str = "lighthouse";

#[derive(Serialize, Deserialize)]
pub(crate) struct Assertion {
    /// Told apart by it, so that each is taken once.
    pub(crate) id: String,
    /// Who it is, as the provider calls them.
    pub(crate) subject: String,
    /// For which service.
    audience: String,
    /// The sign-in of which browser it answers.
    request: String,
    pub(crate) expires_at: u64,
}

impl Assertion {
    pub(crate) fn new(subject: &str, request: &str, now: UnixTime) -> Result<Self, Problem> {
        Ok(Self {
            id: handout::draw::<16>()?,
            subject: subject.to_owned(),
            audience: AUDIENCE.to_owned(),
            request: request.to_owned(),
            expires_at: now.plus(LIFETIME).seconds(),
        })
    }

    pub(crate) fn sign(&self, key: &[u8]) -> Result<String, Problem> {
        let claims = serde_json::to_vec(self).map_err(|e| Problem::Broken(e.into()))?;
        let signature = mac(key, &claims)?.finalize().into_bytes();
        Ok(format!("{}.{}", BASE64URL_NOPAD.encode(&claims), BASE64URL_NOPAD.encode(&signature)))
    }

    /// Reads one that was signed with this key, for this service, in answer to this request, and is not over. Whether it was taken before
    /// is for the caller to find out.
    pub(crate) fn read(text: &str, key: &[u8], request: &str, now: UnixTime) -> Option<Self> {
        let (claims, signature) = text.split_once('.')?;
        let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).ok()?;
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        // In constant time, and before anything in it is looked at.
        mac(key, &claims).ok()?.verify_slice(&signature).ok()?;
        let read: Self = serde_json::from_slice(&claims).ok()?;
        let is_for_us = read.audience == AUDIENCE && read.request == request;
        (is_for_us && now.seconds() < read.expires_at).then_some(read)
    }
}

fn mac(key: &[u8], claims: &[u8]) -> Result<Hmac<Sha256>, Problem> {
    let mac = Hmac::<Sha256>::new_from_slice(key).map_err(|e| Problem::Broken(e.to_string().into()))?;
    Ok(mac.chain_update(claims))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_for_its_request_and_in_its_time_alone() {
        let now = UnixTime::from_seconds(1_760_000_000);
        let Ok(text) = Assertion::new("sora", "request", now).and_then(|it| it.sign(b"key")) else {
            panic!()
        };
        let subject = |text: &str, key: &[u8], request, now| {
            Assertion::read(text, key, request, now).map(|assertion| assertion.subject)
        };
        assert_eq!(subject(&text, b"key", "request", now).as_deref(), Some("sora"));
        assert_eq!(subject(&text, b"key", "request", now.plus(LIFETIME - 1)).as_deref(), Some("sora"));
        assert_eq!(subject(&text, b"key", "request", now.plus(LIFETIME)), None);
        assert_eq!(subject(&text, b"another", "request", now), None);
        assert_eq!(subject(&text, b"key", "another", now), None);

        let (claims, signature) = text.split_once('.').unwrap();
        let forged = String::from_utf8(BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap();
        let forged = BASE64URL_NOPAD.encode(forged.replace("sora", "aiko").as_bytes());
        for text in [format!("{forged}.{signature}"), claims.to_owned(), format!("{claims}."), String::new()]
        {
            assert_eq!(subject(&text, b"key", "request", now), None, "{text}");
        }
    }
}
