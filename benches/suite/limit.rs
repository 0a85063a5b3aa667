//! The limit: the bare compressions, of blocks that lie ready and do not wait for each other.

use second_factor::primitives::algorithm::Algorithm;
use second_factor_benches::compressions;

use crate::case::Case;

/// What three steps take with a prepared key: two for each.
pub const SIX: usize = 6;
/// The same from the secret, which takes two more.
pub const EIGHT: usize = 8;
/// Ten steps to either side.
pub const FORTY_TWO: usize = 42;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for hash in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        cases.push(Case::new(format!("{hash:?}/six compressions"), move || compressions::<SIX>(hash)));
        cases.push(Case::new(format!("{hash:?}/eight compressions"), move || compressions::<EIGHT>(hash)));
    }
    cases.push(Case::new("Sha1/forty-two compressions", || compressions::<FORTY_TWO>(Algorithm::Sha1)));
    cases
}
