//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use hyper::Uri;

/// How to call the program.
pub const USAGE: &str =
    "usage: rekognition --listen 127.0.0.1:PORT --s3-endpoint http://HOST:PORT --models FOLDER
       [--access-key ID] [--secret-key SECRET] [--region REGION] [--log FILE]";

/// The settings of the program.
#[derive(Debug, Clone)]
pub struct Config {
    /// The loopback address to listen on; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Where S3 is.
    pub s3_endpoint: Uri,
    /// The credentials with which photos are read.
    pub credentials: Credentials,
    /// The region callers sign for and photos are read from.
    pub region: String,
    /// The folder of the models.
    pub models: PathBuf,
    /// The file to which each call is appended as a line of JSON.
    pub log: Option<PathBuf>,
}

/// An access key and its secret.
#[derive(Clone)]
pub struct Credentials {
    /// The key's id.
    pub access_key: String,
    /// The secret.
    pub secret_key: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// What is wrong with the command line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A flag that does not exist.
    #[error("unknown flag {0}")]
    UnknownFlag(String),
    /// A flag without its value.
    #[error("{0} needs a value")]
    MissingValue(String),
    /// A flag that must be given is not.
    #[error("{0} is required")]
    Required(&'static str),
    /// A value that cannot be used.
    #[error("{flag}: {reason}")]
    Invalid {
        /// The flag.
        flag: &'static str,
        /// What it takes.
        reason: &'static str,
    },
}

/// The flags as given.
#[derive(Default)]
struct Flags {
    listen: Option<String>,
    s3_endpoint: Option<String>,
    access_key: Option<String>,
    secret_key: Option<String>,
    region: Option<String>,
    models: Option<String>,
    log: Option<String>,
}

impl Config {
    /// Reads the arguments that follow the program's name.
    ///
    /// # Errors
    /// If a flag is unknown, lacks its value, is missing or cannot be used.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, ConfigError> {
        let flags = Flags::read(arguments)?;
        let or_test = |value: Option<String>| value.unwrap_or_else(|| "test".to_owned());
        Ok(Self {
            listen: loopback(&flags.listen.ok_or(ConfigError::Required("--listen"))?)?,
            s3_endpoint: endpoint(&flags.s3_endpoint.ok_or(ConfigError::Required("--s3-endpoint"))?)?,
            credentials: Credentials {
                access_key: or_test(flags.access_key),
                secret_key: or_test(flags.secret_key),
            },
            region: flags.region.unwrap_or_else(|| "us-east-1".to_owned()),
            models: flags.models.ok_or(ConfigError::Required("--models"))?.into(),
            log: flags.log.map(PathBuf::from),
        })
    }
}

impl Flags {
    fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, ConfigError> {
        let mut flags = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(flag) = arguments.next() {
            let place = match flag.as_str() {
                "--listen" => &mut flags.listen,
                "--s3-endpoint" => &mut flags.s3_endpoint,
                "--access-key" => &mut flags.access_key,
                "--secret-key" => &mut flags.secret_key,
                "--region" => &mut flags.region,
                "--models" => &mut flags.models,
                "--log" => &mut flags.log,
                _ => return Err(ConfigError::UnknownFlag(flag)),
            };
            *place = Some(arguments.next().ok_or(ConfigError::MissingValue(flag))?);
        }
        Ok(flags)
    }
}

/// An address other machines cannot reach.
fn loopback(value: &str) -> Result<SocketAddr, ConfigError> {
    let address = value.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback());
    address.ok_or(ConfigError::Invalid { flag: "--listen", reason: "must be a loopback address with a port" })
}

/// An address of the form `http://host:port`.
fn endpoint(value: &str) -> Result<Uri, ConfigError> {
    let uri = value.trim_end_matches('/').parse().ok();
    let plain = |uri: &Uri| uri.scheme_str() == Some("http") && uri.host().is_some() && uri.path() == "/";
    uri.filter(plain)
        .ok_or(ConfigError::Invalid { flag: "--s3-endpoint", reason: "must be http://host:port" })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parse(line: &str) -> Result<Config, ConfigError> {
        Config::parse(line.split_whitespace().map(str::to_owned))
    }

    const REQUIRED: &str = "--listen 127.0.0.1:0 --s3-endpoint http://127.0.0.1:4570/ --models m";

    #[test]
    fn the_rest_has_defaults() {
        let config = parse(REQUIRED).unwrap();
        assert_eq!((config.credentials.access_key.as_str(), config.region.as_str()), ("test", "us-east-1"));
        assert_eq!(config.s3_endpoint.port_u16(), Some(4570));
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse("").unwrap_err(), ConfigError::Required("--listen"));
        assert_eq!(parse("--lisen x").unwrap_err(), ConfigError::UnknownFlag("--lisen".to_owned()));
        assert_eq!(parse("--log").unwrap_err(), ConfigError::MissingValue("--log".to_owned()));
        let listen = |value: &str| parse(&REQUIRED.replace("127.0.0.1:0", value));
        assert!(matches!(listen("0.0.0.0:80"), Err(ConfigError::Invalid { flag: "--listen", .. })));
        let s3 = parse(&REQUIRED.replace("http:", "https:"));
        assert!(matches!(s3, Err(ConfigError::Invalid { flag: "--s3-endpoint", .. })));
    }
}
