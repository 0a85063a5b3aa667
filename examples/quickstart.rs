//! Set up a second factor, sign in with it, and see the same code refused: in memory, without a server.
//!
//! ```text
//! cargo run --example quickstart
//! ```

#![allow(clippy::print_stdout, reason = "it talks to the terminal")]

use second_factor::{
    Account, Authority, Clock, Error, FirstFactor, KeyRing, MemoryStore, NewAuthenticator, Outbox, Policy,
    Requirement, SignIn, SystemClock, UserKey, Verifier, testing::Phone,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Once, at start. A real host brings a database, a mailer, and keys that it keeps.
    let verifier =
        Verifier::builder(MemoryStore::new(), Outbox::new(), KeyRing::generate()?).issuer("Acme").build()?;

    // What the host knows of Ann now: her key, when her password changed, her company's rules.
    let ann =
        Account::new(UserKey::new("acme", "ann"), b"password version 1", &Policy::new(Requirement::Optional));

    // Settings: show the QR code, then ask for the first code. Ann's phone is simulated here.
    let enrollment =
        verifier.enroll(&ann, Authority::OpenSession, &NewAuthenticator::new("ann@example.com")).await?;
    let phone = Phone::scan(enrollment.uri());
    println!("Scan   {}", enrollment.uri());
    println!("or type {}", enrollment.key_to_type());
    let first_code = phone.code_at(SystemClock.now());
    let done = verifier.confirm(&ann, enrollment.token(), &first_code).await?;
    println!("The second factor is on: {:?}", done.signed_in.assurance());

    // Sign-in: the password was right (that is the host's part), so a code is asked for.
    let SignIn::Challenge(challenge) = verifier.begin(&ann, FirstFactor::Password).await? else {
        return Err("an enrolled user is always asked".into());
    };
    match verifier.verify(&ann, challenge.token(), &first_code).await {
        Err(Error::Rejected(refused)) => {
            println!("The code of the set-up again: {refused} ({:?})", refused.reason())
        }
        other => return Err(format!("a code is never accepted twice, but: {other:?}").into()),
    }
    let next_code = phone.code_at(SystemClock.now().plus(30));
    let signed_in = verifier.verify(&ann, challenge.token(), &next_code).await?;
    println!("The next code: {} is signed in", signed_in.user().user());

    let SignIn::Challenge(again) = verifier.begin(&ann, FirstFactor::Password).await? else {
        return Err("an enrolled user is always asked".into());
    };
    match verifier.verify(&ann, again.token(), &next_code).await {
        Err(Error::Rejected(refused)) => println!("That code once more: {refused} ({:?})", refused.reason()),
        other => return Err(format!("a code is never accepted twice, but: {other:?}").into()),
    }
    Ok(())
}
