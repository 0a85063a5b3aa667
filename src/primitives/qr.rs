//! QR codes of set-up URIs, as SVG, PNG and text.

use std::fmt::{self, Write as _};

use qrcodegen::QrCodeEcc;
use zeroize::Zeroizing;

/// A QR code (ISO/IEC 18004, error-correction level M or better) with its quiet zone of four modules.
///
/// Whoever sees it has the secret in it, and every rendering of it is as secret as the text. The modules held here are
/// wiped from memory when dropped; the encoder's own buffers and the renderings are not.
///
/// ```
/// use second_factor::{Enrollment, primitives::qr::{QrCode, QrError}};
///
/// /// For the set-up page, which may be cached nowhere.
/// fn picture(enrollment: &Enrollment) -> Result<String, QrError> {
///     let svg = QrCode::new(enrollment.uri())?.to_svg();
///     Ok(format!(r#"<div role="img" aria-label="QR code for your app">{svg}</div>"#))
/// }
/// ```
pub struct QrCode {
    /// Row by row; true is dark.
    modules: Zeroizing<Vec<bool>>,
    size: usize,
}

impl QrCode {
    /// The longest text, in bytes: what the largest symbol holds at level M.
    pub const MAX_BYTES: usize = 2331;
    /// The width of the quiet zone on each side, in modules.
    pub const QUIET_ZONE: usize = 4;
    /// The largest scale of [`to_png`](Self::to_png), in pixels for a module.
    pub const MAX_SCALE: u8 = 32;

    /// The QR code of `text`.
    ///
    /// # Errors
    ///
    /// [`QrError::TooLong`] for more than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn new(text: &str) -> Result<Self, QrError> {
        if text.len() > Self::MAX_BYTES {
            return Err(QrError::TooLong);
        }
        let code = qrcodegen::QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| QrError::TooLong)?;
        let size = code.size();
        let mut modules = Zeroizing::new(Vec::with_capacity(size.unsigned_abs().pow(2) as usize));
        modules.extend(
            (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).map(|(x, y)| code.get_module(x, y)),
        );
        Ok(Self { modules, size: size.unsigned_abs() as usize })
    }

    /// The modules on a side with the quiet zone: 29 to 185.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.size + 2 * Self::QUIET_ZONE
    }

    /// An SVG of one path on a white ground, so that it can be scanned from a dark page too.
    ///
    /// It has a `viewBox` and no size: the page says how large it is. It has neither styles nor scripts nor references, so it
    /// can stand in a page under any content security policy, and holds no text but its coordinates: name it with
    /// `aria-label` or `alt` around it.
    #[must_use]
    pub fn to_svg(&self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>",
            side = self.side(),
            path = self.path(),
        )
    }

    /// A black and white PNG, `scale` pixels to a module: 4 to 8 suit a screen.
    ///
    /// # Errors
    ///
    /// [`QrError::Scale`] outside 1 to [`MAX_SCALE`](Self::MAX_SCALE), and [`QrError::Png`] if the encoder fails.
    pub fn to_png(&self, scale: u8) -> Result<Vec<u8>, QrError> {
        if !(1..=Self::MAX_SCALE).contains(&scale) {
            return Err(QrError::Scale);
        }
        let scale = usize::from(scale);
        let pixels = u32::try_from(self.side() * scale).map_err(|_| QrError::Scale)?;
        self.write_png(pixels, &self.bitmap(scale)).map_err(|_| QrError::Png)
    }

    /// Text for a terminal with a dark ground, two modules to a character: [`side`](Self::side) columns, half as many lines.
    ///
    /// The light modules are what is drawn, in half blocks, without any control sequence. On a light ground the code
    /// appears inverted, which most but not all apps can read.
    #[must_use]
    pub fn to_terminal(&self) -> String {
        let mut text = String::with_capacity(self.side() * (self.side() + 1) * 2);
        for y in (0..self.side()).step_by(2) {
            text.extend((0..self.side()).map(|x| match (self.is_light(x, y), self.is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            text.push('\n');
        }
        text
    }

    /// One rectangle for each run of dark modules in a row.
    fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.side() {
            let mut x = 0;
            while x < self.side() {
                let run = (x..self.side()).take_while(|x| self.is_dark(*x, y)).count();
                if run > 0 {
                    let _never_fails = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run + 1;
            }
        }
        path
    }

    /// Rows of pixels, eight to a byte, filled up with light; 1 is light.
    fn bitmap(&self, scale: usize) -> Zeroizing<Vec<u8>> {
        let width = self.side() * scale;
        let mut bitmap = Zeroizing::new(Vec::with_capacity(width.div_ceil(8) * width));
        for y in 0..width {
            bitmap.extend((0..width).step_by(8).map(|first| {
                (first..first + 8)
                    .fold(0, |byte, x| byte << 1 | u8::from(!self.is_dark(x / scale, y / scale)))
            }));
        }
        bitmap
    }

    fn write_png(&self, pixels: u32, bitmap: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, pixels, pixels);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(bitmap)?;
        writer.finish()?;
        Ok(file)
    }

    /// Whether the module is dark; `x` and `y` count from the outer edge of the quiet zone.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let within = |place: usize| place.checked_sub(Self::QUIET_ZONE).filter(|place| *place < self.size);
        match (within(x), within(y)) {
            (Some(x), Some(y)) => self.modules.get(y * self.size + x).is_some_and(|dark| *dark),
            _ => false,
        }
    }

    /// Whether the module is there and light.
    fn is_light(&self, x: usize, y: usize) -> bool {
        y < self.side() && !self.is_dark(x, y)
    }
}

impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrCode(..)")
    }
}

/// Why there is no QR code.
///
/// ```
/// use second_factor::primitives::qr::{QrCode, QrError};
///
/// /// The picture of a set-up page. `scale` came with its address, so somebody may have typed it: an HTTP status if it cannot be.
/// fn picture(uri: &str, scale: u8) -> Result<Vec<u8>, u16> {
///     let png = QrCode::new(uri).and_then(|qr| qr.to_png(scale));
///     png.map_err(|error| if error == QrError::Scale { 400 } else { 500 })
/// }
///
/// let uri = "otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";
/// assert!(picture(uri, 6).is_ok_and(|png| png.starts_with(b"\x89PNG")));
/// assert_eq!(picture(uri, 255), Err(400));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// More than [`QrCode::MAX_BYTES`].
    #[error("the text is too long for a QR code")]
    TooLong,
    /// A scale outside 1 to [`QrCode::MAX_SCALE`].
    #[error("a module has 1 to 32 pixels")]
    Scale,
    /// The PNG encoder failed.
    #[error("the PNG could not be written")]
    Png,
}

#[cfg(test)]
mod tests;
