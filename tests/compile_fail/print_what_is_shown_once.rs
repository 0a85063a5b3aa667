//! What is shown to its owner once is not printed by mistake. `{:?}` shows that it is there, and nothing of it.

use second_factor::{BackupCodes, DeviceCookie, OneTimeCode, Ticket};

fn log(codes: &BackupCodes, cookie: &DeviceCookie, sent: &OneTimeCode, ticket: &Ticket) {
    println!("{codes:?} {cookie:?} {sent:?} {ticket:?}");
    println!("{codes}");
    println!("{cookie}");
    println!("{sent}");
    println!("{ticket}");
}

fn main() {}
