//! Nor is there a second one of it.

use second_factor::{BackupCodes, DeviceCookie, OneTimeCode, Ticket};

fn codes(codes: &BackupCodes) -> BackupCodes {
    codes.clone()
}

fn cookie(cookie: &DeviceCookie) -> DeviceCookie {
    cookie.clone()
}

fn sent(sent: &OneTimeCode) -> OneTimeCode {
    sent.clone()
}

fn ticket(ticket: &Ticket) -> Ticket {
    ticket.clone()
}

fn main() {}
