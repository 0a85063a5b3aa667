//! Whoever does not look at what `begin` says has let nobody in, and is told so.
#![deny(unused_must_use)]

use second_factor::{Account, FirstFactor, Result, Verifier};

async fn password_was_right(verifier: &Verifier, account: &Account) -> Result<()> {
    verifier.begin(account, FirstFactor::Password, None).await?;
    Ok(())
}

fn main() {}
