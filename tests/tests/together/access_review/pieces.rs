//! A log that is too long for one message is read in pieces.

use super::set_member;
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use visage_tests::access_review::Review;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage};

const THIS: &str = "pat_0123456789abcdefghjkmnpqr0";
const THAT: &str = "pat_1123456789abcdefghjkmnpqr0";

/// Keeps what a piece told of somebody, as the worker does.
fn keep(clinic: &Clinic, review: &Review, (number, staff): (u8, &str), told: &Value) -> Result<()> {
    let tally = format!("tly_{number}123456789abcdefghjkmnpqr0");
    let list = |name: &str| -> Value {
        let all = told[name].as_array().into_iter().flatten();
        json!({ "L": all.map(|it| json!({ "S": it })).collect::<Vec<_>>() })
    };
    let item = json!({
        "pk": { "S": format!("C#{}", clinic.id) }, "sk": { "S": format!("REVIEWTALLY#{}#{tally}", review.id) },
        "item_type": { "S": "access_review_tally" }, "item_version": { "N": "1" },
        "access_review": { "S": review.id }, "tally": { "S": tally }, "staff": { "S": staff },
        "last_sign_in": { "S": told["last_sign_in"] }, "kept_at": { "S": Timestamp::now().to_string() },
        "patients": list("patients"), "in_emergencies": list("in_emergencies"), "used": list("used"),
    });
    let item = item.as_object().context("an item is an object")?;
    clinic.visage.aws.put(clinic.visage.records()?, item)
}

#[test]
fn what_was_kept_of_earlier_pieces_is_joined_with_the_rest_and_read_no_more() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (owner, provider) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Provider)?);
    let before = Intake::whole(&clinic, &Person::invented(), false)?;
    let after = Intake::whole(&clinic, &Person::invented(), false)?;
    provider.open(&before)?;
    let until = Timestamp::now();
    provider.open(&after)?;

    let review = Review::started_by(&owner)?;
    review.set(&clinic, "read_until", &until.to_string())?;
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    // Two pieces met the same patient, and the rest meets one of theirs again.
    let one = json!({
        "last_sign_in": late, "patients": [THIS, THAT], "in_emergencies": [THAT], "used": ["evaluation.sign"],
    });
    let other = json!({ "last_sign_in": early, "patients": [THAT, after.patient] });
    keep(&clinic, &review, (0, provider.id.as_str()), &one)?;
    keep(&clinic, &review, (1, provider.id.as_str()), &other)?;
    // What the membership keeps of it is as old: what is told comes from the pieces then.
    set_member(&clinic, &provider.id, "last_sign_in_at", early)?;
    review.compile(&visage, &clinic.id)?;

    let line = review.line(&owner, &provider.id)?;
    ensure!(line["patients"] == 3 && line["patientsInEmergencies"] == 1, "{line}");
    ensure!(line["lastSignIn"] == late, "what came before was read again: {line}");
    let unused = line["permissionsUnused"].as_array().cloned().unwrap_or_default();
    for used in ["evaluation.sign", "evaluation.open"] {
        ensure!(!unused.contains(&json!(used)), "{line}");
    }
    ensure!(review.seen_by(&owner)?["accessReview"]["users"] == 5);
    Ok(())
}
