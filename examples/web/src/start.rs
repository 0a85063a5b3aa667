//! From the settings to a service that listens.

use second_factor::BoxError;
use tokio::net::TcpListener;

use crate::{
    audit::Audit,
    config::Config,
    db::Db,
    glue::{self, App},
    keys,
    messages::Messages,
    passwords::Passwords,
    private,
    records::Records,
    web,
};

/// Runs until it is told to stop. Whatever is missing or wrong stops it before anybody can reach it.
pub(crate) async fn run() -> Result<(), BoxError> {
    let config = Config::from_env()?;
    private::make_folder(&config.data)?;
    let listener = TcpListener::bind(config.bind).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let app = open(&config, address).await?;
    app.deliver_waiting().await?;
    let delivering = tokio::spawn(app.clone().keep_delivering());
    web::serve(listener, app.clone()).await?;
    delivering.abort();
    app.audit.settle().await;
    Ok(())
}

/// Everything that the handlers have at hand.
async fn open(config: &Config, address: String) -> Result<App, BoxError> {
    let db = Db::open(&config.data.join("web.sqlite")).await?;
    let records = Records::open(&config.records, db.pool()).await?;
    let sealed = records.hold_any(&db.tenants().await?).await?;
    let keys = keys::open(&config.data.join("second-factor.keys"), sealed, db.key_check().await?.as_deref())?;
    db.save_key_check(&keys.check_value()).await?;
    if let Some(requirement) = config.requirement {
        db.require_of_all(requirement).await?;
    }
    let messages = Messages::open(&db, &config.messages, &config.data)?;
    let audit = Audit::start(db.pool().clone());
    let second_factor = glue::verifier(&records, messages.clone(), audit.clone(), keys)?;
    Ok(App {
        administration: records.administration(&second_factor),
        second_factor,
        passwords: Passwords::new()?,
        messages,
        audit,
        new_company: config.policy(),
        address,
        secure_cookies: config.secure_cookies,
        db,
    })
}
