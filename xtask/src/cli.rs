//! The command line.

use std::path::PathBuf;

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
usage: cargo xtask COMMAND [OPTIONS]

  up      build, start the local AWS, deploy the templates to it, keep it until Ctrl-C
  demo    the same, then the main job at two clinics, on a real photograph
  test    the same, then all tests, whole-system ones included, and the job of the demo
  bench   measure release builds under the whole-system tests; writes docs/BENCHMARK.md and what intakes cost
  openapi write docs/openapi.json anew from the operations
  check   formatting, lints, docs, layers, licences, templates, promises, operations
  help    this text

options of up, demo, test and bench
  --port N          port of the local AWS on 127.0.0.1 (4570); Rekognition's stand-in takes the next one
  --keep            go on with the state of the last run instead of a fresh one
  --binaries DIR    deploy the binaries in DIR instead of building them
options of demo
  --once            stop the stack when the job is done
options of test
  --write-budget    make what the run spends in calls and capacity the budgets that later runs are held to
  -- ARGS           handed to cargo test, e.g. -- -p visage-tests intake
options of bench
  --write-sizes     make the sizes of the packages those that later ones are held to
options of check
  NAME...           only these steps";

/// A parsed command line.
#[derive(Debug, PartialEq)]
pub(crate) struct Invocation {
    pub(crate) command: Command,
    pub(crate) options: Options,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Up,
    Demo,
    Test,
    Bench,
    Openapi,
    Check,
    Help,
}

/// How to do it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    /// Port of the emulator.
    pub(crate) port: u16,
    /// Keep the state of the last run.
    pub(crate) keep: bool,
    /// End the stack after the demo.
    pub(crate) once: bool,
    /// Make what the tests spend the budgets.
    pub(crate) write_budget: bool,
    /// Make the packages' sizes the committed ones.
    pub(crate) write_sizes: bool,
    /// Binaries to deploy instead of building.
    pub(crate) binaries: Option<PathBuf>,
    /// Names of checks, or arguments for `cargo test`.
    pub(crate) rest: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 4570,
            keep: false,
            once: false,
            write_budget: false,
            write_sizes: false,
            binaries: None,
            rest: Vec::new(),
        }
    }
}

/// Parses the arguments after the program's name.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Invocation, String> {
    let command = match arguments.next().as_deref() {
        Some("up") => Command::Up,
        Some("demo") => Command::Demo,
        Some("test") => Command::Test,
        Some("bench") => Command::Bench,
        Some("openapi") => Command::Openapi,
        Some("check") => Command::Check,
        None | Some("help" | "--help" | "-h") => Command::Help,
        Some(other) => return Err(format!("there is no command `{other}`")),
    };
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match (argument.as_str(), command) {
            ("--help" | "-h", _) => return Ok(Invocation { command: Command::Help, options }),
            ("--port", Command::Up | Command::Demo | Command::Test | Command::Bench) => {
                options.port =
                    value()?.parse().map_err(|_| "--port needs a number below 65536".to_owned())?;
            }
            ("--binaries", Command::Up | Command::Demo | Command::Test | Command::Bench) => {
                options.binaries = Some(value()?.into())
            }
            ("--keep", Command::Up | Command::Demo | Command::Test | Command::Bench) => options.keep = true,
            ("--once", Command::Demo) => options.once = true,
            ("--write-budget", Command::Test) => options.write_budget = true,
            ("--write-sizes", Command::Bench) => options.write_sizes = true,
            ("--", Command::Test) => options.rest.extend(arguments.by_ref()),
            (name, Command::Check) if !name.starts_with('-') => options.rest.push(argument),
            (other, _) => return Err(format!("unexpected argument `{other}`")),
        }
    }
    Ok(Invocation { command, options })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Invocation, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_follow_their_command() {
        let expected = Options { port: 4580, keep: true, ..Options::default() };
        assert_eq!(
            parsed("up --port 4580 --keep"),
            Ok(Invocation { command: Command::Up, options: expected })
        );
        assert!(parsed("up --once").is_err());
        assert!(parsed("up --port").is_err());
        assert!(parsed("up --port 70000").is_err());
        assert!(parsed("fly").is_err());
    }

    #[test]
    fn what_follows_two_dashes_goes_to_cargo_test() {
        let options = parsed("test -- -p visage-tests intake").map(|invocation| invocation.options.rest);
        assert_eq!(options, Ok(vec!["-p".to_owned(), "visage-tests".to_owned(), "intake".to_owned()]));
    }

    #[test]
    fn nothing_asks_for_help() {
        assert_eq!(parsed("").map(|invocation| invocation.command), Ok(Command::Help));
    }
}
