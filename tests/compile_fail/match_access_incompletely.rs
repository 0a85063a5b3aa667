//! And every answer of the gate.

use second_factor::Access;

fn page(access: Access) -> &'static str {
    match access {
        Access::Granted { .. } => "the page",
        Access::Enroll => "the set-up",
    }
}

fn main() {}
