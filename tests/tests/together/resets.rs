//! Lost authenticators: who asked for another is shown, those who answer for the clinic are told, and an owner whom nobody
//! there can help is helped by two of the platform's operators.

use crate::staff::{is_out, newcomer};
use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use visage_tests::aws::plain;
use visage_tests::clinic::registration;
use visage_tests::glass::alerts;
use visage_tests::operator::Operator;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Visage, audit, messages, records, until};

const NOBODY: &str = "stf_0123456789abcdefghjkmnpqr0";

/// Where operators ask for a reset, and where they approve it.
fn paths(clinic: &str, staff: &str) -> (String, String) {
    let path = format!("/v1/clinics/{clinic}/owners/{staff}/mfa-reset");
    let approval = format!("{path}/approval");
    (path, approval)
}

/// Which operator an entry of the clinic's log about a request names.
fn actor_of(clinic: &Clinic, request: &str) -> Result<Value> {
    let entry = audit::of_request(clinic, request)?.pop().context("it is in the clinic's log")?;
    Ok(entry.actor["operator"].clone())
}

/// Somebody's address, as those see it who run the clinic.
fn email(reader: &Staff, id: &str) -> Result<String> {
    Ok(reader.member(id)?["email"].as_str().context("an address")?.to_owned())
}

#[test]
fn who_asked_for_a_reset_is_shown_and_those_who_answer_are_told_once_it_is_made() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let (owner, compliance) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    let provider = clinic.staff(Role::Provider)?;
    let accepted = owner.member(&provider.id)?["acceptedAt"].clone();
    ensure!(accepted.is_string() && owner.member(&provider.id)?["mfaReset"].is_null());
    let path = format!("/v1/staff/{}/mfa-reset", provider.id);
    let asked: Value = compliance.ask("PUT", &path).send()?.read(200)?;
    ensure!(asked["requestedBy"] == compliance.id.as_str() && asked["expiresAt"].is_string(), "{asked}");
    for reader in [&owner, &compliance] {
        ensure!(reader.member(&provider.id)?["mfaReset"] == asked);
        ensure!(reader.member(&owner.id)?["mfaReset"].is_null(), "it is about one person");
    }
    ensure!(alerts(&clinic, "mfa_reset")? == 0, "it was only asked for");
    owner.ask("PUT", &format!("{path}/approval")).send()?.expect(204)?;
    let member = owner.member(&provider.id)?;
    ensure!(member["mfaReset"].is_null() && member["acceptedAt"] == accepted, "{member}");
    ensure!(alerts(&clinic, "mfa_reset")? == 1);
    for told in [&owner, &compliance] {
        let address = email(&owner, &told.id)?;
        let is_told = |mail: &messages::Mail| mail.subject.ends_with("gets a new password and authenticator");
        let mail =
            until("they are told", || Ok(messages::mails_to(&visage, &address)?.into_iter().find(is_told)))?;
        ensure!(!mail.body_text.contains(&provider.id), "{mail:?}");
    }
    Ok(())
}

#[test]
fn two_operators_help_an_owner_whom_nobody_there_can() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let (owner, compliance) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    let (one, other) = (Operator::of(&visage)?, Operator::another(&visage)?);
    let (path, approval) = paths(&clinic.id, &owner.id);
    let (at_home, approval_at_home) = {
        let path = format!("/v1/staff/{}/mfa-reset", owner.id);
        (path.clone(), format!("{path}/approval"))
    };
    other.ask("PUT", &approval).send()?.refused(404, "not_found")?;
    // What the one who is left asked for and nobody there can approve gives way.
    compliance.ask("PUT", &at_home).send()?.expect(200)?;
    other.ask("PUT", &approval).send()?.refused(403, "needs_another")?;
    let answer = one.ask("PUT", &path).send()?.expect(200)?;
    ensure!(actor_of(&clinic, answer.request()?)? == one.id.as_str());
    let asked: Value = answer.read(200)?;
    ensure!(asked["requestedBy"] == one.id.as_str(), "{asked}");
    ensure!(
        one.ask("PUT", &path).send()?.read::<Value>(200)? == asked,
        "the second click finds it asked for"
    );
    other.ask("PUT", &path).send()?.refused(409, "already_exists")?;
    compliance.ask("PUT", &at_home).send()?.refused(409, "already_exists")?;
    ensure!(compliance.member(&owner.id)?["mfaReset"] == asked, "they see who asked");

    one.ask("PUT", &approval).send()?.refused(403, "needs_another")?;
    compliance.ask("PUT", &approval_at_home).send()?.refused(403, "needs_another")?;
    let told = |event| alerts(&clinic, event);
    ensure!(told("owner_reset_requested")? == 1 && told("mfa_reset")? == 0);
    owner.ask("GET", "/v1/session").send()?.expect(200)?;

    let answer = other.ask("PUT", &approval).send()?.expect(204)?;
    ensure!(actor_of(&clinic, answer.request()?)? == other.id.as_str());
    owner.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated")?;
    other.ask("PUT", &approval).send()?.refused(404, "not_found")?;
    ensure!(told("owner_reset_requested")? == 1 && told("mfa_reset")? == 1);
    let mut anew = clinic.mailed_login(&email(&compliance, &owner.id)?, 1)?;
    ensure!(clinic.sign_in(&mut anew)?.id == owner.id);
    ensure!(compliance.member(&owner.id)?["mfaReset"].is_null());
    Ok(())
}

#[test]
fn a_clinic_that_can_help_itself_is_not_helped() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let owner = clinic.staff(Role::Owner)?;
    clinic.staff(Role::Compliance)?;
    let (one, other) = (Operator::of(&visage)?, Operator::another(&visage)?);
    let (path, approval) = paths(&clinic.id, &owner.id);
    let input = newcomer(&["owner"]);
    owner.ask("POST", "/v1/staff").once().json(&input).send()?.expect(201)?;
    // Who was only invited can help nobody.
    one.ask("PUT", &path).send()?.expect(200)?;
    let address = input["email"].as_str().unwrap_or_default();
    clinic.sign_in(&mut clinic.mailed_login(address, 0)?)?;
    other.ask("PUT", &approval).send()?.refused(409, "clinic_helps_itself")?;
    one.ask("PUT", &path).send()?.refused(409, "clinic_helps_itself")?;
    owner.ask("GET", "/v1/session").send()?.expect(200)?;
    Ok(())
}

#[test]
fn who_is_no_owner_there_is_not_found_and_staff_are_no_operators() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, another) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let operator = Operator::of(&visage)?;
    let owner = clinic.staff(Role::Owner)?;
    let nowhere = "cli_0123456789abcdefghjkmnpqr0";
    for (clinic, staff) in [
        (clinic.id.as_str(), NOBODY.to_owned()),
        (clinic.id.as_str(), another.staff(Role::Owner)?.id),
        (clinic.id.as_str(), clinic.staff(Role::Provider)?.id),
        (nowhere, owner.id.clone()),
    ] {
        let (path, approval) = paths(clinic, &staff);
        operator.ask("PUT", &path).send()?.refused(404, "not_found")?;
        operator.ask("PUT", &approval).send()?.refused(404, "not_found")?;
    }
    let (path, approval) = paths(&clinic.id, &owner.id);
    for role in [Role::Owner, Role::Compliance] {
        clinic.staff(role)?.ask("PUT", &path).send()?.refused(401, "unauthenticated")?;
        clinic.staff(role)?.ask("PUT", &approval).send()?.refused(401, "unauthenticated")?;
    }
    ensure!(alerts(&clinic, "owner_reset_requested")? == 0);
    Ok(())
}

#[test]
fn what_operators_asked_for_is_over_after_a_day_and_with_the_sessions_of_who_asked() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let owner = clinic.staff(Role::Owner)?;
    let (robbed, other) = (Operator::another(&visage)?, Operator::another(&visage)?);
    let (path, approval) = paths(&clinic.id, &owner.id);
    robbed.ask("PUT", &path).send()?.expect(200)?;
    let partition = format!("C#{}#S#{}", clinic.id, owner.id);
    let stored = visage.aws.query(visage.records()?, &partition, "MFARESET")?.pop().context("a request")?;
    let long_ago = json!({ "S": (Timestamp::now() - SignedDuration::from_hours(24)).to_string() });
    visage.aws.set(visage.records()?, &stored, "requested_at", &long_ago)?;
    ensure!(owner.member(&owner.id)?["mfaReset"].is_null(), "it waits no more");
    other.ask("PUT", &approval).send()?.refused(404, "not_found")?;

    robbed.ask("PUT", &path).send()?.expect(200)?;
    other.ask("DELETE", &format!("/v1/operators/{}/sessions", robbed.id)).send()?.expect(204)?;
    other.ask("PUT", &approval).send()?.refused(403, "needs_another")?;
    owner.ask("GET", "/v1/session").send()?.expect(200)?;
    let anew: Value = other.ask("PUT", &path).send()?.read(200)?;
    ensure!(anew["requestedBy"] == other.id.as_str(), "what counts for nothing stands in nobody's way");
    Ok(())
}

#[test]
fn an_owner_who_let_their_first_invitation_lapse_is_helped_the_same_way() -> Result<()> {
    let visage = Visage::connect()?;
    let input = registration();
    let clinic = Clinic::pending(&visage, &input)?;
    let items = records::of_clinic(&clinic)?;
    let is_owner = |it: &Value| it["item_type"] == "staff" && it["roles"] == json!(["owner"]);
    let owner = items.iter().map(plain).find(is_owner).context("an owner")?;
    let staff = owner["staff"].as_str().unwrap_or_default();
    let (path, approval) = paths(&clinic.id, staff);
    Operator::of(&visage)?.ask("PUT", &path).send()?.expect(200)?;
    Operator::another(&visage)?.ask("PUT", &approval).send()?.expect(204)?;
    let address = input["staff"][0]["email"].as_str().unwrap_or_default();
    let mut login = clinic.mailed_login(address, 1)?;
    ensure!(clinic.sign_in(&mut login)?.id == staff);
    Ok(())
}

#[test]
fn an_owner_who_works_elsewhere_too_is_not_one_clinics_to_reset() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let owner = ours.staff(Role::Owner)?;
    let mut input = newcomer(&["provider"]);
    input["email"] = json!(email(&owner, &owner.id)?);
    theirs.staff(Role::Owner)?.ask("POST", "/v1/staff").once().json(&input).send()?.expect(201)?;
    let (path, approval) = paths(&ours.id, &owner.id);
    let operator = Operator::of(&visage)?;
    operator.ask("PUT", &path).send()?.expect(200)?;
    Staff::start(&visage, &ours.access_token(Role::Owner)?, &theirs.slug)?;
    Operator::another(&visage)?.ask("PUT", &approval).send()?.refused(409, "works_elsewhere")?;
    operator.ask("PUT", &path).send()?.refused(409, "works_elsewhere")?;
    Ok(())
}

#[test]
fn it_takes_two_to_reset_an_authenticator() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    let (owner, compliance) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    let (mut login, staff) = clinic.join(&newcomer(&["owner", "provider"]))?;
    let path = format!("/v1/staff/{}/mfa-reset", staff.id);
    let approval = format!("{path}/approval");
    compliance.ask("PUT", &approval).send()?.refused(404, "not_found")?;
    staff.ask("PUT", &path).send()?.refused(403, "needs_another")?;
    owner.ask("PUT", &path).send()?.expect(200)?;
    owner.ask("PUT", &path).send()?.expect(200)?;
    compliance.ask("PUT", &path).send()?.refused(409, "already_exists")?;
    owner.ask("PUT", &approval).send()?.refused(403, "needs_another")?;
    staff.ask("PUT", &approval).send()?.refused(403, "needs_another")?;
    staff.ask("GET", "/v1/session").send()?.expect(200)?;
    compliance.ask("PUT", &approval).send()?.expect(204)?;
    is_out(&staff)?;
    compliance.ask("PUT", &approval).send()?.refused(404, "not_found")?;
    ensure!(clinic.sign_in(&mut login).is_err(), "the old password and authenticator start nothing");
    let mut anew = clinic.mailed_login(&login.email, 1)?;
    let back = clinic.sign_in(&mut anew)?;
    ensure!(back.id == staff.id && anew.totp_secret.is_some() && anew.totp_secret != login.totp_secret);
    back.queue("new")?;
    // Who asked has to be one who may ask until it is approved.
    compliance.ask("PUT", &path).send()?.expect(200)?;
    owner.change(&compliance.id, &json!({ "roles": ["billing"] }))?.expect(200)?;
    owner.ask("PUT", &approval).send()?.refused(403, "needs_another")?;
    Ok(())
}

#[test]
fn an_account_that_is_used_elsewhere_is_not_one_clinics_to_reset() -> Result<()> {
    let visage = Visage::connect()?;
    let (ours, theirs) = (Clinic::register(&visage)?, Clinic::register(&visage)?);
    let input = newcomer(&["provider"]);
    let (mut login, staff) = theirs.join(&input)?;
    let owner = ours.staff(Role::Owner)?;
    let invited: Value = owner.ask("POST", "/v1/staff").once().json(&input).send()?.read(201)?;
    let path = format!("/v1/staff/{}/mfa-reset", invited["staff"].as_str().unwrap_or_default());
    // Until they come, an owner who invited them learns nothing of them, and theirs can help them all the same.
    owner.ask("PUT", &path).send()?.refused(409, "never_signed_in")?;
    let reset_there = format!("/v1/staff/{}/mfa-reset", staff.id);
    theirs.staff(Role::Owner)?.ask("PUT", &reset_there).send()?.expect(200)?;
    ours.sign_in(&mut login)?;
    owner.ask("PUT", &path).send()?.refused(409, "works_elsewhere")?;
    let approval = format!("{reset_there}/approval");
    theirs.staff(Role::Compliance)?.ask("PUT", &approval).send()?.refused(409, "works_elsewhere")?;
    staff.queue("new")?;
    Ok(())
}
