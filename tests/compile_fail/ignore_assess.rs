//! The gate in front of every page is of no use to whoever does not look at it.
#![deny(unused_must_use)]

use second_factor::{Account, Assurance, Result, Verifier};

async fn page(verifier: &Verifier, account: &Account, session: Assurance) -> Result<()> {
    verifier.assess(account, session).await?;
    Ok(())
}

fn main() {}
