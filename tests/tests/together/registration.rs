//! A clinic registers by itself: who reads its owner's mail confirms it, once, whoever clicks how often; and nobody else.

mod limits;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_domain::capability::Secret;
use visage_store::vault::link_id_of;
use visage_tests::aws::{Item, text};
use visage_tests::clinic::{DEFAULT_FORM, Registered, agreements};
use visage_tests::messages::{mails_to, temporary_passwords};
use visage_tests::registration::{ask_from, confirm, confirmed, own_registration, requested, somewhere};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Staff, Visage, audit};

const PREFIX: &str = "v1.registration.";

fn email(input: &Value) -> &str {
    input["owner"]["email"].as_str().unwrap_or_default()
}

/// What is kept of the request that a token is for.
fn kept(visage: &Visage, token: &str) -> Result<Item> {
    let secret = token.strip_prefix(PREFIX).and_then(Secret::decode).context("a registration's token")?;
    let partition = format!("REGISTRATION_REQUEST#{}", link_id_of(&secret));
    visage.aws.query(visage.directory()?, &partition, "")?.pop().context("the request is kept")
}

/// The clinic's record, as it is stored.
fn stored(clinic: &Clinic) -> Result<Item> {
    let (aws, table) = (&clinic.visage.aws, clinic.visage.records()?);
    aws.query(table, &format!("C#{}", clinic.id), "CLINIC")?.pop().context("the clinic")
}

#[test]
fn a_clinic_registers_by_itself_and_is_active_once_its_owner_signed_and_an_operator_looked() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let token = requested(&visage, &input)?;
    ensure!(temporary_passwords(&visage, email(&input))?.is_empty(), "nobody is invited before");
    let answer = confirm(&visage, &token)?;
    let request = answer.request()?.to_owned();
    let registered: Registered = answer.read(201)?;
    ensure!(registered.slug == input["slug"] && registered.staff.len() == 1);
    let mut clinic = Clinic::registered_by_itself(&visage, registered.clone(), &input);

    let entries = audit::of_request(&clinic, &request)?;
    let [entry] = entries.as_slice() else { anyhow::bail!("one entry, not {entries:?}") };
    ensure!(entry.action == "confirm_registration" && entry.outcome == "done");
    ensure!(entry.actor["kind"] == "registrant");
    ensure!(entry.resource == format!("staff={}", registered.staff[0]));
    let asked_for = format!("link={}", entry.actor["link"].as_str().context("a link")?);
    let platform = audit::of_platform(&visage)?;
    ensure!(platform.iter().any(|it| it.action == "request_registration" && it.resource == asked_for));

    let owner = clinic.staff(Role::Owner)?;
    ensure!(owner.id == registered.staff[0]);
    let path = format!("/v1/clinics/{}/intakes", clinic.slug);
    let start = json!({ "consent": true, "formVersion": 1 });
    owner.ask("GET", "/v1/evaluations?status=new").send()?.refused(403, "baa_required")?;
    visage.ask("POST", &path).json(&start).send()?.refused(403, "baa_required")?;
    let signed: Value = clinic.accept(&agreements())?.read(200)?;
    ensure!(signed["status"] == "pending", "nobody has looked at it");
    owner.ask("GET", "/v1/evaluations?status=new").send()?.refused(403, "clinic_not_verified")?;
    visage.ask("POST", &path).json(&start).send()?.refused(403, "clinic_not_verified")?;

    clinic.change_status("pending", "active", "resolved")?.refused(422, "invalid_fields")?;
    let answer = clinic.change_status("pending", "active", "verified")?;
    let entries = audit::of_request(&clinic, answer.request()?)?;
    let resource = format!("clinic={};from=pending;to=active;reason=verified", clinic.id);
    ensure!(entries.iter().any(|it| it.resource == resource && it.outcome == "done"), "{entries:?}");
    let verified: Value = answer.read(200)?;
    ensure!(verified["status"] == "active");
    let version = stored(&clinic)?;
    let again: Value = clinic.change_status("pending", "active", "verified")?.read(200)?;
    ensure!(again["status"] == "active" && stored(&clinic)? == version, "the second click changes nothing");
    clinic.publish(&serde_json::from_str(DEFAULT_FORM)?)?;
    Intake::start(&clinic)?;
    Ok(())
}

#[test]
fn a_clinic_that_is_verified_first_is_active_by_its_owners_signature() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let clinic = Clinic::registered_by_itself(&visage, confirmed(&visage, &input)?, &input);
    let verify = || -> Result<Value> { clinic.change_status("pending", "active", "verified")?.read(200) };
    ensure!(verify()?["status"] == "pending", "no operator signs for an owner");
    let version = stored(&clinic)?;
    ensure!(verify()?["status"] == "pending" && stored(&clinic)? == version);
    let owner = clinic.staff(Role::Owner)?;
    owner.ask("GET", "/v1/evaluations?status=new").send()?.refused(403, "baa_required")?;
    let signed: Value = clinic.accept(&agreements())?.read(200)?;
    ensure!(signed["status"] == "active");
    ensure!(verify()?["status"] == "active");
    // The clinic is let in, and there an owner sees no patient.
    owner.ask("GET", "/v1/evaluations?status=new").send()?.refused(403, "forbidden")?;
    Ok(())
}

#[test]
fn of_a_signature_and_a_look_at_once_comes_an_active_clinic() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let clinic = Clinic::registered_by_itself(&visage, confirmed(&visage, &input)?, &input);
    clinic.staff(Role::Owner)?;
    std::thread::scope(|scope| {
        let signs = scope.spawn(|| clinic.accept(&agreements())?.expect(200));
        let verified = clinic.change_status("pending", "active", "verified")?;
        // Who signed came between; what they read again they decide on again.
        if verified.status != 200 {
            verified.refused(409, "conflict")?;
            clinic.change_status("pending", "active", "verified")?.expect(200)?;
        }
        signs.join().map_err(|_| anyhow::anyhow!("the owner signs"))??;
        Ok::<_, anyhow::Error>(())
    })?;
    let owner = clinic.staff(Role::Owner)?;
    owner.ask("GET", "/v1/evaluations?status=new").send()?.refused(403, "forbidden")?;
    Ok(())
}

#[test]
fn until_it_is_confirmed_nothing_that_was_entered_is_mailed_or_can_be_read() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let token = requested(&visage, &input)?;
    let stored = serde_json::to_string(&kept(&visage, &token)?)?;
    let mails = mails_to(&visage, email(&input))?;
    let [mail] = mails.as_slice() else { anyhow::bail!("one mail, not {}", mails.len()) };
    for entered in [&input["slug"], &input["name"], &input["owner"]["name"], &input["contact"]["email"]] {
        let entered = entered.as_str().context("a text")?;
        ensure!(!mail.subject.contains(entered) && !mail.body_text.contains(entered), "mailed: {entered}");
        ensure!(!stored.contains(entered), "stored: {entered}");
    }
    ensure!(!stored.contains(email(&input)) && !stored.contains(&token));
    ensure!(stored.contains("\"ttl\""), "it goes by itself");
    let slug = format!("SLUG#{}", input["slug"].as_str().unwrap_or_default());
    ensure!(visage.aws.query(visage.directory()?, &slug, "")?.is_empty(), "the slug is still to be had");
    Ok(())
}

#[test]
fn every_wrong_field_is_named_at_once_and_nobody_is_mailed() -> Result<()> {
    let (visage, good) = (Visage::connect()?, own_registration());
    let wrong = json!({
        "slug": "gl\u{43e}w", "name": " ", "timeZone": "Mars/Olympus", "state": "ZZ",
        "contact": { "email": "desk", "phone": "1" }, "hipaaCovered": true,
        "owner": { "email": "nobody", "name": "\u{202e}", "credential": "M\nD" },
    });
    let problem = ask_from(&visage, &somewhere(), &wrong)?.refused(422, "invalid_fields")?;
    let expected = [
        ("/contact/email", "invalid_email"),
        ("/contact/phone", "invalid_phone"),
        ("/name", "invalid_name"),
        ("/owner/credential", "invalid_credential"),
        ("/owner/email", "invalid_email"),
        ("/owner/name", "invalid_name"),
        ("/slug", "invalid_slug"),
        ("/state", "unknown_state"),
        ("/timeZone", "unknown_time_zone"),
    ];
    ensure!(problem.named() == BTreeSet::from(expected), "{:?}", problem.errors);
    for name in ["glow.example", "desk@glow", "\u{200b}", "Glow\r\nBcc: a@b.example"] {
        let mut input = good.clone();
        input["name"] = name.into();
        let problem = ask_from(&visage, &somewhere(), &input)?.refused(422, "invalid_fields")?;
        ensure!(
            problem.named() == BTreeSet::from([("/name", "invalid_name")]),
            "{name:?}: {:?}",
            problem.errors
        );
    }
    // What only an operator's registration takes.
    for (place, value) in [("roles", json!(["provider"])), ("licences", json!([]))] {
        let mut input = good.clone();
        input["owner"][place] = value;
        ask_from(&visage, &somewhere(), &input)?.refused(400, "invalid_body")?;
    }
    ensure!(mails_to(&visage, email(&good))?.is_empty());
    Ok(())
}

#[test]
fn a_slug_is_taken_by_who_confirms_first() -> Result<()> {
    let (visage, first, mut second) = (Visage::connect()?, own_registration(), own_registration());
    second["slug"] = first["slug"].clone();
    let tokens = [requested(&visage, &first)?, requested(&visage, &second)?];
    let registered: Registered = confirm(&visage, &tokens[1])?.read(201)?;
    confirm(&visage, &tokens[0])?.refused(409, "already_exists")?;
    ensure!(temporary_passwords(&visage, email(&first))?.is_empty(), "nobody is invited to what there isn't");
    let again: Registered = confirm(&visage, &tokens[1])?.read(201)?;
    ensure!(again == registered);

    let mut third = own_registration();
    third["slug"] = first["slug"].clone();
    ask_from(&visage, &somewhere(), &third)?.refused(409, "already_exists")?;
    ensure!(mails_to(&visage, email(&third))?.is_empty());
    Ok(())
}

#[test]
fn of_many_confirmations_at_once_and_later_ones_there_is_one_clinic() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let token = requested(&visage, &input)?;
    let click = || -> Result<Registered> { confirm(&visage, &token)?.read(201) };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clicks: Vec<_> = (0..3).map(|_| scope.spawn(click)).collect();
        clicks.into_iter().filter_map(|click| click.join().ok()).collect()
    });
    let last = click()?;
    ensure!(answers.len() == 3);
    for answer in answers {
        ensure!(answer? == last);
    }
    ensure!(temporary_passwords(&visage, email(&input))?.len() == 1, "the owner is invited once");
    let clinics = visage.aws.query(visage.records()?, &format!("C#{}", last.clinic), "CLINIC")?;
    ensure!(clinics.len() == 1);
    Ok(())
}

#[test]
fn a_confirmation_that_broke_off_is_finished_by_the_next_click() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let (token, table) = (requested(&visage, &input)?, visage.directory()?);
    // As if the function had died behind the slug.
    let clinic = text(&kept(&visage, &token)?, "clinic")?.to_owned();
    let slug = input["slug"].as_str().unwrap_or_default();
    let taken = json!({
        "pk": { "S": format!("SLUG#{slug}") }, "sk": { "S": "CLINIC" }, "slug": { "S": slug },
        "clinic": { "S": clinic }, "since": { "S": jiff::Timestamp::now().to_string() },
    });
    visage.aws.put(table, taken.as_object().context("an item")?)?;
    let first: Registered = confirm(&visage, &token)?.read(201)?;
    ensure!(first.clinic == clinic);

    // As if it had died behind its transaction; of those registered before members were listed first, nobody is yet.
    let listed = || -> Result<Vec<Item>> {
        let mut all = visage.aws.dump(table)?;
        all.retain(|item| {
            let partition = text(item, "pk").unwrap_or_default();
            let is_listing = partition.starts_with("PERSON#") || partition == "CLINICS";
            is_listing && text(item, "clinic").is_ok_and(|it| it == clinic)
        });
        Ok(all)
    };
    let before = listed()?;
    ensure!(before.len() == 2, "{before:?}");
    for item in &before {
        visage.aws.delete(table, item)?;
    }
    let second: Registered = confirm(&visage, &token)?.read(201)?;
    ensure!(second == first && listed()?.len() == 2);
    Ok(())
}

#[test]
fn a_link_that_is_forged_cut_or_over_is_nothing() -> Result<()> {
    let (visage, input) = (Visage::connect()?, own_registration());
    let token = requested(&visage, &input)?;
    let item = kept(&visage, &token)?;
    let forged = format!("{PREFIX}{}", "A".repeat(43));
    let other_kind = token.replace(PREFIX, &format!("v1.{}.", text(&item, "clinic")?));
    for wrong in [forged.as_str(), &other_kind, &token[..token.len() - 1], text(&item, "link")?] {
        confirm(&visage, wrong)?.refused(404, "not_found")?;
    }
    let path = "/v1/registrations/confirmation";
    visage.ask("POST", path).send()?.refused(401, "unauthenticated")?;
    let now = json!({ "S": jiff::Timestamp::now().to_string() });
    visage.aws.set(visage.directory()?, &item, "expires_at", &now)?;
    confirm(&visage, &token)?.refused(404, "not_found")?;
    ensure!(temporary_passwords(&visage, email(&input))?.is_empty(), "nobody was invited");
    Ok(())
}

#[test]
fn who_works_elsewhere_signs_in_as_they_do_there() -> Result<()> {
    let (visage, first) = (Visage::connect()?, own_registration());
    let clinic = Clinic::registered_by_itself(&visage, confirmed(&visage, &first)?, &first);
    clinic.staff(Role::Owner)?;
    let mut second = own_registration();
    second["owner"] = first["owner"].clone();
    let registered = confirmed(&visage, &second)?;
    ensure!(temporary_passwords(&visage, email(&first))?.len() == 1, "who has come is left as they are");
    let (_, mut login) = clinic.logins().pop().context("the owner")?;
    let access_token = visage.staff_sign_in()?.sign_in(&mut login)?;
    let owner = Staff::start(&visage, &access_token, &registered.slug)?;
    ensure!(registered.staff == [owner.id]);
    Ok(())
}
