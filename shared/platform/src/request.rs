//! The request as it came in, in pieces that later steps use.

use crate::json;
use crate::problem::Problem;
use lambda_http::http::{HeaderMap, Method, header};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use visage_domain::access_reason::AccessReason;
use visage_domain::audit::Client;
use visage_domain::ids::{
    AccessReviewId, BreakGlassId, EvaluationId, ExportId, IntakeId, LinkId, OperatorId, PatientId, SessionId,
    StaffId,
};
use visage_domain::staff::BulkPermission;

/// The cookie that carries a web session's token. The prefix makes browsers insist on `Secure`, `Path=/` and no
/// `Domain`.
pub const SESSION_COOKIE: &str = "__Host-visage";
/// The header that proves a request with a cookie comes from our own pages.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// The header of a request that isn't a person's doing and doesn't keep a session alive.
pub const BACKGROUND_HEADER: &str = "x-background";

/// The header that proves the device on which an intake was started, or the birth date entered.
pub const DEVICE_HEADER: &str = "x-device-secret";

/// The header that says why a chart is opened that isn't part of one's work.
pub const ACCESS_REASON_HEADER: &str = "x-access-reason";

/// How the caller showed who they are.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// Nothing.
    Nothing,
    /// `Authorization: Bearer …`.
    Bearer(String),
    /// The session cookie, and what the CSRF header said.
    Cookie {
        /// The token.
        token: String,
        /// The header's value.
        csrf: Option<String>,
    },
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Bearer(_) => "Bearer",
            Self::Cookie { .. } => "Cookie",
        })
    }
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Incoming({})", self.request)
    }
}

/// A request, before anything was decided.
pub struct Incoming {
    /// API Gateway's id of the request; answers, logs and audit entries carry it.
    pub request: String,
    /// The client.
    pub client: Client,
    /// Path parameters.
    pub path: BTreeMap<String, String>,
    /// What the caller showed.
    pub presented: Presented,
    /// What the caller showed of their device.
    pub device: Option<String>,
    /// Whether it changes something, by its method.
    pub mutates: bool,
    /// Whether it says that nobody sits before it.
    pub background: bool,
    /// Why a chart is opened; none if it isn't one of the reasons there are.
    pub access_reason: Option<AccessReason>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `Accept-Language`.
    pub accept_language: Option<String>,
    query: Vec<(String, String)>,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl Incoming {
    /// Takes a request apart.
    pub fn read(request: &Request) -> Self {
        let context = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => Some(context),
            _ => None,
        };
        let headers = request.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self {
            request: context.and_then(|context| context.request_id.clone()).unwrap_or_default(),
            client: Client {
                ip: context.and_then(|context| context.http.source_ip.clone()).unwrap_or_default(),
                user_agent: text("user-agent").unwrap_or_default().chars().take(256).collect(),
            },
            path: pairs(request.path_parameters().iter()).collect(),
            presented: presented(headers),
            device: text(DEVICE_HEADER),
            mutates: !matches!(*request.method(), Method::GET | Method::HEAD),
            background: headers.contains_key(BACKGROUND_HEADER),
            access_reason: text(ACCESS_REASON_HEADER).as_deref().and_then(AccessReason::of),
            idempotency_key: text("idempotency-key"),
            if_match: text(header::IF_MATCH.as_str()),
            accept_language: text(header::ACCEPT_LANGUAGE.as_str()),
            query: pairs(request.query_string_parameters().iter()).collect(),
            content_type: text(header::CONTENT_TYPE.as_str()),
            body: request.body().as_ref().to_vec(),
        }
    }

    /// The patient that the path names, if it names one well.
    pub fn patient(&self) -> Option<PatientId> {
        self.path.get("patient")?.parse().ok()
    }

    /// What the path names, as identifiers only: what a client made up never gets into the audit log.
    pub fn resource(&self) -> String {
        let named = |(name, value): (&String, &String)| {
            let known = match name.as_str() {
                "patient" | "other" => value.parse::<PatientId>().is_ok(),
                "intake" => value.parse::<IntakeId>().is_ok(),
                "evaluation" | "other_evaluation" => value.parse::<EvaluationId>().is_ok(),
                "link" => value.parse::<LinkId>().is_ok(),
                "staff" => value.parse::<StaffId>().is_ok(),
                "session" => value.parse::<SessionId>().is_ok(),
                "export" => value.parse::<ExportId>().is_ok(),
                "permission" => BulkPermission::of(value).is_some(),
                "break_glass" => value.parse::<BreakGlassId>().is_ok(),
                "operator" => value.parse::<OperatorId>().is_ok(),
                "access_review" => value.parse::<AccessReviewId>().is_ok(),
                "version" => value.parse::<u32>().is_ok_and(|version| version.to_string() == *value),
                _ => false,
            };
            known.then(|| format!("{name}={value}"))
        };
        self.path.iter().filter_map(named).collect::<Vec<_>>().join(";")
    }

    /// The path's parameters as `T`. What isn't well formed doesn't exist.
    ///
    /// # Errors
    /// 404.
    pub fn decode_path<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let parameters = self.path.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        serde_json::from_value(serde_json::Value::Object(parameters)).map_err(|_| Problem::not_found())
    }

    /// The input as `T`: the body of a request that changes something, of one of these media types; the query of one that
    /// doesn't.
    ///
    /// # Errors
    /// 400, 413 or 415.
    pub fn decode_input<T: DeserializeOwned>(&self, limit: usize, consumes: &[&str]) -> Result<T, Problem> {
        if self.mutates {
            self.decode_body(limit, consumes)
        } else {
            let query = serde_urlencoded::to_string(&self.query).unwrap_or_default();
            serde_urlencoded::from_str(&query).map_err(|_| Problem::invalid_query())
        }
    }

    fn decode_body<T: DeserializeOwned>(&self, limit: usize, consumes: &[&str]) -> Result<T, Problem> {
        if self.body.len() > limit {
            return Err(Problem::body_too_large());
        }
        // No body says as much as an empty object.
        if self.body.is_empty() {
            return json::read(b"{}");
        }
        let is_taken =
            |value: &String| value.split(';').next().is_some_and(|kind| consumes.contains(&kind.trim()));
        if !self.content_type.as_ref().is_some_and(is_taken) {
            return Err(Problem::unsupported_media_type());
        }
        json::read(&self.body)
    }

    /// The bytes of the body, to be authenticated for idempotency.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

fn pairs<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)> + 'a,
) -> impl Iterator<Item = (String, String)> + 'a {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn presented(headers: &HeaderMap) -> Presented {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(bearer) = text("authorization") {
        return match bearer.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Presented::Bearer(token.trim().to_owned())
            }
            _ => Presented::Nothing,
        };
    }
    let cookies = headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let session = cookies.flat_map(|line| line.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == SESSION_COOKIE).then(|| value.to_owned())
    });
    match session {
        Some(token) => Presented::Cookie { token, csrf: text(CSRF_HEADER).map(str::to_owned) },
        None => Presented::Nothing,
    }
}
