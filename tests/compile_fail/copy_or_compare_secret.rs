//! A secret is not cloned, and not compared with `==`, which would stop at the first byte that differs.

use second_factor::primitives::secret::Secret;

fn twice(secret: &Secret) -> Secret {
    secret.clone()
}

fn same(one: &Secret, other: &Secret) -> bool {
    *one == *other
}

fn main() {}
