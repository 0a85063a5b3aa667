//! A set-up that was confirmed renews the session, and its backup codes are shown now or never.
#![deny(unused_must_use)]

use second_factor::{Account, Result, SignedIn, Token, Verifier};

async fn ignores_the_codes(verifier: &Verifier, account: &Account, token: &Token) -> Result<()> {
    verifier.confirm(account, token, "123456").await?;
    Ok(())
}

async fn ignores_the_session(verifier: &Verifier, account: &Account, token: &Token) -> Result<()> {
    renewed(verifier, account, token).await?;
    Ok(())
}

async fn renewed(verifier: &Verifier, account: &Account, token: &Token) -> Result<SignedIn> {
    Ok(verifier.confirm(account, token, "123456").await?.signed_in)
}

fn main() {}
