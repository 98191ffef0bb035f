//! Looking behind the API with the root keys of the account, as an investigator would: what is stored, queued, logged.
//!
//! Signed requests, no SDK: what few calls there are take less to write than an SDK takes to build.

mod tables;

pub use tables::{Item, plain, text};

use crate::http::{Answer, Http};
use crate::stack::Stack;
use anyhow::{Context, Result, bail, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::SystemTime;
use ureq::http;

/// The most lines of a log that the emulator tells at once.
const MOST_EVENTS: usize = 10_000;

/// The account, with the keys of its root.
#[derive(Clone, Debug)]
pub struct Aws {
    http: Http,
    endpoint: String,
    region: String,
    credentials: Credentials,
}

impl Aws {
    /// The account that the stack runs in.
    pub fn new(http: Http, stack: &Stack) -> Self {
        let keys = stack.credentials.clone();
        Self {
            http,
            endpoint: stack.aws_endpoint_url.clone(),
            region: stack.region.clone(),
            credentials: Credentials::new(
                keys.access_key_id,
                keys.secret_access_key,
                None,
                None,
                "stack.json",
            ),
        }
    }

    /// Sends a signed request.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn send(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer> {
        let url = format!("{}{path}", self.endpoint);
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let signable =
            SignableRequest::new(method, &url, headers.iter().copied(), SignableBody::Bytes(&body))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = http::Request::builder().method(method).uri(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body)?;
        instructions.apply_to_request_http1x(&mut request);
        self.http.send(request)
    }

    /// Calls an operation of a service that speaks AWS's JSON protocol, such as `DynamoDB_20120810.Query`.
    ///
    /// # Errors
    /// If it is refused.
    pub fn call(&self, service: &str, target: &str, input: &Value) -> Result<Value> {
        let answer = self.ask(service, target, input)?;
        if answer.status != 200 {
            bail!("{target} answered {}: {}", answer.status, answer.text());
        }
        serde_json::from_slice(&answer.body).with_context(|| target.to_owned())
    }

    /// The same, whatever comes of it.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn ask(&self, service: &str, target: &str, input: &Value) -> Result<Answer> {
        let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target)];
        self.send(service, "POST", "/", &headers, input.to_string().into_bytes())
    }

    /// Calls an operation of Cognito.
    ///
    /// # Errors
    /// If it is refused.
    pub fn cognito(&self, operation: &str, input: &Value) -> Result<Value> {
        self.call("cognito-idp", &format!("AWSCognitoIdentityProviderService.{operation}"), input)
    }

    /// Every version and delete marker of the objects whose key starts with `prefix`.
    ///
    /// # Errors
    /// If the bucket can't be listed.
    pub fn versions(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let prefix = prefix.replace('/', "%2F");
        let path = format!("/{bucket}?versions=&prefix={prefix}");
        let answer = self.send("s3", "GET", &path, &[], Vec::new())?.expect(200)?.text();
        Ok(elements(&answer, "Key"))
    }

    /// The newest version of an object.
    ///
    /// # Errors
    /// If it isn't there.
    pub fn object(&self, bucket: &str, key: &str) -> Result<Vec<u8>> {
        Ok(self.send("s3", "GET", &format!("/{bucket}/{key}"), &[], Vec::new())?.expect(200)?.body)
    }

    /// Everything in a log group from an instant on, oldest stream first.
    ///
    /// # Errors
    /// If the group isn't there.
    pub fn log(&self, group: &str, since: Timestamp) -> Result<Vec<String>> {
        let mut input = json!({ "logGroupName": group, "startTime": since.as_millisecond() });
        let mut lines = Vec::new();
        loop {
            let page = self.call("logs", "Logs_20140328.FilterLogEvents", &input)?;
            let mut events = page["events"].as_array().cloned().unwrap_or_default();
            // The emulator ends there without saying that there is more: what happened at the last instant is asked for again.
            let cut =
                events.last().filter(|_| events.len() >= MOST_EVENTS).map(|last| last["timestamp"].clone());
            if let Some(last) = &cut {
                events.retain(|event| event["timestamp"] != *last);
                ensure!(!events.is_empty(), "{group} has too many lines of one instant");
            }
            lines.extend(events.iter().filter_map(|event| event["message"].as_str().map(str::to_owned)));
            match (page.get("nextToken"), cut) {
                (Some(token), _) => input["nextToken"] = token.clone(),
                (None, Some(last)) => input["startTime"] = last,
                (None, None) => return Ok(lines),
            }
        }
    }

    /// Calls a function and waits for its answer.
    ///
    /// # Errors
    /// If it fails.
    pub fn invoke(&self, function: &str, event: &Value) -> Result<Value> {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let answer = self.send("lambda", "POST", &path, &[], event.to_string().into_bytes())?;
        if answer.status != 200 || answer.header("x-amz-function-error").is_some() {
            bail!("{function} answered {}: {}", answer.status, answer.text());
        }
        serde_json::from_slice(&answer.body).with_context(|| function.to_owned())
    }

    /// Calls an operation of SQS.
    ///
    /// # Errors
    /// If it is refused.
    pub fn sqs(&self, operation: &str, input: &Value) -> Result<Value> {
        self.call("sqs", &format!("AmazonSQS.{operation}"), input)
    }

    /// Calls an operation of IAM.
    ///
    /// # Errors
    /// If it is refused.
    pub fn iam(&self, operation: &str, input: &[(&str, &str)]) -> Result<String> {
        self.form("iam", "2010-05-08", operation, input)
    }

    /// The same account with the keys of a role: what its function has.
    ///
    /// # Errors
    /// If it is refused.
    pub fn assume(&self, role: &str) -> Result<Self> {
        let input = [("RoleArn", role), ("RoleSessionName", "probe")];
        let answer = self.form("sts", "2011-06-15", "AssumeRole", &input)?;
        let element = |name| elements(&answer, name).pop().with_context(|| format!("no {name}"));
        let (id, secret) = (element("AccessKeyId")?, element("SecretAccessKey")?);
        let credentials = Credentials::new(id, secret, Some(element("SessionToken")?), None, "sts");
        Ok(Self { credentials, ..self.clone() })
    }

    fn form(&self, service: &str, version: &str, operation: &str, input: &[(&str, &str)]) -> Result<String> {
        let mut form = format!("Action={operation}&Version={version}");
        for (name, value) in input {
            form.push_str(&format!("&{name}={value}"));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        Ok(self.send(service, "POST", "/", &headers, form.into_bytes())?.expect(200)?.text())
    }
}

/// The texts of all elements of that name in an XML document without attributes on them.
pub fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1);
    parts.filter_map(|part| part.split_once(&close)).map(|(text, _)| text.to_owned()).collect()
}
