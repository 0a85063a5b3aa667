//! Set up a second factor, sign in with it, and see the same code refused: in memory, without a server. It stands in the README.
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
    // Once, at start. A service brings its database, its mailer, and keys that it keeps.
    let keys = KeyRing::generate()?;
    let verifier = Verifier::builder(MemoryStore::new(), Outbox::new(), keys).issuer("Acme").build()?;

    // At each request: what the service knows of Ann now. The stamp changes with her password.
    let policy = Policy::new(Requirement::Optional);
    let ann = Account::new(UserKey::new("acme", "ann"), b"password version 1", &policy);

    // Settings: show the QR code, then ask for the first code. Ann's phone is simulated here.
    let new = NewAuthenticator::new("ann@example.com").named("Ann's phone");
    let enrollment = verifier.enroll(&ann, Authority::OpenSession, &new).await?;
    println!("Scan {}\nor type {}", enrollment.uri(), enrollment.key_to_type());
    let phone = Phone::scan(enrollment.uri());
    let now = SystemClock.now();
    let _renewed = verifier.confirm(&ann, enrollment.token(), &phone.code_at(now)).await?.signed_in;

    // Sign-in: the password was right, and an enrolled user is always asked for a code. The service remembers that Ann is one: from now
    // on a lost record is an error, not "no second factor".
    let ann = ann.known_enrolled(true);
    let SignIn::Challenge(challenge) = verifier.begin(&ann, FirstFactor::Password, None).await? else {
        return Err("enrolled means asked".into());
    };
    let code = phone.code_at(now.plus(30));
    let signed_in = verifier.verify(&ann, challenge.token(), &code, None).await?;
    println!("{} is signed in: {:?}", signed_in.user().user(), signed_in.assurance());

    // The same code again, in another sign-in.
    let SignIn::Challenge(challenge) = verifier.begin(&ann, FirstFactor::Password, None).await? else {
        return Err("enrolled means asked".into());
    };
    match verifier.verify(&ann, challenge.token(), &code, None).await {
        Err(Error::Rejected(refused)) => {
            println!("Once more: {refused} (for the log: {:?})", refused.reason())
        }
        other => return Err(format!("accepted twice: {other:?}").into()),
    }
    Ok(())
}
