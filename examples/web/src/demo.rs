//! The demonstration: two companies with people to sign in as, made on the first start over an empty database.
//!
//! Their passwords are drawn at random, and shown on the terminal and on the front page to whoever looks. `DEMO=0` makes and shows none.

use std::io::{self, Write};

use second_factor::{BoxError, Policy, Requirement};

use crate::{
    db::{Db, DemoAccount, NewUser},
    handout,
    pages::terms,
    passwords::Passwords,
};

struct Company {
    name: &'static str,
    requirement: Requirement,
    people: &'static [Person],
}

struct Person {
    email: &'static str,
    language: &'static str,
    is_administrator: bool,
    phone: Option<&'static str>,
    /// What the identity provider calls them; they have no password then.
    sso_subject: Option<&'static str>,
}

impl Person {
    const fn new(email: &'static str, language: &'static str) -> Self {
        Self { email, language, is_administrator: false, phone: None, sso_subject: None }
    }
}

const COMPANIES: [Company; 2] = [
    Company {
        name: "Harbour",
        requirement: Requirement::RequiredForAll,
        people: &[
            Person { is_administrator: true, ..Person::new("aiko@harbour.example", "en") },
            Person { phone: Some("+44 7700 900123"), ..Person::new("ben@harbour.example", "en") },
            Person { sso_subject: Some("sora"), ..Person::new("sora@harbour.example", "en") },
        ],
    },
    Company {
        name: "Meadow",
        requirement: Requirement::Optional,
        people: &[
            Person { is_administrator: true, ..Person::new("carla@meadow.example", "en") },
            Person::new("daiki@meadow.example", "ja"),
        ],
    },
];

/// Fills a database that has no company. Of several processes that start at once, one does.
pub(crate) async fn seed(db: &Db, passwords: &Passwords, policy: &Policy) -> Result<(), BoxError> {
    let Some(mut seeds) = db.begin_seeds().await? else { return Ok(()) };
    for company in COMPANIES {
        let id = handout::draw::<8>()?;
        seeds.add_company(&id, company.name, &policy.clone().require(company.requirement)).await?;
        for person in company.people {
            let password = person.sso_subject.is_none().then(draw_password).transpose()?;
            let hash = match &password {
                Some(password) => Some(passwords.hash(password.clone()).await?),
                None => None,
            };
            let user = NewUser {
                email: person.email,
                language: person.language,
                is_administrator: person.is_administrator,
                password_hash: hash.as_deref(),
                // The others meet them at their first sign-in.
                terms_accepted: if person.is_administrator { terms::VERSION } else { 0 },
            };
            seeds.add_user(&id, &user, person.phone, person.sso_subject, password.as_deref()).await?;
        }
    }
    Ok(seeds.commit().await?)
}

/// 60 random bits.
fn draw_password() -> Result<String, BoxError> {
    let drawn = handout::draw::<8>()?;
    let groups: Vec<_> = drawn.as_bytes().chunks(5).take(3).map(String::from_utf8_lossy).collect();
    Ok(groups.join("-"))
}

/// Whom one can sign in as.
pub(crate) async fn print(db: &Db) -> sqlx::Result<()> {
    let mut terminal = io::stdout();
    for DemoAccount { company, email, password, is_administrator } in db.demo_accounts().await? {
        let role = if is_administrator { "administrator" } else { "member" };
        let password = password.as_deref().unwrap_or("(single sign-on)");
        // Nobody may be reading any more. They stand on the front page, too.
        let _printed = writeln!(terminal, "  {company:8} {role:14} {email:22} {password}");
    }
    Ok(())
}
