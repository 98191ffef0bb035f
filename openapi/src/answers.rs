//! What an operation answers: success, and every problem by its status and code.

use crate::samples::Sample;
use crate::schemas::{Schemas, Shapes};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use visage_platform::operation::Listed;
use visage_platform::serve::HEADERS;
use visage_platform::{Header, Problem};

/// What the gateway answers by itself where we may answer too: for a path that fits no route after all, a body above its
/// own limit, too many requests, a function that breaks off, and one that there is no room for.
const OF_THE_GATEWAY: [u16; 5] = [404, 413, 429, 500, 503];
/// The name of what only the gateway answers.
const BY_GATEWAY: &str = "gateway";

/// The responses of an operation, by status.
pub(crate) fn of(listed: &Listed, schemas: &Schemas, shapes: &Shapes, sample: &Sample) -> Value {
    let mut all = Map::new();
    all.insert(listed.info.status.to_string(), success(listed, schemas, shapes, sample));
    for (status, problems) in by_status(listed) {
        all.insert(status.to_string(), response(&name(status, &problems)));
    }
    all.entry("429").or_insert_with(|| response(BY_GATEWAY));
    all.insert("5XX".to_owned(), response(BY_GATEWAY));
    Value::Object(all)
}

fn by_status(listed: &Listed) -> BTreeMap<u16, Vec<Problem>> {
    let mut by_status: BTreeMap<u16, Vec<Problem>> = BTreeMap::new();
    for problem in listed.problems() {
        by_status.entry(problem.status.as_u16()).or_default().push(problem);
    }
    by_status
}

/// The name of a response that several operations share: its status and its codes.
fn name(status: u16, problems: &[Problem]) -> String {
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    format!("{status}.{}", codes.join("."))
}

fn response(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// What operations answer instead of success, by [`name`].
pub(crate) fn responses(operations: &[&Listed]) -> Value {
    let all = operations.iter().flat_map(|listed| by_status(listed));
    let mut named: Map<String, Value> =
        all.map(|(status, problems)| (name(status, &problems), failure(status, &problems))).collect();
    named.insert(
        BY_GATEWAY.to_owned(),
        json!({
            "description": "Answered by the gateway: too many requests, or a function that broke off or took too long.",
            "headers": {},
            "content": { "application/json": message() },
        }),
    );
    Value::Object(named)
}

fn success(listed: &Listed, schemas: &Schemas, shapes: &Shapes, sample: &Sample) -> Value {
    let mut headers = common_headers();
    if listed.info.has(Header::ETag) {
        headers.insert("ETag".to_owned(), header("ETag"));
    }
    if listed.info.has(Header::SetCookie) {
        headers.insert("Set-Cookie".to_owned(), header("Set-Cookie"));
    }
    if listed.info.status == 204 {
        return json!({ "description": "Done.", "headers": headers });
    }
    let described = schemas.resolve(&shapes.output)["description"].as_str();
    let mut content = json!({ "schema": shapes.output });
    if let Some(example) = &sample.answer {
        content["example"] = example.clone();
    }
    json!({
        "description": described.unwrap_or("Done."),
        "headers": headers,
        "content": { listed.produces: content },
    })
}

fn failure(status: u16, problems: &[Problem]) -> Value {
    let mut content = Map::new();
    let mut headers = common_headers();
    if OF_THE_GATEWAY.contains(&status) {
        // Headers are described for a status, whoever answers; the gateway's answers have none of ours.
        for header in headers.values_mut() {
            let place = header["$ref"].as_str().unwrap_or_default();
            *header = json!({ "$ref": format!("{place}-if-ours") });
        }
        content.insert("application/json".to_owned(), message());
    }
    match status {
        401 => drop(headers.insert("WWW-Authenticate".to_owned(), header("WWW-Authenticate"))),
        412 => drop(headers.insert("ETag".to_owned(), header("ETag-current"))),
        429 | 503 => drop(headers.insert("Retry-After".to_owned(), header("Retry-After"))),
        _ => {}
    }
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    let example =
        |code: &&str| ((*code).to_owned(), json!({ "$ref": format!("#/components/examples/{code}") }));
    let examples: Map<String, Value> = codes.iter().map(example).collect();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/Problem" }],
        "properties": { "status": { "const": status }, "code": { "enum": codes } },
        "unevaluatedProperties": false,
    });
    content.insert("application/problem+json".to_owned(), json!({ "schema": schema, "examples": examples }));
    let titles: Vec<String> =
        problems.iter().map(|problem| format!("`{}`: {}", problem.code, problem.title)).collect();
    json!({ "description": titles.join("\n\n"), "headers": headers, "content": content })
}

/// The body of the gateway's own answers.
fn message() -> Value {
    let message = json!({ "message": { "type": "string" } });
    json!({ "schema": { "type": "object", "required": ["message"], "properties": message } })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn common_headers() -> Map<String, Value> {
    let names = HEADERS.iter().map(|(name, _)| *name).chain(["x-request-id"]);
    names.map(|name| (name.to_owned(), header(name))).collect()
}

/// The headers of answers, by name.
pub(crate) fn headers() -> Value {
    let string = |what: &str, required: bool| json!({ "description": what, "required": required, "schema": { "type": "string" } });
    let mut all = json!({
        "ETag": string("The tag that a change must name in `If-Match`.", true),
        "ETag-current": string("The tag that is current.", false),
        "Set-Cookie": string("The session's cookie, for pages of our own; `HttpOnly`, `Secure`, `SameSite=Strict`.", true),
        "WWW-Authenticate": { "description": "How to sign in.", "required": true, "schema": { "const": "Bearer" } },
        "Retry-After": {
            "description": "When to try again, in seconds.", "required": false,
            "schema": { "type": "integer", "minimum": 0 },
        },
    });
    let fixed = HEADERS.iter().map(|(name, value)| (*name, json!({ "const": value })));
    let request = ("x-request-id", json!({ "type": "string", "minLength": 1 }));
    for (name, schema) in fixed.chain([request]) {
        all[name] = json!({ "required": true, "schema": schema });
        all[format!("{name}-if-ours")] = json!({ "required": false, "schema": schema });
    }
    all["x-request-id"]["description"] = json!("The request's id: logs and audit entries carry it.");
    all
}

/// An example of every problem, by code.
pub(crate) fn examples() -> Value {
    let example = |problem: &Problem| {
        let body: Value = serde_json::from_str(&problem.body("SampleRequest")).unwrap_or_default();
        (problem.code.to_owned(), json!({ "value": body }))
    };
    Value::Object(Problem::ALL.iter().map(example).collect())
}
