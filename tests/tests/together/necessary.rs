//! Who looks at the same thing in another role sees what that role needs of it, and no more.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use visage_tests::evaluation::Visit;
use visage_tests::staff::{Role, Staff};
use visage_tests::until::until;
use visage_tests::{Clinic, Intake, Person, Visage};

/// What of an opened evaluation is for providers alone.
const OF_EVALUATION: [&str; 6] = [
    "assessment",
    "addenda/text",
    "photos/findings/faces",
    "photos/findings/measures",
    "photos/findings/model",
    "photos/findings/moderation",
];
/// The same of its reports.
const OF_REPORTS: [&str; 2] = ["reports/url", "reports/urlExpiresAt"];

/// Takes out what stands at a path, of lists in every item. Answers how often it stood there.
fn take(value: &mut Value, path: &str) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(|item| take(item, path)).sum(),
        Value::Object(object) => match path.split_once('/') {
            Some((name, rest)) => object.get_mut(name).map_or(0, |value| take(value, rest)),
            None => usize::from(object.remove(path).is_some()),
        },
        _ => 0,
    }
}

/// The same without what is another with every look: links, and until when they work.
fn unlinked(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(unlinked).collect(),
        Value::Object(object) => {
            let same = |(name, value): (String, Value)| match name.as_str() {
                "url" | "urlExpiresAt" => (name, json!("there")),
                _ => (name, unlinked(value)),
            };
            object.into_iter().map(same).collect()
        }
        other => other,
    }
}

/// What each of two is shown under a path, once nothing changes while both look.
fn compared(path: &str, one: &Staff, other: &Staff) -> Result<(Value, Value)> {
    let look = |staff: &Staff| -> Result<Value> { staff.ask("GET", path).send()?.read(200).map(unlinked) };
    until("nothing changes while both look", || {
        let (before, shown) = (look(one)?, look(other)?);
        Ok((look(one)? == before).then_some((before, shown)))
    })
}

fn signed_with_an_addendum(clinic: &Clinic) -> Result<Visit> {
    let visit = Intake::whole(clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let assessment =
        json!({ "findings": [{ "area": "Brow", "text": "Even." }], "recommendations": "Sun protection." });
    provider.conclude(&visit, &assessment)?;
    // Added before it was rendered, it would be in the first version.
    let signed =
        provider.open_until(&visit, "the first version is rendered", |opened| opened.reports.len() == 1)?;
    provider.add(&visit, &signed.etag, "Seen by phone: no change.")?.expect(201)?;
    provider.open_until(&visit, "both versions are rendered, and the photo is analysed", |opened| {
        opened.reports.len() == 2 && opened.photos.iter().all(|photo| photo.analysis_state() == "done")
    })?;
    Ok(visit)
}

#[test]
fn of_one_chart_each_role_is_shown_what_it_needs() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let visit = signed_with_an_addendum(&clinic)?;
    let (chart, reports) = (visit.path(), format!("{}/reports", visit.path()));
    for (path, hidden) in [(&chart, &OF_EVALUATION[..]), (&reports, &OF_REPORTS[..])] {
        let (mut all, shown) = compared(path, &provider, &coordinator)?;
        for field in hidden {
            ensure!(take(&mut all, field) > 0, "the provider is shown {field}");
        }
        ensure!(all == shown, "that is all the difference: {all:#} {shown:#}");
        ensure!(shown.get("assessment").is_none());
    }
    // Whether another photo is needed is what a coordinator asks for one by.
    let opened = coordinator.open(&visit)?;
    let findings = opened.photo("frontal").and_then(|photo| photo.findings.clone()).unwrap_or_default();
    ensure!(findings["assessment"]["verdict"].is_string(), "{findings}");

    // Who holds both roles sees what either needs, from the next request on.
    let both = json!({ "roles": ["coordinator", "provider"] });
    clinic.staff(Role::Owner)?.change(&coordinator.id, &both)?.expect(200)?;
    for path in [&chart, &reports] {
        let (all, shown) = compared(path, &provider, &coordinator)?;
        ensure!(all == shown, "{all:#} {shown:#}");
    }
    Ok(())
}

#[test]
fn who_cannot_change_staff_is_not_told_what_a_change_is_based_on() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let (owner, compliance) = (clinic.staff(Role::Owner)?, clinic.staff(Role::Compliance)?);
    let (mut all, shown) = compared("/v1/staff", &owner, &compliance)?;
    ensure!(take(&mut all, "staff/etag") == Role::ALL.len(), "{all:#}");
    ensure!(all == shown, "that is all the difference: {all:#} {shown:#}");
    Ok(())
}
