//! The development server as a program.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use s3_store_dev_server::args::{self, Command, HELP};
use s3_store_dev_server::{Config, Server};
use serde_json::json;
use tokio::sync::oneshot;

fn main() -> ExitCode {
    match args::parse(lexopt::Parser::from_env()) {
        Ok(Command::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Command::Version) => {
            println!("s3-store-dev-server {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Ok(Command::Serve {
            config,
            exit_with_stdin,
        }) => match serve(&config, exit_with_stdin) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!(
                    "s3-store-dev-server: {}:{}: {error}",
                    config.host, config.port
                );
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("s3-store-dev-server: {error}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn serve(config: &Config, exit_with_stdin: bool) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let stop = stop_signal(exit_with_stdin)?;
        let server = Server::bind(config).await?;
        announce(&server, config)?;
        tokio::select! {
            () = server.run() => {}
            reason = stop => eprintln!("stopping: {reason}"),
        }
        Ok(())
    });
    // Requests in flight are broken off: there is nothing to save.
    runtime.shutdown_background();
    served
}

/// Says where the server is: one line for programs on standard output, one for people on standard error.
fn announce(server: &Server, config: &Config) -> std::io::Result<()> {
    let endpoint = server.endpoint();
    eprintln!(
        "s3-store-dev-server: a development server, in memory only: everything is gone when it stops. {endpoint}"
    );
    let control = server.control().map_or_else(String::new, |control| {
        format!(r#","control":{}"#, json!(control))
    });
    // Written by hand for the order of its fields: people read this line too.
    let ready = format!(
        r#"{{"endpoint":{},"region":{},"accessKeyId":{},"secretAccessKey":{},"buckets":{}{control}}}"#,
        json!(endpoint),
        json!(config.region),
        json!(config.access_key_id),
        json!(config.secret_access_key),
        json!(config.buckets),
    );
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()
}

/// Resolves with the reason to stop. Signals are caught from this call on, not from the first poll.
fn stop_signal(exit_with_stdin: bool) -> std::io::Result<impl Future<Output = &'static str>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let closed = exit_with_stdin.then(stdin_closed);
    Ok(async move {
        #[cfg(unix)]
        let signalled = async {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        #[cfg(not(unix))]
        let signalled = async {
            let _ = tokio::signal::ctrl_c().await;
            "interrupted"
        };
        let closed = async {
            match closed {
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            reason = signalled => reason,
            () = closed => "standard input closed",
        }
    })
}

/// Resolves when standard input closes.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (closed, receiver) = oneshot::channel();
    // A thread of its own: a blocking read in the runtime would keep the process from ending.
    std::thread::spawn(move || {
        let mut ignored = [0_u8; 1024];
        while std::io::stdin()
            .read(&mut ignored)
            .is_ok_and(|read| read > 0)
        {}
        let _ = closed.send(());
    });
    receiver
}
