use super::*;

const URI: &str = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";

/// The dark modules, each as column and row.
fn dark(qr: &QrCode) -> Vec<(usize, usize)> {
    let side = qr.side();
    (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).filter(|(x, y)| qr.is_dark(*x, *y)).collect()
}

#[test]
fn the_quiet_zone_is_light_and_finders_stand_in_three_corners() {
    let qr = QrCode::new(URI).unwrap();
    let far = qr.side() - QrCode::QUIET_ZONE - 1;
    assert!(dark(&qr).iter().all(|(x, y)| (4..=far).contains(x) && (4..=far).contains(y)));
    for (x, y) in [(4, 4), (far - 6, 4), (4, far - 6)] {
        assert!((0..7).all(|i| qr.is_dark(x + i, y) && qr.is_dark(x, y + i)));
        assert!((1..6).all(|i| !qr.is_dark(x + i, y + 1) && !qr.is_dark(x + 1, y + i)));
    }
}

#[test]
fn sizes_follow_the_text_and_the_longest_fits() {
    assert_eq!(QrCode::new("").unwrap().side(), 29);
    assert_eq!(QrCode::new(&"a".repeat(QrCode::MAX_BYTES)).unwrap().side(), 185);
    assert_eq!(QrCode::new(&"a".repeat(QrCode::MAX_BYTES + 1)).unwrap_err(), QrError::TooLong);
    assert_eq!(QrCode::new(&"a".repeat(10_000_000)).unwrap_err(), QrError::TooLong);
    const { assert!(crate::primitives::otpauth::OtpauthUri::MAX_BYTES <= QrCode::MAX_BYTES) };
}

#[test]
fn the_svg_is_one_path_of_the_dark_modules_on_white() {
    let qr = QrCode::new(URI).unwrap();
    let svg = qr.to_svg();
    let side = qr.side();
    let start = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\""
    );
    let path = svg.strip_prefix(&start).and_then(|rest| rest.strip_suffix("\"/></svg>")).unwrap();
    let mut drawn = Vec::new();
    for run in path.split_terminator('z') {
        let (x, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (width, back) = rest.split_once("v1h-").unwrap();
        assert_eq!(width, back);
        let [x, y, width] = [x, y, width].map(|number| number.parse::<usize>().unwrap());
        drawn.extend((x..x + width).map(|x| (x, y)));
    }
    assert_eq!(drawn, dark(&qr));
}

#[test]
fn the_svg_needs_no_leave_of_a_content_security_policy_and_tells_no_secret() {
    let svg = QrCode::new(URI).unwrap().to_svg();
    for absent in ["style", "script", "href", " id=", "title", "on", "otpauth", "GEZD", "Example"] {
        assert!(!svg.contains(absent), "{absent}");
    }
}

#[test]
fn the_png_is_one_bit_deep_and_scaled() {
    let qr = QrCode::new(URI).unwrap();
    for scale in [1, 3, 8, QrCode::MAX_SCALE] {
        let file = qr.to_png(scale).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let (scale, width) = (usize::from(scale), info.width as usize);
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
        assert_eq!((info.width, width), (info.height, qr.side() * scale));
        for (x, y) in (0..width).flat_map(|y| (0..width).map(move |x| (x, y))) {
            let light = pixels[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 1;
            assert_eq!(light, !qr.is_dark(x / scale, y / scale));
        }
    }
    assert_eq!(qr.to_png(0), Err(QrError::Scale));
    assert_eq!(qr.to_png(QrCode::MAX_SCALE + 1), Err(QrError::Scale));
}

#[test]
fn the_terminal_shows_two_rows_a_line_and_draws_what_is_light() {
    let qr = QrCode::new(URI).unwrap();
    let text = qr.to_terminal();
    assert_eq!(text.lines().count(), qr.side().div_ceil(2));
    assert!(text.lines().all(|line| line.chars().count() == qr.side()));
    assert!(text.lines().take(2).all(|line| line.chars().all(|c| c == '█')));
    let mut drawn = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let dark = |half: char| line.chars().enumerate().filter(move |(_, c)| *c == half || *c == ' ');
        drawn.extend(dark('▄').map(|(x, _)| (x, row * 2)));
        drawn.extend(dark('▀').map(|(x, _)| (x, row * 2 + 1)).filter(|(_, y)| *y < qr.side()));
    }
    assert_eq!(drawn, dark(&qr));
}

#[test]
fn p38_debug_shows_nothing() {
    assert_eq!(format!("{:?}", QrCode::new(URI).unwrap()), "QrCode(..)");
}
