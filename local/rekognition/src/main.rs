//! The stand-in for Amazon Rekognition as a program. It stops on SIGTERM or Ctrl-C once running calls are answered.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use visage_rekognition::config::{Config, USAGE};
use visage_rekognition::face::{Engine, Models};
use visage_rekognition::server::Server;

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error}\n{USAGE}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let config = Config::parse(std::env::args().skip(1))?;
    let engine = Engine::load(&Models::read(&config.models)?)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = Server::bind(&config, engine).await?;
    say(&format!("listening on http://{}", server.address()?));
    server
        .serve(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await;
    Ok(())
}

#[allow(clippy::print_stderr, reason = "a program tells its user on the terminal whether it runs")]
fn say(text: &str) {
    eprintln!("rekognition: {text}");
}
