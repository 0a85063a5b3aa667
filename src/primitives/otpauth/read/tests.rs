use super::*;
use crate::primitives::secret::SecretError;

const SECRET: &[u8] = b"12345678901234567890";
const TEXT: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn error(uri: &str) -> OtpauthError {
    OtpauthUri::parse(uri).expect_err(uri)
}

/// A URI with this label and with these parameters after the secret.
fn with(label: &str, parameters: &str) -> String {
    format!("otpauth://totp/{label}?secret={TEXT}{parameters}")
}

/// The shapes that services and the format's own page use; the secrets are made up.
#[test]
fn uris_of_other_vendors_are_read() {
    for (label, parameters, issuer, account) in [
        (
            "ACME%20Co:john.doe@email.com",
            "&issuer=ACME%20Co&algorithm=SHA1&digits=6&period=30",
            "ACME Co",
            "john.doe@email.com",
        ),
        ("Big%20Corporation%3A%20alice%40bigco.com", "", "Big Corporation", "alice@bigco.com"),
        ("Provider1:Alice%20Smith", "", "Provider1", "Alice Smith"),
        ("GitHub:octocat", "&issuer=GitHub", "GitHub", "octocat"),
        ("Google%3Aalice%40gmail.com", "&issuer=Google", "Google", "alice@gmail.com"),
        (
            "Amazon%20Web%20Services:root-account-mfa-device@123456789012",
            "&issuer=Amazon%20Web%20Services",
            "Amazon Web Services",
            "root-account-mfa-device@123456789012",
        ),
        ("alice%2Bwork@example.com", "&issuer=Slack", "Slack", "alice+work@example.com"),
        ("alice+work@example.com", "&issuer=A+B", "A+B", "alice+work@example.com"),
        (
            "Repos:alice",
            "&issuer=Repos&digits=6&image=https%3A%2F%2Fexample.com%2Flogo.png",
            "Repos",
            "alice",
        ),
        ("%E6%A0%AA%E5%BC%8F:%E8%8A%B1%E5%AD%90", "&algorithm=sha1", "株式", "花子"),
        ("team/sub:alice", "&counter=0", "team/sub", "alice"),
    ] {
        let read = OtpauthUri::parse(&with(label, parameters)).unwrap();
        assert_eq!((read.issuer(), read.account()), (issuer, account));
        assert_eq!(read.totp(), Totp::default());
        assert_eq!(read.into_secret().expose(), SECRET);
    }
}

#[test]
fn scheme_and_type_are_read_in_either_case() {
    let plain = with("A:b", "");
    for start in ["OTPAUTH://TOTP/", "OtpAuth://Totp/"] {
        assert!(OtpauthUri::parse(&plain.replace("otpauth://totp/", start)).is_ok());
    }
    assert_eq!(error(&plain.replace("totp/", "hotp/")), OtpauthError::Hotp);
    assert_eq!(error(&plain.replace("totp/", "HOTP/")), OtpauthError::Hotp);
    for start in [
        "https://totp/",
        "otpauth-migration://totp/",
        "otpauth:totp/",
        "otpauth://steam/",
        "otpauth:///",
        " otpauth://totp/",
    ] {
        assert_eq!(error(&plain.replace("otpauth://totp/", start)), OtpauthError::NotTotp, "{start}");
    }
    assert_eq!(error(""), OtpauthError::NotTotp);
}

#[test]
fn parameters_have_their_values_and_no_others() {
    let read = |parameters: &str| OtpauthUri::parse(&with("A:b", parameters));
    assert_eq!(read("&algorithm=SHA256").unwrap().totp().algorithm(), Algorithm::Sha256);
    assert_eq!(read("&algorithm=sha512").unwrap().totp().algorithm(), Algorithm::Sha512);
    assert_eq!(read("&digits=7").unwrap().totp().digits(), Digits::Seven);
    assert_eq!(read("&digits=%38").unwrap().totp().digits(), Digits::Eight);
    assert_eq!(read("&period=1").unwrap().totp().step().seconds(), 1);
    assert_eq!(read("&period=3600").unwrap().totp().step().seconds(), 3600);
    for value in ["", "MD5", "SHA-1", "HMACSHA1", "SHA224", "SHA1%00"] {
        assert_eq!(read(&format!("&algorithm={value}")).unwrap_err(), OtpauthError::Unsupported("algorithm"));
    }
    for value in ["", "5", "9", "06", "+6", "-6", "6.0", "262", "65542", "0x6", "%EF%BC%96"] {
        assert_eq!(read(&format!("&digits={value}")).unwrap_err(), OtpauthError::Unsupported("digits"));
    }
    for value in ["", "0", "3601", "030", "+30", "-30", "30s", "65566", "99999999999999999999"] {
        assert_eq!(read(&format!("&period={value}")).unwrap_err(), OtpauthError::Unsupported("period"));
    }
}

#[test]
fn what_two_readers_could_understand_differently_is_refused() {
    let read = |parameters: &str| error(&with("A:b", parameters));
    for name in ["secret", "issuer", "algorithm", "digits", "period"] {
        assert_eq!(read(&format!("&{name}=1&{name}=1")), OtpauthError::Duplicate(name));
    }
    assert_eq!(read(&format!("&%73ecret={TEXT}")), OtpauthError::Duplicate("secret"));
    assert_eq!(read("&Digits=8"), OtpauthError::Unsupported("digits"));
    assert_eq!(read("&SECRET=AAAA"), OtpauthError::Unsupported("secret"));
    assert_eq!(read("&encoder=steam"), OtpauthError::Unsupported("encoder"));
    assert_eq!(read("&T0=100"), OtpauthError::Unsupported("t0"));
    assert_eq!(read("&issuer=B"), OtpauthError::IssuerMismatch);
    assert_eq!(read("&issuer=a"), OtpauthError::IssuerMismatch);
    assert_eq!(read("&issuer="), OtpauthError::IssuerMismatch);
    assert!(OtpauthUri::parse(&with("A:b", "&issuer=%41&image=x&image=y")).is_ok());
}

#[test]
fn labels_have_an_issuer_and_an_account() {
    for label in ["", "A:", "A:%20", "A:b:c", "A:b%3Ac", "A%3Ab%3Ac", "A:b%0A", "A:b%C2%85"] {
        assert_eq!(error(&with(label, "&issuer=A")), OtpauthError::Account, "{label}");
    }
    for (label, parameters) in
        [("b", ""), (":b", ""), ("%20:b", ""), ("b", "&issuer="), ("b", "&issuer=A%3AB"), ("A%00:b", "")]
    {
        assert_eq!(error(&with(label, parameters)), OtpauthError::Issuer, "{label}{parameters}");
    }
}

#[test]
fn what_is_no_uri_is_malformed() {
    for label in [
        "A:b c",
        "A:é",
        "A:b%",
        "A:b%4",
        "A:b%4g",
        "A:b%%41",
        "A:b%é1",
        "A:%FF",
        "A:%C3",
        "A:%ED%A0%80",
        "A:b\n",
    ] {
        assert_eq!(error(&with(label, "")), OtpauthError::Malformed, "{label:?}");
    }
    for parameters in ["&", "&&digits=6", "&digits", "#fragment", "&digits=6#", "&issuer=%FF", "&%FF=1", " "]
    {
        assert_eq!(error(&with("A:b", parameters)), OtpauthError::Malformed, "{parameters:?}");
    }
}

#[test]
fn a_secret_is_needed() {
    for uri in [
        "otpauth://totp",
        "otpauth://totp/",
        "otpauth://totp/A:b",
        "otpauth://totp/A:b?",
        "otpauth://totp/A:b?digits=6",
    ] {
        assert_eq!(error(uri), OtpauthError::MissingSecret, "{uri}");
    }
    for (secret, why) in [
        ("", SecretError::TooShort),
        ("JBSWY3DPEHPK3PXP", SecretError::TooShort),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ+", SecretError::NotBase32),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3", SecretError::Incomplete),
    ] {
        assert_eq!(error(&format!("otpauth://totp/A:b?secret={secret}")), OtpauthError::Secret(why));
    }
    let padded = "otpauth://totp/A:b?secret=gezdgnbvgy3tqojqgezdgnbvgy%3d===%3D=";
    assert_eq!(OtpauthUri::parse(padded).unwrap().secret().expose(), &SECRET[..16]);
}

#[test]
fn p38_errors_show_nothing() {
    let error = error(&format!("otpauth://totp/A:b?secret=1{TEXT}"));
    let all = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(!all.contains("GEZD"), "{all}");
}

#[test]
fn p40_long_uris_are_refused_unread() {
    assert_eq!(error(&with("A:b", &format!("&image={}", "x".repeat(2048)))), OtpauthError::TooLong);
    assert_eq!(error(&"%".repeat(10_000_000)), OtpauthError::TooLong);
}

#[test]
fn p33_a_weak_secret_is_read_only_by_the_name_that_says_so() {
    let weak = |uri: &str| OtpauthUri::parse_weak_legacy(uri);
    let with_secret = |secret: &str| format!("otpauth://totp/A:b?secret={secret}&digits=8");
    for (secret, bits) in [("jbswy3dpehpk3pxp", 80), ("GEZDGNBVGY3TQOJQGEZDGNBV", 120)] {
        let uri = with_secret(secret);
        assert_eq!(error(&uri), OtpauthError::Secret(SecretError::TooShort));
        let read = weak(&uri).unwrap();
        assert_eq!((read.secret().bits(), read.issuer(), read.account()), (bits, "A", "b"));
        assert_eq!(read.totp().digits(), Digits::Eight);
        assert_eq!(weak(&read.to_uri()).unwrap().secret().expose(), read.secret().expose());
    }
    for (secret, why) in [
        (TEXT, SecretError::NotWeak),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY", SecretError::NotWeak),
        ("GEZDGNBVGY3TQOJ", SecretError::TooShort),
        ("JBSWY3DPEHPK3PX1", SecretError::NotBase32),
    ] {
        assert_eq!(weak(&with_secret(secret)).unwrap_err(), OtpauthError::Secret(why), "{secret}");
    }
    // As strict as ever in everything else.
    let uri = with_secret("JBSWY3DPEHPK3PXP");
    assert_eq!(weak(&format!("{uri}&digits=8")).unwrap_err(), OtpauthError::Duplicate("digits"));
    assert_eq!(weak(&format!("{uri}&issuer=B")).unwrap_err(), OtpauthError::IssuerMismatch);
    assert_eq!(weak("otpauth://hotp/A:b?secret=JBSWY3DPEHPK3PXP&counter=1").unwrap_err(), OtpauthError::Hotp);
}
