//! No patient's data goes to a vendor that lacks anything on record. Alone in its file: it changes what all share.

use anyhow::{Context, Result, ensure};
use jiff::{Span, Timestamp};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use visage_domain::clock::utc_day;
use visage_tests::aws::plain;
use visage_tests::evaluation::Opened;
use visage_tests::glass::broken_by;
use visage_tests::operator::{Operator, VENDORS, cleared};
use visage_tests::picture::Picture;
use visage_tests::registration::{ask_from, own_registration, somewhere};
use visage_tests::report::{confirm_mailbox, token_in};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, logs, messages, records, until};

/// What all share is changed by one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Clears all vendors again, whatever happened.
struct Restored(Operator);

impl Drop for Restored {
    fn drop(&mut self) {
        for vendor in VENDORS {
            // A failure here shows in the next run, which clears them all again.
            let _ = self.0.record(vendor, &cleared());
        }
    }
}

/// What clears a vendor, but for one thing.
fn but_for(name: &str, value: Value) -> Value {
    let mut known = cleared();
    known[name] = value;
    known
}

/// How the list shows a vendor to anybody.
fn listed(visage: &Visage, vendor: &str) -> Result<Value> {
    let all: Value = visage.ask("GET", "/v1/vendors").send()?.read(200)?;
    let found = all["vendors"].as_array().into_iter().flatten().find(|it| it["vendor"] == vendor);
    found.cloned().context("a vendor of that name")
}

#[test]
fn nothing_reaches_a_vendor_that_lacks_anything_on_record() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let operator = Restored(Operator::of(&visage)?);
    let attested = |until| json!([{ "standard": "soc_2", "validUntil": until }]);
    let lacking = [
        ("rekognition", but_for("learningOptOutOn", Value::Null), "learning_opt_out"),
        ("sns", but_for("reviewedOn", json!("2025-01-15")), "review"),
        ("ses", but_for("attestations", attested("2026-01-15")), "attestation"),
    ];
    for (vendor, known, lack) in &lacking {
        operator.0.record(vendor, known)?;
        ensure!(listed(&visage, vendor)?["onRecord"]["lacks"] == json!([lack]));
    }
    let visit = Intake::whole(&clinic, &person, true)?;
    let provider = clinic.staff(Role::Provider)?;
    let opened =
        provider.open_until(&visit, "the analysis is skipped and both notices are suppressed", |opened| {
            let skipped = opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == "skipped");
            skipped
                && opened.notices.len() == 2
                && opened.notices.iter().all(|notice| notice.state == "suppressed")
        })?;
    let items = records::of_clinic(&clinic)?;
    let reasons = items.iter().filter_map(|item| plain(item)["reason"].as_str().map(str::to_owned));
    ensure!(reasons.collect::<Vec<_>>() == ["vendor_not_approved"; 2]);
    let photo = opened.photo("frontal").context("there is a portrait")?;
    ensure!(photo.analysis["reason"] == "vendor_not_approved" && photo.findings.is_none());
    let log = std::fs::read_to_string(&visage.stack.rekognition_log).unwrap_or_default();
    ensure!(!log.contains(&photo.photo), "Rekognition saw the photo");
    let intake = Intake::start(&clinic)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let photo = intake.upload("frontal", &Picture::portrait(&visage)?)?;
    ensure!(intake.judged(&photo)?.quality.is_none(), "a patient is told a verdict");
    ensure!(messages::mails_to(&visage, &person.email)?.is_empty());
    ensure!(
        messages::texts_to(&visage, &person.phone)?.iter().all(|sms| !sms.message.contains(&clinic.name))
    );
    Ok(())
}

#[test]
fn what_met_a_vendor_without_clearance_goes_out_once_it_is_cleared() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let operator = Restored(Operator::of(&visage)?);
    operator.0.record("ses", &but_for("phiApproved", json!(false)))?;
    ask_from(&visage, &somewhere(), &own_registration())?.refused(409, "registration_closed")?;
    let visit = Intake::whole(&clinic, &person, false)?;
    let provider = clinic.staff(Role::Provider)?;
    provider.conclude(&visit, &json!({ "findings": [], "recommendations": "None." }))?;
    let mail_is = |event: &'static str, state: &'static str| {
        move |opened: &Opened| opened.notice(event, "email").is_some_and(|it| it.state == state)
    };
    provider.open_until(&visit, "the first mail is held back", mail_is("intake_received", "suppressed"))?;
    provider.open_until(&visit, "the link is held back", mail_is("report_ready", "suppressed"))?;
    visage.sweep_held()?;
    visage.until_worked_on(&clinic.id)?;
    ensure!(messages::mails_to(&visage, &person.email)?.is_empty(), "not while it isn't cleared");

    operator.0.record("ses", &cleared())?;
    visage.sweep_held()?;
    provider.open_until(&visit, "the first mail is sent", mail_is("intake_received", "sent"))?;
    visage.until_worked_on(&clinic.id)?;
    // The link has waited for the confirmation since.
    confirm_mailbox(&clinic, &person)?;
    until("the link is sent", || {
        let mails = messages::mails_to(&visage, &person.email)?;
        Ok(mails.iter().find_map(|mail| token_in(&mail.body_text)))
    })?;
    ensure!(messages::mails_to(&visage, &person.email)?.len() == 2);
    Ok(())
}

#[test]
fn what_a_clinic_must_hear_of_goes_out_though_no_patients_mail_may() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let operator = Restored(Operator::of(&visage)?);
    operator.0.record("ses", &but_for("reviewedOn", json!("2025-01-15")))?;
    ensure!(listed(&visage, "ses")?["onRecord"]["lacks"] == json!(["review"]));
    broken_by(&clinic.staff(Role::Billing)?)?;
    let owner = clinic.staff(Role::Owner)?;
    let address = owner.member(&owner.id)?["email"].as_str().unwrap_or_default().to_owned();
    until("the owner is told", || {
        let mails = messages::mails_to(&visage, &address)?;
        Ok(mails.iter().any(|mail| mail.subject.contains("emergency access")).then_some(()))
    })
}

#[test]
fn only_operators_record_and_it_is_in_the_log() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let operator = Operator::of(&visage)?;
    operator.ask("PUT", "/v1/vendors/initech").json(&cleared()).send()?.refused(404, "not_found")?;
    let known = json!({
        "baaSignedOn": "2026-01-15", "phiApproved": true, "learningOptOutOn": null, "reviewedOn": "2026-02-01",
        "attestations": [
            { "standard": "soc_2", "validUntil": "2099-12-31" }, { "standard": "pci_dss", "validUntil": "2026-02-01" },
        ],
    });
    let _restored = Restored(operator.clone());
    let answer = operator.ask("PUT", "/v1/vendors/aws").json(&known).send()?.expect(200)?;
    let request = answer.request()?;
    let entries = audit::of_platform(&visage)?;
    let change = "aws;baa_signed_on=2026-01-15;phi_approved=true;reviewed_on=2026-02-01;learning_opt_out_on=none;\
                  attestations=soc_2:2099-12-31,pci_dss:2026-02-01";
    ensure!(
        entries
            .iter()
            .any(|it| it.request == request && it.action == "record_vendor" && it.shown == [change])
    );
    // An approval without an agreement is none.
    operator.record("sns", &but_for("baaSignedOn", Value::Null))?;
    ensure!(listed(&visage, "sns")?["onRecord"]["lacks"] == json!(["agreement"]));
    Ok(())
}

#[test]
fn what_cannot_be_true_is_named_all_at_once_and_changes_nothing() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let operator = Operator::of(&visage)?;
    let before = listed(&visage, "ses")?;
    let ahead = "2099-01-01";
    let wrong = json!({
        "baaSignedOn": ahead, "phiApproved": true, "reviewedOn": ahead, "learningOptOutOn": ahead,
        "attestations": [
            { "standard": "soc_2", "validUntil": ahead }, { "standard": "soc_2", "validUntil": "2098-01-01" },
        ],
    });
    let answer = operator.ask("PUT", "/v1/vendors/ses").json(&wrong).send()?;
    let named = answer.refused(422, "invalid_fields")?;
    let expected = [
        ("/attestations/1/standard", "given_twice"),
        ("/baaSignedOn", "in_future"),
        ("/learningOptOutOn", "in_future"),
        ("/reviewedOn", "in_future"),
    ];
    ensure!(named.named() == expected.into(), "{:?}", named.errors);
    ensure!(listed(&visage, "ses")? == before);
    Ok(())
}

/// What a clinic's owners were and are to be told of vendors.
fn told(clinic: &Clinic) -> Result<Vec<Value>> {
    let items = records::of_clinic(clinic)?.iter().map(plain).collect::<Vec<_>>();
    Ok(items.into_iter().filter(|item| item["item_type"] == "alert").collect())
}

/// Lets the sweeper announce what changed, and waits until the clinic's alerts are sent.
fn announced(clinic: &Clinic) -> Result<Vec<Value>> {
    clinic.visage.sweep()?;
    until("the clinic's alerts are sent", || {
        let alerts = told(clinic)?;
        Ok(alerts.iter().all(|alert| alert["sent_at"].is_string()).then_some(alerts))
    })
}

#[test]
fn a_change_is_told_to_every_owner_once_and_what_is_recorded_again_to_nobody() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let (clinic, another) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let operator = Restored(Operator::of(&visage)?);
    // What changed before these clinics were there.
    let before = announced(&clinic)?.len();

    operator.0.record("sns", &cleared())?;
    ensure!(announced(&clinic)?.len() == before, "nothing changed");

    operator.0.record("sns", &but_for("phiApproved", json!(false)))?;
    let since = listed(&visage, "sns")?["onRecord"]["changedAt"].clone();
    for clinic in [&clinic, &another] {
        let alerts = announced(clinic)?;
        ensure!(alerts.len() == before + 1, "{alerts:?}");
        let owner = clinic.staff(Role::Owner)?;
        let mails_to = |id: &str| {
            let address = owner.member(id)?["email"].as_str().unwrap_or_default().to_owned();
            let mails = messages::mails_to(&visage, &address)?;
            let told = |mail: &messages::Mail| mail.body_text.contains("Amazon Simple Notification Service");
            Ok::<_, anyhow::Error>(mails.into_iter().filter(told).collect::<Vec<_>>())
        };
        let mails = mails_to(&owner.id)?;
        ensure!(mails.len() == 1 && mails[0].subject.contains(&clinic.name), "{mails:?}");
        ensure!(mails_to(&clinic.staff(Role::Provider)?.id)?.is_empty(), "it concerns owners");
        let sent = audit::of(clinic)?.into_iter().filter(|entry| {
            entry.action == "send_alert" && entry.resource.ends_with("vendor_changed;recipients=1;refused=0")
        });
        ensure!(sent.count() >= 1);
        // The message comes again.
        let alert = alerts.iter().max_by_key(|it| it["created_at"].to_string()).context("an alert")?;
        let message = json!({ "clinic": clinic.id, "alert": alert["alert"] });
        let url = visage.queue("alerts")?;
        visage.aws.sqs("SendMessage", &json!({ "QueueUrl": url, "MessageBody": message.to_string() }))?;
        visage.until_worked_on(alert["alert"].as_str().unwrap_or_default())?;
        ensure!(mails_to(&owner.id)?.len() == 1);
    }

    operator.0.record("sns", &but_for("phiApproved", json!(false)))?;
    ensure!(listed(&visage, "sns")?["onRecord"]["changedAt"] == since);
    ensure!(announced(&clinic)?.len() == before + 1);
    Ok(())
}

#[test]
fn the_sweeper_counts_vendors_that_are_not_cleared_or_soon_will_not_be() -> Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let visage = Visage::connect()?;
    let operator = Restored(Operator::of(&visage)?);
    let soon = utc_day(Timestamp::now()).saturating_add(Span::new().days(7));
    let before = logs::of(&visage, "sweep_outbox")?.len();
    operator.0.record("rekognition", &but_for("phiApproved", json!(false)))?;
    operator
        .0
        .record("ses", &but_for("attestations", json!([{ "standard": "soc_2", "validUntil": soon }])))?;
    let function = visage.stack.named(&visage.stack.functions, "sweep_outbox")?;
    until("it says so", || {
        visage.aws.invoke(function, &json!({}))?;
        let told = |line: &String| {
            line.contains(r#""VendorsNotCleared":1.0"#) && line.contains(r#""VendorsDue":1.0"#)
        };
        Ok(logs::of(&visage, "sweep_outbox")?.iter().skip(before).any(told).then_some(()))
    })
}
