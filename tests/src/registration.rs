//! What is sent to register a clinic, and how one registers by itself: the request, the mail, the confirmation.

use crate::clinic::Registered;
use crate::contract;
use crate::http::Answer;
use crate::messages;
use crate::operator::Operator;
use crate::staff::Role;
use crate::visage::Visage;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// What API Gateway hands to the function.
const EVENT: &str = include_str!("../../events/request_registration.json");
/// Where it is asked for.
const PATH: &str = "/v1/registrations";

/// The acceptance of all agreements as they are offered, signed.
pub fn agreements() -> Value {
    let versions = json!({ "terms": "2026-1", "data_processing": "2026-1", "business_associate": "2026-1" });
    json!({ "agreements": versions, "name": Role::Owner.invented_name(), "title": "Owner" })
}

/// A licence of the state that [`registration`] names, which ends on that day.
pub fn licence(expires_on: &str) -> Value {
    json!({ "number": "MD60123456", "state": "WA", "expiresOn": expires_on })
}

/// A registration that nobody sent before, with one member of staff in every role.
pub fn registration() -> Value {
    let mark = mark();
    let staff: Vec<_> = Role::ALL
        .into_iter()
        .map(|role| {
            json!({
                "email": format!("{}.{mark}@clinic.example", role.code()),
                "name": role.invented_name(),
                "credential": (role == Role::Provider).then_some("MD"),
                "roles": [role.code()],
                // Everybody's, so that any of them can be made a provider.
                "licences": [licence("2099-12-31")],
            })
        })
        .collect();
    json!({
        "slug": format!("clinic-{mark}"),
        "name": format!("Belle Époque Æsthetics {mark}"),
        "timeZone": "America/Los_Angeles",
        "state": "WA",
        "contact": { "email": format!("front.desk.{mark}@clinic.example"), "phone": "+12065550100" },
        "hipaaCovered": true,
        "staff": staff,
    })
}

/// What a clinic registers itself with, which nobody sent before.
pub fn own_registration() -> Value {
    let mark = mark();
    json!({
        "slug": format!("own-{mark}"),
        "name": format!("Æsthetics of One’s Own {mark}"),
        "timeZone": "America/Los_Angeles",
        "state": "WA",
        "contact": { "email": format!("front.desk.{mark}@clinic.example"), "phone": "+12065550100" },
        "hipaaCovered": true,
        "owner": { "email": format!("owner.{mark}@clinic.example"), "name": Role::Owner.invented_name() },
    })
}

/// An address that nobody asked from before.
pub fn somewhere() -> String {
    let mark = mark();
    format!("2001:db8:{}:{}::1", &mark[..4], &mark[4..8])
}

/// Asks for a registration from an address, whatever comes of it. Not by way of the API: all that comes to it here comes from
/// this machine, whose requests are counted together.
///
/// # Errors
/// If there is no answer, or one that the API's document doesn't describe.
pub fn ask_from(visage: &Visage, address: &str, input: &Value) -> Result<Answer> {
    // Who clears the vendors, without whom nobody is mailed.
    Operator::of(visage)?;
    let mut event: Value = serde_json::from_str(EVENT)?;
    event["requestContext"]["http"]["sourceIp"] = address.into();
    event["requestContext"]["requestId"] = mark().into();
    event["body"] = input.to_string().into();
    let function = visage.stack.named(&visage.stack.functions, "request_registration")?;
    let answered = visage.aws.invoke(function, &event)?;
    let status = answered["statusCode"].as_u64().context("a status")?;
    let headers = answered["headers"].as_object().into_iter().flatten();
    let answer = Answer {
        what: format!("POST {PATH} from {address}"),
        status: u16::try_from(status)?,
        headers: headers
            .filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_owned())))
            .collect(),
        body: answered["body"].as_str().unwrap_or_default().as_bytes().to_vec(),
    };
    contract::check("POST", PATH, &answer)?;
    Ok(answer)
}

/// Asks for a registration from somewhere; answers the token in the mail to its owner.
///
/// # Errors
/// If it is refused, or there is no mail.
pub fn requested(visage: &Visage, input: &Value) -> Result<String> {
    ask_from(visage, &somewhere(), input)?.expect(202)?;
    tokens_mailed(visage, &input["owner"]["email"])?.pop().context("a mail with a link")
}

/// The tokens in the mails that ask an address to confirm, in their order.
///
/// # Errors
/// If the emulator doesn't answer.
pub fn tokens_mailed(visage: &Visage, email: &Value) -> Result<Vec<String>> {
    let mails = messages::mails_to(visage, email.as_str().unwrap_or_default())?;
    let page = format!("{}/registrations#", visage.stack.web_url);
    let links = mails.iter().filter_map(|mail| mail.body_text.split_once(&page));
    Ok(links.filter_map(|(_, rest)| rest.lines().next().map(str::to_owned)).collect())
}

/// Confirms the registration that a token is for, whatever comes of it.
///
/// # Errors
/// If there is no answer.
pub fn confirm(visage: &Visage, token: &str) -> Result<Answer> {
    visage.ask("POST", "/v1/registrations/confirmation").bearer(token).json(&json!({})).send()
}

/// Asks for a registration and confirms it.
///
/// # Errors
/// If either is refused.
pub fn confirmed(visage: &Visage, input: &Value) -> Result<Registered> {
    confirm(visage, &requested(visage, input)?)?.read(201)
}

fn mark() -> String {
    uuid::Uuid::new_v4().simple().to_string()[..10].to_owned()
}
