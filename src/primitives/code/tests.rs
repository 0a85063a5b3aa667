use super::*;

fn read(typed: &str) -> Result<String, Malformed> {
    Code::read(typed).map(|code| code.reveal())
}

#[test]
fn six_seven_and_eight_digits_are_codes() {
    for (text, value, digits) in [
        ("000000", 0, Digits::Six),
        ("999999", 999_999, Digits::Six),
        ("0123456", 123_456, Digits::Seven),
        ("00000001", 1, Digits::Eight),
        ("99999999", 99_999_999, Digits::Eight),
    ] {
        let code = Code::read(text).unwrap();
        assert_eq!((code.value(), code.digits()), (value, digits));
        assert_eq!(code.reveal(), text);
        assert_eq!(Code::new(value, digits).reveal(), text);
    }
}

#[test]
fn other_lengths_are_not() {
    for text in ["", " ", "0", "12345", "123456789", "1234567890123456789012345678901234567890"] {
        assert_eq!(read(text), Err(Malformed), "{text}");
    }
}

#[test]
fn spaces_dashes_and_invisible_marks_are_skipped() {
    for text in [
        "123 456",
        "\t123\u{a0}456\r\n",
        "123-456",
        "123\u{2013}456",
        "123\u{2212}456",
        "１２３\u{3000}４５６",
        "１２３ー４５６",
        "123\u{202f}456",
        "\u{feff}123\u{200b}456\u{2060}",
        "\u{2066}123456\u{2069}",
        "\u{200e}\u{202a}123456\u{202c}\u{200f}",
        "1-2-3 4-5-6",
        "1\u{ad}23456",
    ] {
        assert_eq!(read(text).unwrap(), "123456", "{text:?}");
    }
}

#[test]
fn everything_else_is_malformed() {
    for stranger in [
        "a", "O", "l", ".", ",", "+", "_", "/", "\0", "\u{7f}", "½", "²", "一", "Ⅷ", "①", "⑴", "🄁",
        "\u{20e3}", "\u{301}", "\u{fe0f}", "😀",
    ] {
        for text in [format!("123456{stranger}"), format!("12345{stranger}"), format!("{stranger}123456")] {
            assert_eq!(read(&text), Err(Malformed), "{text:?}");
        }
    }
}

#[test]
fn the_digits_of_every_script_count() {
    assert_eq!(read("１２３４５６").unwrap(), "123456");
    assert_eq!(read("٠١٢٣٤٥").unwrap(), "012345");
    assert_eq!(read("۶۷۸۹۰۱").unwrap(), "678901");
    assert_eq!(read("०१२३४५६७").unwrap(), "01234567");
    assert_eq!(read("𝟎𝟙𝟤𝟯𝟺𝟓").unwrap(), "012345");
    assert_eq!(read("12３４٥٦").unwrap(), "123456");
    for zero in ZEROS {
        for value in 0..10 {
            let digit = char::from_u32(zero + value).unwrap();
            assert_eq!(decimal_digit(digit), Some(value));
            assert!(digit.is_numeric() || char::UNICODE_VERSION.0 < 17);
        }
    }
}

#[test]
fn the_zeros_are_sorted_and_nothing_else_is_a_digit() {
    assert!(ZEROS.is_sorted_by(|a, b| a + 10 <= *b));
    let digits = ('\0'..=char::MAX).filter(|c| decimal_digit(*c).is_some()).count();
    assert_eq!(digits, 770);
    assert!(('\0'..=char::MAX).all(|c| decimal_digit(c).is_none() || !is_separator(c)));
}

#[test]
fn ascii_separators_are_whitespace_and_the_hyphen() {
    let separators: Vec<char> = ('\0'..='\x7f').filter(|c| is_separator(*c)).collect();
    assert_eq!(separators, ['\t', '\n', '\x0b', '\x0c', '\r', ' ', '-']);
}

#[test]
fn p40_long_texts_are_refused_unread() {
    assert_eq!(read(&format!("123456{}", " ".repeat(122))).unwrap(), "123456");
    assert_eq!(read(&format!("123456{}", " ".repeat(123))), Err(Malformed));
    assert_eq!(read(&"1".repeat(10_000_000)), Err(Malformed));
}

#[test]
fn p38_debug_shows_nothing() {
    assert_eq!(format!("{:?}", Code::read("123456").unwrap()), "Code(..)");
}
