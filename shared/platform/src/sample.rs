//! Sample events, read as the pipeline reads what comes in.

use crate::caller::Caller;
use crate::operation::{Header, Operation};
use crate::request::{Incoming, Presented};
use visage_domain::permission::Grant;

/// Reads an event of API Gateway as operation `O` would: its route, its caller, its headers, its path and its input.
///
/// # Errors
/// The first thing that isn't what `O` takes.
pub fn read<O: Operation>(event: &str) -> Result<(), String> {
    let info = O::INFO;
    let route = format!("{} {}", info.method, info.path);
    let sent: serde_json::Value = serde_json::from_str(event).map_err(|error| error.to_string())?;
    if sent["routeKey"] != route.as_str() {
        return Err(format!("its route is {}, not {route}", sent["routeKey"]));
    }
    let request = lambda_http::request::from_str(event).map_err(|error| error.to_string())?;
    let incoming = Incoming::read(&request);
    let shows = incoming.presented != Presented::Nothing;
    if shows == matches!(O::Caller::PERMISSION.grant, Grant::Visitor) {
        return Err(format!("its caller isn't a {}", O::Caller::KIND));
    }
    if info.asks_for_tag() != incoming.if_match.is_some() {
        return Err("If-Match is missing, or too much".to_owned());
    }
    if info.has(Header::IdempotencyKey) != incoming.idempotency_key.is_some() {
        return Err("Idempotency-Key is missing, or too much".to_owned());
    }
    let wrong = |problem: crate::Problem| format!("{} {:?}", problem.code, problem.errors);
    incoming.decode_path::<O::Path>().map_err(wrong)?;
    incoming.decode_input::<O::Input>(info.body_limit, O::CONSUMES).map_err(wrong)?;
    Ok(())
}
