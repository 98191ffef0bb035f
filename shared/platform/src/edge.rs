//! The edge: whether a request came through it, and whose it then is.
//!
//! Only what shows one of the edge's secrets is believed about the client's address; where there is an edge, nothing else is
//! answered. What is configured are hashes, so that no function's configuration tells the secret.

use crate::problem::Problem;
use lambda_http::http::HeaderMap;
use std::net::IpAddr;
use visage_store::vault::sha256_hex;

/// The header by which the edge shows what it is.
pub const ORIGIN_SECRET_HEADER: &str = "x-origin-secret";
/// The header in which the edge says from where it was asked: an address, without a port.
pub const VIEWER_ADDRESS_HEADER: &str = "x-viewer-address";

/// What stands before the API, if anything does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    hashes: Vec<String>,
}

impl Edge {
    /// The edge whose secrets have these hashes: SHA-256, hexadecimal, commas between them; none without any.
    pub fn new(hashes: &str) -> Self {
        let hashes = hashes.split(',').map(str::trim).filter(|hash| !hash.is_empty());
        Self { hashes: hashes.map(str::to_lowercase).collect() }
    }

    /// The client's address: as the edge saw it, or `source` where there is no edge.
    ///
    /// # Errors
    /// 403 for what came past the edge.
    pub fn client(&self, headers: &HeaderMap, source: &str) -> Result<String, Problem> {
        if self.hashes.is_empty() {
            return Ok(source.to_owned());
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let shown = text(ORIGIN_SECRET_HEADER).map(|secret| sha256_hex(secret.as_bytes()));
        if !shown.is_some_and(|shown| self.hashes.contains(&shown)) {
            return Err(Problem::past_the_edge());
        }
        let seen = text(VIEWER_ADDRESS_HEADER).and_then(|address| address.parse::<IpAddr>().ok());
        Ok(seen.map_or_else(|| source.to_owned(), |address| address.to_string()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use lambda_http::http::{HeaderName, HeaderValue};

    const SOURCE: &str = "198.51.100.9";

    fn client(edge: &Edge, headers: &[(&'static str, &str)]) -> Result<String, Problem> {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        edge.client(&headers.iter().map(pair).collect(), SOURCE)
    }

    fn edge() -> Edge {
        Edge::new(&format!("{}, {}", sha256_hex(b"old").to_uppercase(), sha256_hex(b"new")))
    }

    #[test]
    fn without_an_edge_nobody_is_believed() {
        let forged = [(VIEWER_ADDRESS_HEADER, "203.0.113.7"), (ORIGIN_SECRET_HEADER, "")];
        for edge in [Edge::new(""), Edge::new(" , ")] {
            assert_eq!(client(&edge, &forged), Ok(SOURCE.to_owned()));
        }
    }

    #[test]
    fn what_comes_through_the_edge_is_whose_the_edge_says_under_either_secret() {
        for secret in ["old", "new"] {
            let shown = [(ORIGIN_SECRET_HEADER, secret), (VIEWER_ADDRESS_HEADER, "2001:db8::7")];
            assert_eq!(client(&edge(), &shown), Ok("2001:db8::7".to_owned()));
        }
        for odd in ["", "203.0.113.7:443", "Zoë", "203.0.113.7, 10.0.0.1"] {
            let shown = [(ORIGIN_SECRET_HEADER, "new"), (VIEWER_ADDRESS_HEADER, odd)];
            assert_eq!(client(&edge(), &shown), Ok(SOURCE.to_owned()), "{odd:?} is no address");
        }
    }

    #[test]
    fn what_comes_past_the_edge_is_refused_whatever_it_says() {
        let hash = sha256_hex(b"new");
        for secret in ["", "New", "new,new", "older", hash.as_str()] {
            let forged = [(ORIGIN_SECRET_HEADER, secret), (VIEWER_ADDRESS_HEADER, "203.0.113.7")];
            assert_eq!(client(&edge(), &forged), Err(Problem::past_the_edge()), "{secret:?}");
        }
        assert_eq!(client(&edge(), &[]), Err(Problem::past_the_edge()));
    }
}
