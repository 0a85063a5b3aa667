use super::*;

const ID: DeviceId = DeviceId::new(0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f);
const SECRET: [u8; 32] = [0xfb; 32];
const VALUE: &str = "AAECAwQFBgcICQoLDA0OD_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7";
const NAME: &str = "__Host-sf-G2S6TYWXATQ3G3ZEMUHVIBHJZE";

fn user() -> UserKey {
    UserKey::new("acme", "42")
}

#[test]
fn an_id_has_one_text() {
    assert_eq!(ID.to_string(), "000102030405060708090a0b0c0d0e0f");
    assert_eq!(format!("{ID:?}"), "DeviceId(000102030405060708090a0b0c0d0e0f)");
    for id in [ID, DeviceId::new(0), DeviceId::new(1), DeviceId::new(u128::MAX)] {
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(DeviceId::new(id.get()), id);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<DeviceId>(&json).unwrap(), id);
    }
    for bad in [
        "",
        "00102030405060708090a0b0c0d0e0f",
        "0000102030405060708090a0b0c0d0e0f",
        "+00102030405060708090a0b0c0d0e0f",
        "000102030405060708090A0B0C0D0E0F",
        "000102030405060708090a0b0c0d0e0g",
        " 00102030405060708090a0b0c0d0e0f",
        "0x0102030405060708090a0b0c0d0e0f",
        "000102030405060708090a0b0c0d0eé",
    ] {
        assert_eq!(bad.parse::<DeviceId>(), Err(InvalidDeviceId), "{bad:?}");
        assert!(serde_json::from_str::<DeviceId>(&format!("\"{bad}\"")).is_err(), "{bad:?}");
    }
    assert!(serde_json::from_str::<DeviceId>("7").is_err());
}

/// As browsers get it. A change of the name would forget every known browser.
#[test]
fn a_cookie_is_pinned() {
    let cookie = DeviceCookie::issue(&user(), ID, &SECRET, 15_552_000);
    assert_eq!(cookie.name(), NAME);
    assert_eq!(
        cookie.header(),
        format!("{NAME}={VALUE}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000")
    );
    let cleared = DeviceCookie::clear(&user());
    assert_eq!(cleared.name(), NAME);
    assert_eq!(cleared.header(), format!("{NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
}

#[test]
fn a_header_never_outgrows_its_buffer() {
    let cookie = DeviceCookie::issue(&user(), ID, &SECRET, u64::MAX);
    assert!(cookie.header().len() <= HEADER_CAPACITY, "{}", cookie.header().len());
    assert_eq!(VALUE.len(), VALUE_CHARS);
}

#[test]
fn what_was_issued_reads_back() {
    let presented = Presented::read(VALUE).unwrap();
    assert_eq!(presented.id, ID);
    assert_eq!(*presented.secret, SECRET);
    let secret = std::array::from_fn(|place| u8::try_from(place * 7).unwrap());
    for id in [0, 1, u128::MAX].map(DeviceId::new) {
        let cookie = DeviceCookie::issue(&user(), id, &secret, 1);
        let value = cookie.header().split([';', '=']).nth(1).unwrap().to_owned();
        let presented = Presented::read(&value).unwrap();
        assert_eq!((presented.id, *presented.secret), (id, secret), "{value}");
    }
}

#[test]
fn whatever_else_a_browser_brings_is_no_device() {
    let short = &VALUE[..63];
    for bad in [
        String::new(),
        short.to_owned(),
        format!("{short}="),
        format!("{short}+"),
        format!("{short}/"),
        format!("{short} "),
        format!("{short}\n"),
        format!("{short}\0"),
        format!("{VALUE}A"),
        format!("{VALUE}AAAA"),
        format!("\"{VALUE}\""),
        format!("\"{}\"", &VALUE[..62]),
        format!("{}é", &VALUE[..62]),
        "é".repeat(32),
        "é".repeat(64),
        "A".repeat(1 << 16),
    ] {
        assert!(Presented::read(&bad).is_none(), "{:?}", bad.get(..70.min(bad.len())));
    }
}

#[test]
fn each_user_has_a_name_of_their_own() {
    let name = |tenant: &str, user: &str| DeviceCookie::name_for(&UserKey::new(tenant, user));
    let names = [
        name("a", "bc"),
        name("ab", "c"),
        name("abc", ""),
        name("", "abc"),
        name("", ""),
        name("bc", "a"),
        name("a", "BC"),
        name("acme", "a person with a long name@example.com"),
        // The boundary in the text of the parts themselves.
        name("a\0\0\0\0\0\0\0\u{1}b", "c"),
        name("a", "b\0\0\0\0\0\0\0\u{1}c"),
    ];
    for (place, name) in names.iter().enumerate() {
        assert!(!names[..place].contains(name), "{name}");
        let digest = name.strip_prefix("__Host-sf-").unwrap();
        assert_eq!(digest.len(), 26);
        assert!(digest.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')), "{name}");
    }
}

#[test]
fn debug_shows_no_cookie() {
    assert_eq!(format!("{:?}", DeviceCookie::issue(&user(), ID, &SECRET, 1)), "DeviceCookie([redacted])");
    assert_eq!(format!("{:?}", Presented::read(VALUE).unwrap()), "Presented([redacted])");
}
