use super::*;

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    id: u128,
    at: u64,
}
stored!(Inner { 0: id, 1: at });

#[derive(Debug, Clone, PartialEq)]
enum Choice {
    First,
    Second,
}
stored!(enum Choice { 0: First = "first", 7: Second = "second" });

#[derive(Debug, Clone, PartialEq)]
struct Outer {
    name: String,
    is_on: bool,
    count: u32,
    choice: Choice,
    last: Option<Inner>,
    list: Vec<Inner>,
}
stored!(Outer { 0: name, 1: is_on, 2: count, 4: choice, 5: last, 30: list });

fn some() -> Outer {
    let inner = |id, at| Inner { id, at };
    Outer {
        name: "ann".into(),
        is_on: true,
        count: 300,
        choice: Choice::Second,
        last: Some(inner(1, 0)),
        list: vec![inner(2, 9), inner(3, u64::MAX)],
    }
}

fn bare() -> Outer {
    Outer { name: String::new(), is_on: false, count: 0, choice: Choice::First, last: None, list: Vec::new() }
}

fn written(value: &impl Stored) -> Vec<u8> {
    let mut text = Wiped::with_room_for(0);
    value.write(&mut Writer::new(&mut text)).unwrap();
    text.to_vec()
}

fn read<T: Stored>(text: &[u8]) -> Option<T> {
    Reader::new(text, Keys::Numbers).only()
}

fn read_named<T: Stored>(text: &[u8]) -> Option<T> {
    Reader::new(text, Keys::Names).only()
}

#[test]
fn what_was_written_reads_back() {
    for value in [some(), bare()] {
        assert_eq!(read::<Outer>(&written(&value)), Some(value));
    }
}

/// What stands in every record, for ever: a change of these bytes makes records unreadable.
#[test]
fn fields_are_numbered_and_what_goes_without_saying_is_left_out() {
    assert_eq!(written(&bare()), b"\xa2\x00\x60\x04\x00");
    let inner = Inner { id: 5, at: 0 };
    assert_eq!(written(&inner), b"\xa1\x00\x50\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05");
    let list = Outer { list: vec![Inner { at: 24, ..inner }], ..bare() };
    let expected =
        b"\xa3\x00\x60\x04\x00\x18\x1e\x81\xa2\x00\x50\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\x01\x18\x18";
    assert_eq!(written(&list), expected);
}

#[test]
fn unknown_repeated_missing_and_wrong_fields_are_errors() {
    assert!(read::<Outer>(b"\xa2\x00\x60\x04\x00").is_some(), "what the next lines change");
    assert!(read::<Outer>(b"\xa3\x00\x60\x04\x00\x03\x00").is_none(), "a field that nobody knows");
    assert!(read::<Outer>(b"\xa3\x00\x60\x04\x00\x00\x60").is_none(), "a field twice");
    assert!(read::<Outer>(b"\xa3\x00\x60\x04\x00\x02\x01").is_some(), "one more that is known");
    assert!(read::<Outer>(b"\xa1\x00\x60").is_none(), "no choice");
    assert!(read::<Outer>(b"\xa1\x04\x00").is_none(), "no name");
    assert!(read::<Outer>(b"\xa2\x00\x60\x04\x01").is_none(), "a choice that nobody knows");
    assert!(read::<Outer>(b"\xa2\x00\x00\x04\x00").is_none(), "a number for a name");
    assert!(read::<Outer>(b"\xa3\x00\x60\x04\x00\x05\xf6").is_none(), "nothing is left out, not spelt out");
    assert!(read::<Outer>(b"\xbf\x00\x60\x04\x00\xff").is_none(), "a map without a length");
    assert!(read::<Inner>(b"\xa1\x00\x4f\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").is_none(), "120 bits");
    assert!(read::<Inner>(b"\xa1\x00\x05").is_none(), "bits as a number");
}

#[test]
fn every_cut_and_every_byte_too_many_is_an_error() {
    let text = written(&some());
    for length in 0..text.len() {
        assert!(read::<Outer>(&text[..length]).is_none(), "cut at {length}");
    }
    assert!(read::<Outer>(&[&text[..], &[0]].concat()).is_none());
}

/// A count is a claim. It makes nobody ask for memory that the text could not fill.
#[test]
fn a_list_that_claims_to_be_long_is_an_error() {
    for count in [&b"\x9a\xff\xff\xff\xff"[..], b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", b"\x9f"] {
        assert!(read::<Vec<Inner>>(count).is_none());
        assert!(read_named::<Vec<Inner>>(count).is_none());
    }
}

#[test]
fn fields_with_names_are_read_too() {
    let inner = b"\xa2\x62id\x01\x62at\x02";
    assert_eq!(read_named(inner), Some(Inner { id: 1, at: 2 }));
    assert_eq!(read_named(b"\xa2\x62at\x02\x62id\x01"), Some(Inner { id: 1, at: 2 }), "in another order");
    assert_eq!(read::<Inner>(inner), None);
    assert_eq!(read_named::<Inner>(b"\xa3\x62id\x01\x62at\x02\x62id\x01"), None, "a field twice");
    assert_eq!(read_named::<Inner>(b"\xa2\x62id\x01\x62xx\x02"), None, "a field that nobody knows");
    assert_eq!(read_named::<Inner>(b"\xa2\x00\x01\x01\x02"), None, "numbers");

    let named = |last: &[u8]| [b"\xa3\x64name\x63ann\x66choice\x66second\x64last", last].concat();
    let ann = Outer { name: "ann".into(), choice: Choice::Second, ..bare() };
    assert_eq!(read_named(&named(b"\xf6")), Some(ann.clone()), "nothing was spelt out");
    let last = Some(Inner { id: 1, at: 2 });
    assert_eq!(read_named(&named(inner)), Some(Outer { last, ..ann }));
    assert_eq!(read_named::<Choice>(b"\x65third"), None);
    assert_eq!(read_named::<Choice>(b"\x00"), None);
}

#[test]
fn long_bits_with_names_are_big_numbers() {
    let text =
        b"\xa2\x62id\xc2\x50\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x62at\x00";
    assert_eq!(read_named(text), Some(Inner { id: u128::MAX, at: 0 }));
}
