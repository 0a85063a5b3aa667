//! From the settings to a service that listens. Whatever is missing or wrong stops it here, with a sentence that says what to do.

use std::{
    fs,
    io::{self, ErrorKind},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use second_factor::BoxError;
use tokio::net::TcpListener;

use crate::{
    audit::Audit,
    config::Config,
    db::Db,
    demo,
    glue::{self, App},
    keys,
    messages::Messages,
    passwords::Passwords,
    private,
    records::Records,
    serve,
};

/// Why there is nothing to serve on, or from.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(
        "something else listens on {0} already; name another address with BIND (127.0.0.1:0 takes any free port)"
    )]
    Taken(SocketAddr, #[source] io::Error),
    #[error("cannot listen on {0}; name another address with BIND")]
    Address(SocketAddr, #[source] io::Error),
    #[error(
        "the folder {0} cannot be written; make it writable for this user, or name another one with DATA_DIR"
    )]
    Folder(PathBuf, #[source] io::Error),
}

/// Runs until it is told to stop.
pub(crate) async fn run() -> Result<(), BoxError> {
    let config = Config::from_env()?;
    make_writable(&config.data).map_err(|e| StartError::Folder(config.data.clone(), e))?;
    let listener = TcpListener::bind(config.bind).await.map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => StartError::Taken(config.bind, e),
        _ => StartError::Address(config.bind, e),
    })?;
    let app = open(&config, listener.local_addr()?).await?;
    app.deliver_waiting().await?;
    app.resume_deletions().await?;
    serve::serve(listener, app, config.deliver_every).await
}

/// Everything that the handlers have at hand.
async fn open(config: &Config, listening: SocketAddr) -> Result<App, BoxError> {
    let db = Db::open(&config.data.join("web.sqlite")).await?;
    let records = Records::open(&config.records, db.pool()).await?;
    let sealed = records.hold_any(&db.tenants().await?).await?;
    let keys = keys::open(&config.data.join("second-factor.keys"), sealed, db.key_check().await?.as_deref())?;
    db.save_key_check(&keys.check_value()).await?;

    let passwords = Passwords::new()?;
    if config.demo {
        demo::seed(&db, &passwords, &config.policy()).await?;
    }
    if let Some(requirement) = config.requirement {
        db.require_of_all(requirement).await?;
    }
    let messages = Messages::open(&db, &config.messages, &config.data)?;
    let audit = Audit::start(db.pool().clone());
    let second_factor = glue::verifier(&records, messages.clone(), audit.clone(), keys)?;
    Ok(App {
        administration: records.administration(&second_factor),
        second_factor,
        passwords,
        messages,
        audit,
        new_company: config.policy(),
        address: config.public_url.clone().unwrap_or_else(|| format!("http://{listening}")),
        secure_cookies: config.secure_cookies,
        demo: config.demo,
        db,
    })
}

/// That it is there is not enough: a folder of somebody else's, or on a disk that is full, is noticed now.
fn make_writable(folder: &Path) -> io::Result<()> {
    private::make_folder(folder)?;
    let probe = folder.join(format!("probe.{}", std::process::id()));
    fs::write(&probe, "writable")?;
    fs::remove_file(&probe)
}
