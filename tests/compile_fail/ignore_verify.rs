//! The session that was earned must be opened, or dropped in so many words; an error must be looked at.
#![deny(unused_must_use)]

use second_factor::{Account, Result, Token, Verifier};

async fn ignores_the_session(verifier: &Verifier, account: &Account, token: &Token) -> Result<()> {
    verifier.verify(account, token, "123456", None).await?;
    Ok(())
}

async fn ignores_the_refusal(verifier: &Verifier, account: &Account, token: &Token) {
    verifier.verify(account, token, "123456", None).await;
}

async fn forgets_to_wait(verifier: &Verifier, account: &Account, token: &Token) {
    verifier.verify(account, token, "123456", None);
}

fn main() {}
