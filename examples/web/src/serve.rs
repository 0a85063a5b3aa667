//! Serving until told to stop, and what goes on meanwhile.

use std::{io, time::Duration};

use second_factor::BoxError;
use tokio::{net::TcpListener, signal, sync::watch, task::JoinHandle, time::sleep};

use crate::{demo, glue::App, problem, web};

/// How long requests under way may take once the service is to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until Ctrl-C or a SIGTERM. Nothing new is taken then, and requests under way are finished.
pub(crate) async fn serve(listener: TcpListener, app: App, deliver_every: Duration) -> Result<(), BoxError> {
    let (stop, stopping) = watch::channel(false);
    let signals = Signals::listen()?;
    tokio::spawn(async move {
        signals.stopped().await;
        tracing::info!("stopping");
        stop.send_replace(true);
    });

    announce(&listener)?;
    if app.demo {
        demo::print(&app.db).await?;
    }
    let sweeping = sweep(app.clone(), deliver_every, stopping.clone());
    let serving = axum::serve(listener, web::router(app.clone()));
    let given_up = async {
        until(stopping.clone()).await;
        sleep(PATIENCE).await;
    };
    tokio::select! {
        served = serving.with_graceful_shutdown(until(stopping.clone())).into_future() => served?,
        () = given_up => tracing::warn!("requests under way were given up"),
    }
    sweeping.await?;
    app.audit.settle().await;
    app.db.pool().close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Hands over, every now and then, the notices that reached nobody so far.
fn sweep(app: App, every: Duration, stopping: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = until(stopping.clone()) => return,
                () = sleep(every) => {}
            }
            if let Err(error) = app.deliver_waiting().await {
                tracing::warn!(error = problem::with_causes(&error), "could not look for waiting notices");
            }
        }
    })
}

async fn until(mut stopping: watch::Receiver<bool>) {
    // The sender is gone with the program alone.
    let _told_or_gone = stopping.wait_for(|stop| *stop).await;
}

#[allow(clippy::print_stdout, reason = "the one line that a person, or a test, waits for")]
fn announce(listener: &TcpListener) -> io::Result<()> {
    println!("second-factor example: http://{}", listener.local_addr()?);
    Ok(())
}

/// What tells the service to stop.
struct Signals {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn stopped(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            interrupted = signal::ctrl_c() => warn(interrupted).await,
        }
    }

    #[cfg(not(unix))]
    async fn stopped(self) {
        warn(signal::ctrl_c().await).await;
    }
}

/// Without Ctrl-C it goes on; something else will end it.
async fn warn(interrupted: io::Result<()>) {
    if let Err(error) = interrupted {
        tracing::warn!(%error, "cannot listen for Ctrl-C");
        std::future::pending::<()>().await;
    }
}
