//! The developer's commands: `cargo xtask help` lists them.
//!
//! Each command sets up what it needs on a fresh machine under `target/local`, prints one line per step with the time
//! it took, and keeps the output of what it ran in `target/local/logs`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool at the terminal: its clock, its environment and its output are the real ones"
)]

mod check;
mod cli;
mod commands;
mod compile;
mod interrupt;
mod paths;
mod preflight;
mod progress;
mod run;
mod setup;
mod stack;

use std::process::ExitCode;

use cli::Command;

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args().skip(1)) {
        Ok(invocation) => invocation,
        Err(message) => {
            eprintln!("{message}\n\n{}", cli::HELP);
            return ExitCode::from(2);
        }
    };
    if invocation.command == Command::Help {
        println!("{}", cli::HELP);
        return ExitCode::SUCCESS;
    }
    match dispatch(&invocation) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command. The answer is an exit code and not a call of `exit`, so that guards stop what they started.
fn dispatch(invocation: &cli::Invocation) -> anyhow::Result<ExitCode> {
    interrupt::listen()?;
    let paths = paths::Paths::find()?;
    match invocation.command {
        Command::Up => commands::up(&paths, &invocation.options),
        Command::Demo => commands::demo(&paths, &invocation.options),
        Command::Test => commands::test(&paths, &invocation.options),
        Command::Bench => commands::bench(&paths, &invocation.options),
        Command::Openapi => commands::openapi(&paths, &invocation.options),
        Command::Check => check::check(&paths, &invocation.options),
        Command::Help => Ok(ExitCode::SUCCESS),
    }
}
