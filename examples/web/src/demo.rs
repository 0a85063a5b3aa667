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
}

const COMPANIES: [Company; 2] = [
    Company {
        name: "Harbour",
        requirement: Requirement::RequiredForAll,
        people: &[
            Person { email: "aiko@harbour.example", language: "en", is_administrator: true, phone: None },
            Person {
                email: "ben@harbour.example",
                language: "en",
                is_administrator: false,
                phone: Some("+44 7700 900123"),
            },
        ],
    },
    Company {
        name: "Meadow",
        requirement: Requirement::Optional,
        people: &[
            Person { email: "carla@meadow.example", language: "en", is_administrator: true, phone: None },
            Person { email: "daiki@meadow.example", language: "ja", is_administrator: false, phone: None },
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
            let password = draw_password()?;
            let hash = passwords.hash(password.clone()).await?;
            let user = NewUser {
                email: person.email,
                language: person.language,
                is_administrator: person.is_administrator,
                password_hash: Some(&hash),
                // The others meet them at their first sign-in.
                terms_accepted: if person.is_administrator { terms::VERSION } else { 0 },
            };
            seeds.add_user(&id, &user, person.phone, &password).await?;
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
        // Nobody may be reading any more. They stand on the front page, too.
        let _printed = writeln!(terminal, "  {company:8} {role:14} {email:22} {password}");
    }
    Ok(())
}
