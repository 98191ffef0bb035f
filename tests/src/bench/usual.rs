//! The usual way of an intake, from the form to the report that its patient reads, and what all of it costs.

use super::price::Bill;
use crate::clinic::Clinic;
use crate::intake::{Intake, Submitted};
use crate::logs;
use crate::people::Person;
use crate::picture::Picture;
use crate::report::{self, Reported};
use crate::staff::Role;
use crate::visage::Visage;
use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::Value;

/// The views of which a photo is sent.
const VIEWS: [&str; 3] = ["frontal", "oblique_left_45", "oblique_right_45"];
/// How often somebody looks where a test looks until something is there.
const LOOKED: [(&str, f64); 3] = [("get_intake", 6.0), ("open_evaluation", 3.0), ("list_evaluations", 2.0)];

/// What a number of intakes cost.
#[derive(Clone, Debug)]
pub struct Cost {
    /// By what is paid for.
    pub bill: Bill,
    /// Requests to the API.
    pub requests: f64,
    /// Calls to AWS.
    pub calls: f64,
    /// Capacity units, read and written.
    pub capacity: f64,
}

/// Functions that come by the clock, whatever is asked for.
const BY_CLOCK: [&str; 6] =
    ["escalate_reviews", "plan_access_reviews", "plan_purge", "purge_due", "rotate_keys", "sweep_outbox"];

/// What one intake costs, of so many that go their way at a clinic of their own.
///
/// # Errors
/// If something on the way is refused.
pub fn cost(visage: &Visage, intakes: u32) -> Result<Cost> {
    let clinic = Clinic::open(visage)?;
    // The first one finds processes that have yet to start, and keys that nobody holds.
    go(&clinic)?;
    let began = Timestamp::now();
    for _ in 0..intakes {
        go(&clinic)?;
    }
    let mut cost = Cost { bill: Bill::default(), requests: 0.0, calls: 0.0, capacity: 0.0 };
    let asked = visage.stack.functions.keys().filter(|operation| !BY_CLOCK.contains(&operation.as_str()));
    for operation in asked {
        let lines = logs::lines_since(visage, operation, began)?;
        if lines.is_empty() {
            continue;
        }
        let memory = memory(visage, operation)?;
        let looked = LOOKED.iter().find(|(name, _)| name == operation);
        #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
        let share = looked.map_or(f64::from(intakes).recip(), |(_, times)| times / lines.len() as f64);
        for line in &lines {
            cost.bill.add(&Bill::of(line, memory)?, share);
            cost.requests += if line.is_request() { share } else { 0.0 };
            cost.calls += line.call_count()? * share;
            cost.capacity += line.capacity * share;
        }
    }
    Ok(cost)
}

/// The memory that a function is given, in MB.
fn memory(visage: &Visage, operation: &str) -> Result<f64> {
    let function = visage.stack.named(&visage.stack.functions, operation)?;
    let path = format!("/2015-03-31/functions/{function}/configuration");
    let answer: Value = visage.aws.send("lambda", "GET", &path, &[], Vec::new())?.read(200)?;
    answer["MemorySize"].as_f64().with_context(|| format!("{function} says nothing of its memory"))
}

/// One intake: three photos, both channels confirmed, signed with a photo in the report, read by the patient.
fn go(clinic: &Clinic) -> Result<()> {
    let (visage, person) = (&clinic.visage, Person::invented());
    visage.ask("GET", &format!("/v1/clinics/{}/form", clinic.slug)).send()?.expect(200)?;
    let intake = Intake::start(clinic)?;
    intake.fill(&person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let portrait = Picture::portrait(visage)?;
    let sent = VIEWS.map(|view| intake.upload(view, &portrait));
    for photo in sent {
        intake.settled(&photo?)?;
    }
    let submitted: Submitted = intake.submit(false, true)?.read(201)?;
    let visit = intake.visit(clinic, &submitted.evaluation)?;
    let opened = clinic.staff(Role::Provider)?.open_until(&visit, "every photo is analysed", |opened| {
        opened.photos.iter().all(|photo| matches!(photo.analysis_state(), "done" | "retake"))
    })?;
    let portrait = opened.photo("frontal").context("there is a portrait")?.photo.clone();
    let reported = Reported::of(clinic, &person, visit, &[&portrait])?;
    report::open(visage, &reported.mailed, &person.birth_date)?.expect(201)?;
    Ok(())
}
