//! A secret is not printed by mistake. `{:?}` shows that there is one, and nothing of it.

use second_factor::primitives::secret::Secret;

fn log(secret: &Secret) {
    println!("{secret:?}");
    println!("{secret}");
}

fn main() {}
