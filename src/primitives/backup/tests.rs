use std::collections::HashSet;

use super::*;

/// Made by a second implementation of the formula, with exponents and a multiplication table.
const CHECKED: [(&str, Shape); 6] = [
    ("00000-00000-00000-00000-00000", Shape::Long),
    ("00000-00000-00000-00000-00012", Shape::Long),
    ("01234-56789-ABCDE-FGHJK-MNPQF", Shape::Long),
    ("ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZW", Shape::Long),
    ("01234-56789-ABCDE-FGHJK-MNPQR-STVWR", Shape::Ticket),
    ("ZYXWV-TSRQP-NMKJH-GFEDC-BA987-6543T", Shape::Ticket),
];

fn read(typed: &str) -> Option<String> {
    LookupSecret::read(typed).map(|secret| String::from_utf8(secret.symbols().to_vec()).unwrap())
}

fn new(shape: Shape) -> LookupSecret {
    LookupSecret::generate(shape).unwrap()
}

fn text(symbols: &[u8]) -> &str {
    std::str::from_utf8(symbols).unwrap()
}

/// Some codes with a check symbol: the pinned ones and a few new ones.
fn checked() -> Vec<Vec<u8>> {
    let pinned = CHECKED.map(|(text, _)| text.replace('-', "").into_bytes());
    let drawn = [Shape::Long, Shape::Ticket, Shape::Long, Shape::Ticket].map(|s| new(s).symbols().to_vec());
    pinned.into_iter().chain(drawn).collect()
}

#[test]
fn shapes_have_their_counts_and_groups() {
    for (shape, random, symbols, groups, bits) in [
        (Shape::Long, 24, 25, vec![5; 5], 120),
        (Shape::Short, 16, 16, vec![4; 4], 80),
        (Shape::Ticket, 29, 30, vec![5; 6], 145),
    ] {
        assert_eq!((shape.random_symbols(), shape.symbols()), (random, symbols));
        assert_eq!(shape.random_symbols() * 5, bits);
        let secret = new(shape);
        assert_eq!((secret.shape, secret.symbols().len()), (shape, symbols));
        assert_eq!(secret.to_text().split('-').map(str::len).collect::<Vec<_>>(), groups);
        assert!(secret.symbols().iter().all(|symbol| ALPHABET.contains(symbol)));
        assert!(symbols <= MAX_SYMBOLS);
    }
}

#[test]
fn whatever_is_made_reads_back_the_same() {
    for shape in Shape::ALL {
        for _ in 0..200 {
            let secret = new(shape);
            for read in [
                LookupSecret::read(&secret.to_text()).unwrap(),
                LookupSecret::read(&secret.to_text().to_lowercase()).unwrap(),
                LookupSecret::read(text(secret.symbols())).unwrap(),
            ] {
                assert_eq!((read.shape, read.symbols()), (shape, secret.symbols()));
            }
        }
    }
}

#[test]
fn shapes_are_stored_under_fixed_names() {
    let names = Shape::ALL.map(|shape| serde_json::to_string(&shape).unwrap());
    assert_eq!(names, [r#""long""#, r#""short""#, r#""ticket""#]);
    assert_eq!(serde_json::from_str::<Shape>(r#""short""#).unwrap(), Shape::Short);
}

#[test]
fn the_check_symbols_of_these_never_change() {
    for (typed, shape) in CHECKED {
        let secret = LookupSecret::read(typed).unwrap_or_else(|| panic!("{typed}"));
        assert_eq!((secret.shape, secret.to_text().as_str()), (shape, typed));
    }
}

#[test]
fn alpha_has_order_31_so_that_all_weights_differ() {
    let mut weights = HashSet::new();
    let mut weight = 1;
    for _ in 0..31 {
        assert!(weight > 0 && weight < 32 && weights.insert(weight));
        weight = times_alpha(weight);
    }
    assert_eq!(weight, 1);
}

#[test]
fn every_single_wrong_symbol_is_found() {
    for right in checked() {
        for place in 0..right.len() {
            let passes = ALPHABET.iter().filter(|symbol| {
                let mut wrong = right.clone();
                wrong[place] = **symbol;
                LookupSecret::read(text(&wrong)).is_some()
            });
            assert_eq!(passes.collect::<Vec<_>>(), [&right[place]], "place {place} of {}", text(&right));
        }
    }
}

#[test]
fn every_exchange_of_two_different_symbols_is_found() {
    for right in checked() {
        for one in 0..right.len() {
            for other in 0..one {
                let mut swapped = right.clone();
                swapped.swap(one, other);
                let same = right[one] == right[other];
                assert_eq!(read(text(&swapped)).is_some(), same, "{other} and {one} of {}", text(&right));
            }
        }
    }
}

#[test]
fn every_way_to_type_it_gives_the_same_symbols() {
    let canonical = "01AB0110KMNPXYZ9";
    for typed in [
        "01AB-0110-KMNP-XYZ9",
        "01ab0110kmnpxyz9",
        "oLaB oiLO kmnp xyz9",
        "OIAB-OilO-KMNP-XYZ9",
        " 01AB\t0110\r\nKMNP\u{a0}XYZ9\n",
        "01AB\u{2011}0110\u{2013}KMNP\u{2014}XYZ9",
        "\u{feff}01AB\u{200b}0110\u{202a}KMNP\u{2212}XYZ9\u{202c}",
        "０１ＡＢ－０１１０－ＫＭＮＰ－ＸＹＺ９",
        "ｏＩａｂ\u{3000}０ｌｉＯ\u{30fc}ｋｍｎｐ\u{ff70}ｘｙｚ９",
        "0-1-A-B-0-1-1-0-K-M-N-P-X-Y-Z-9-",
    ] {
        assert_eq!(read(typed).as_deref(), Some(canonical), "{typed:?}");
    }
}

#[test]
fn everything_else_is_refused() {
    let ascii = "UuＵ_+=/.*~@[`{\0\u{7f}".chars();
    let beyond = "éıſ\u{212a}\u{410}٣₁①\u{301}\u{ff00}\u{ff5f}\u{ff0f}\u{fffd}\u{10ffff}🔑".chars();
    for stranger in ascii.chain(beyond) {
        for rest in ["1AB0110KMNPXYZ9", "01AB0110KMNPXYZ9"] {
            assert_eq!(read(&format!("{stranger}{rest}")), None, "{stranger:?} before");
            assert_eq!(read(&format!("{rest}{stranger}")), None, "{stranger:?} behind");
        }
    }
}

#[test]
fn only_the_counts_of_the_shapes_are_read() {
    for count in 0..=64 {
        // Zeros have the check symbol zero.
        let known = [16, 25, 30].contains(&count);
        assert_eq!(read(&"0".repeat(count)).is_some(), known, "{count}");
    }
}

#[test]
fn p40_hostile_input_is_refused_without_a_panic_and_mostly_unread() {
    for hostile in ["", " ", "-", "-----", "\u{200b}\u{feff}", "\u{3000}\u{2014}", "\0", "\u{ff0d}"] {
        assert_eq!(read(hostile), None, "{hostile:?}");
    }
    let code = "01AB0110KMNPXYZ9";
    assert_eq!(read(&format!("{code}{}", " ".repeat(512 - 16))).as_deref(), Some(code));
    assert_eq!(read(&format!("{code}{}", " ".repeat(513 - 16))), None);
    for piece in ["0", "-", "U", "０", "\u{200b}", "🔑", "\u{301}"] {
        assert_eq!(read(&piece.repeat(5_000_000)), None, "{piece:?}");
    }
}

/// 2000 codes of 24 random symbols: 1500 of each symbol on average, with a standard deviation of 38.
#[test]
fn every_symbol_occurs_as_often_at_every_place() {
    let codes: Vec<_> = (0..2000).map(|_| new(Shape::Long)).collect();
    for symbol in ALPHABET {
        let random = codes.iter().flat_map(|code| &code.symbols()[..24]);
        let count = random.filter(|found| **found == symbol).count();
        assert!((1200..1800).contains(&count), "{count} of {}", char::from(symbol));
        for place in 0..25 {
            assert!(codes.iter().any(|code| code.symbols()[place] == symbol), "{symbol} at {place}");
        }
    }
    assert_eq!(codes.iter().map(LookupSecret::symbols).collect::<HashSet<_>>().len(), codes.len());
}

#[test]
fn p38_debug_shows_no_symbol() {
    assert_eq!(format!("{:?}", new(Shape::Short)), "LookupSecret { shape: Short, .. }");
}
