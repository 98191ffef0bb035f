//! The pipeline: from an event of API Gateway to an answer, in one place and in order.

use crate::caller::{Caller, Knock, Refused};
use crate::edge::Edge;
use crate::meter::Meter;
use crate::operation::{Call, Header, Info, Operation, Reply};
use crate::problem::Problem;
use crate::request::Incoming;
use crate::setup::Setup;
use crate::strangers::Strangers;
use crate::telemetry::{self, Telemetry};
use crate::trail::{Audited, Naming, Trail};
use lambda_http::http::{HeaderValue, StatusCode, header};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Error, LambdaEvent, Request, Response, Service, service_fn};
use serde::Serialize;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use visage_domain::clock::{Clock, Entropy};
use visage_domain::fields::{Field, only};
use visage_domain::principal::Actor;
use visage_store::audit::AuditLog;
use visage_store::aws::CallLog;

/// What every answer says, whatever it is. `x-request-id` and the media type come beside them.
pub const HEADERS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("referrer-policy", "no-referrer"),
];

/// A Lambda function at work.
pub type Program = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// A function's pipeline around its operation.
struct Pipeline<O: Operation> {
    operation: O,
    gate: <O::Caller as Caller>::Gate,
    log: AuditLog,
    edge: Edge,
    strangers: Strangers,
    calls: CallLog,
    telemetry: Telemetry,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Runs operation `O` as a Lambda function until the runtime ends, with an error if it can't start.
///
/// A function that answers a boxed future, not an `async` one: its code is then compiled where [`list`] first names it, in
/// the area's library, once for all the area's functions.
///
/// [`list`]: crate::operation::list
pub fn serve<O: Operation>() -> Program {
    Box::pin(async {
        telemetry::start();
        let setup = Setup::of_api()?;
        let pipeline = Pipeline::<O>::new(&setup).await?;
        let pipeline = &pipeline;
        telemetry::started(O::INFO.name);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<LambdaRequest>| async move {
            let answer = service_fn(move |request: Request| async move {
                Ok::<_, std::convert::Infallible>(pipeline.answer(&request).await)
            });
            Adapter::from(answer).call(without_path(event)).await
        }))
        .await
    })
}

/// Drops the path, of which only the parameters count. API Gateway hands it over decoded, and a blank in it is more than
/// `lambda_http` can make a URI of.
fn without_path(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
        request.raw_path = Some("/".to_owned());
        request.request_context.http.path = Some("/".to_owned());
    }
    event
}

impl<O: Operation> Pipeline<O> {
    async fn new(setup: &Setup) -> Result<Self, Error> {
        let log = setup.audit_log()?;
        Ok(Self {
            operation: O::build(setup).await?,
            gate: <O::Caller as Caller>::gate(setup)?,
            edge: Edge::new(setup.config.origin_secret_hashes()),
            strangers: Strangers::new(log.clone(), Arc::clone(&setup.entropy), O::INFO.name),
            log,
            calls: setup.aws.calls(),
            telemetry: setup.telemetry()?,
            clock: Arc::clone(&setup.clock),
            entropy: Arc::clone(&setup.entropy),
        })
    }

    async fn answer(&self, request: &Request) -> Response<Body> {
        let mut incoming = Incoming::read(request);
        let client = self.edge.client(request.headers(), &incoming.client.ip);
        let passage = client.map(|address| incoming.client.ip = address);
        let meter = Meter::start(&*self.clock, &self.calls);
        let outcome = match passage {
            Ok(()) => self.run(&incoming, meter.began()).await,
            Err(problem) => self.refuse(problem, None, &incoming, meter.began()).await,
        };
        let (response, code) = match outcome {
            Ok(reply) => (render(&O::INFO, O::PRODUCES, reply, &incoming.request), "ok"),
            Err(problem) => {
                let code = problem.code;
                (render_problem(&problem, &incoming.request), code)
            }
        };
        self.telemetry.request(&telemetry::Request {
            request: &incoming.request,
            operation: O::INFO.name,
            status: response.status().as_u16(),
            code,
            spent: meter.stop(),
        });
        response
    }

    async fn run(&self, incoming: &Incoming, now: jiff::Timestamp) -> Result<Reply<Value>, Problem> {
        let knock = Knock { info: &O::INFO, incoming, now, trail: self.trail(incoming, now) };
        let (caller, trail) = match O::Caller::admit(&self.gate, knock).await {
            Ok(admitted) => admitted,
            Err(Refused { problem, known }) => {
                return self.refuse(problem, known.as_deref(), incoming, now).await;
            }
        };
        let known = !matches!(trail.actor, Actor::Visitor);
        match self.handle(incoming, now, caller, trail.clone()).await {
            Ok(audited) => {
                if !known && !incoming.mutates {
                    self.strangers.came("ok", &incoming.request, now).await?;
                }
                limit(audited.into_inner(), O::FIELDS, &trail.reader())
            }
            Err(problem) => self.refuse(problem, known.then_some(&trail), incoming, now).await,
        }
    }

    async fn handle(
        &self,
        incoming: &Incoming,
        now: jiff::Timestamp,
        caller: O::Caller,
        trail: Trail,
    ) -> Result<Audited<Reply<O::Output>>, Problem> {
        let call = Call {
            caller,
            path: incoming.decode_path()?,
            input: incoming.decode_input(O::INFO.body_limit, O::CONSUMES)?,
            trail,
            now,
            client: incoming.client.clone(),
            idempotency_key: incoming.idempotency_key.clone(),
            if_match: incoming.if_match.clone(),
            accept_language: incoming.accept_language.clone(),
            access_reason: incoming.access_reason,
            body: incoming.body().to_vec(),
        };
        // Boxed: an operation's future is deep, and its layout would have to be known through all of it.
        Box::pin(self.operation.handle(call)).await
    }

    /// No refusal leaves without its entry either: of who is known in the clinic's log, of strangers in the count.
    async fn refuse(
        &self,
        problem: Problem,
        known: Option<&Trail>,
        incoming: &Incoming,
        now: jiff::Timestamp,
    ) -> Result<Reply<Value>, Problem> {
        match known {
            Some(trail) => trail.ended(&problem).await?,
            None => self.strangers.came(problem.code, &incoming.request, now).await?,
        }
        Err(problem)
    }

    fn trail(&self, incoming: &Incoming, now: jiff::Timestamp) -> Trail {
        Trail {
            log: self.log.clone(),
            entropy: Arc::clone(&self.entropy),
            at: now,
            action: O::INFO.name,
            purpose: O::INFO.purpose,
            request: incoming.request.clone(),
            resource: resource(&O::INFO, incoming),
            break_glass: None,
            actor: Actor::Visitor,
            clinic: None,
            patient: None,
            naming: Naming::Withheld,
        }
    }
}

/// What a request names, and why where it may say that.
fn resource(info: &Info, incoming: &Incoming) -> String {
    let named = incoming.resource();
    match incoming.access_reason.filter(|_| info.has(Header::AccessReason)) {
        Some(reason) => format!("{named};reason={}", reason.code()),
        None => named,
    }
}

/// Leaves of an answer what is listed, and what who asked needs of it.
fn limit<T: Serialize>(
    reply: Reply<T>,
    fields: &'static [Field],
    reader: &Actor,
) -> Result<Reply<Value>, Problem> {
    let Reply { body, etag, cookie } = reply;
    let body = body.map(serde_json::to_value).transpose().map_err(|_| Problem::internal())?;
    Ok(Reply { body: body.map(|body| only(body, fields, reader)), etag, cookie })
}

fn render(info: &Info, media_type: &'static str, reply: Reply<Value>, request: &str) -> Response<Body> {
    let Ok(status) = StatusCode::from_u16(info.status) else {
        return render_problem(&Problem::internal(), request);
    };
    let (status, body) = match reply.body {
        None => (StatusCode::NO_CONTENT, Body::Empty),
        Some(body) => (status, Body::Text(body.to_string())),
    };
    let mut response = respond(status, body, media_type, request);
    set(&mut response, header::ETAG, reply.etag);
    set(&mut response, header::SET_COOKIE, reply.cookie);
    response
}

fn render_problem(problem: &Problem, request: &str) -> Response<Body> {
    let body = Body::Text(problem.body(request));
    let mut response = respond(problem.status, body, "application/problem+json", request);
    set(&mut response, header::RETRY_AFTER, problem.retry_after.map(|seconds| seconds.to_string()));
    set(&mut response, header::ETAG, problem.etag.clone());
    if problem.status == StatusCode::UNAUTHORIZED {
        set(&mut response, header::WWW_AUTHENTICATE, Some("Bearer".to_owned()));
    }
    response
}

fn respond(status: StatusCode, body: Body, media_type: &'static str, request: &str) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    for (name, value) in HEADERS {
        let name = header::HeaderName::from_static(name);
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    set(&mut response, header::HeaderName::from_static("x-request-id"), Some(request.to_owned()));
    response
}

fn set(response: &mut Response<Body>, name: header::HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().insert(name, value);
    }
}
