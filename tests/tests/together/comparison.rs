//! Before and after: two visits of one person compared, and a change told only where the errors of both don't explain it.

use anyhow::{Context, Result, ensure};
use image::{ImageFormat, Rgb, RgbImage, imageops};
use serde_json::{Value, json};
use std::io::Cursor;
use visage_tests::evaluation::Visit;
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, audit};

/// By how much the portrait is turned, in degrees: nearly three times what its cant may differ by between two photos.
const TILT: f32 = 12.0;

/// A visit with this portrait, whose analysis the patient allows or doesn't.
fn visit(clinic: &Clinic, person: &Person, portrait: &Picture, analysis: bool) -> Result<Visit> {
    let intake = Intake::start(clinic)?;
    intake.fill(person)?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", analysis)?.expect(201)?;
    let photo = intake.upload("frontal", portrait)?;
    intake.settled(&photo)?;
    let submitted: Submitted = intake.submit(false, false)?.read(201)?;
    let visit = intake.visit(clinic, &submitted.evaluation)?;
    let state = if analysis { "done" } else { "skipped" };
    clinic.staff(Role::Provider)?.open_until(&visit, "the portrait was looked at", |opened| {
        opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == state)
    })?;
    Ok(visit)
}

/// The portrait, turned clockwise about its middle.
fn tilted(portrait: &Picture, degrees: f32) -> Result<Picture> {
    let photo = image::load_from_memory(&portrait.bytes)?.to_rgb8();
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (middle_x, middle_y) = (photo.width() as f32 / 2.0, photo.height() as f32 / 2.0);
    let turned = RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
        let (x, y) = (x as f32 - middle_x, y as f32 - middle_y);
        let (from_x, from_y) = (middle_x + x * cos + y * sin, middle_y - x * sin + y * cos);
        imageops::interpolate_bilinear(&photo, from_x, from_y).unwrap_or(Rgb([0; 3]))
    });
    let mut bytes = Cursor::new(Vec::new());
    turned.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(Picture { content_type: "image/png", bytes: bytes.into_inner() })
}

fn same(staff: &Staff, one: &Visit, other: &Visit) -> Result<()> {
    staff.decide(&one.patient, &other.patient, "\"0\"", "same", "")?.expect(200).map(drop)
}

fn path(one: &Visit, other: &Visit) -> String {
    format!("{}/comparison/{}/{}", one.path(), other.patient, other.evaluation)
}

fn compared(staff: &Staff, one: &Visit, other: &Visit) -> Result<Value> {
    staff.ask("GET", &path(one, other)).send()?.read(200)
}

/// What is said of the frontal photos.
fn frontal(answer: &Value) -> Result<&Value> {
    let views = answer["views"].as_array().context("views")?;
    ensure!(views.len() == 1, "there is one view: {views:?}");
    Ok(&views[0])
}

/// The figures that both photos yield.
fn figures(answer: &Value) -> Result<Vec<&Value>> {
    let all = frontal(answer)?["comparison"]["figures"].as_array().context("figures")?;
    for figure in all {
        let missing = |side: &str| figure[side]["reason"].is_string();
        let told = figure["changed"].is_boolean() && figure["difference"].is_number();
        ensure!(told != (missing("before") || missing("after")), "compared, or it says why not: {figure}");
        ensure!(figure["definition"].is_string() && figure["unit"].is_string(), "{figure}");
    }
    Ok(all.iter().filter(|figure| figure["changed"].is_boolean()).collect())
}

#[test]
fn a_change_is_told_only_beyond_the_error_of_both_photos() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (person, portrait) = (Person::invented(), Picture::portrait(&visage)?);
    let first = visit(&clinic, &person, &portrait, true)?;
    let second = visit(&clinic, &person, &portrait, true)?;
    let third = visit(&clinic, &person, &tilted(&portrait, TILT)?, true)?;
    let unasked = visit(&clinic, &person, &portrait, false)?;
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    for visit in [&second, &third, &unasked] {
        same(&coordinator, &first, visit)?;
    }

    // The same photo twice.
    let unchanged = compared(&provider, &second, &first)?;
    ensure!(unchanged["before"]["evaluation"] == first.evaluation.as_str(), "{unchanged}");
    ensure!(unchanged["after"]["evaluation"] == second.evaluation.as_str());
    let both = figures(&unchanged)?;
    ensure!(!both.is_empty() && both.iter().all(|figure| figure["changed"] == false), "{both:?}");
    ensure!(both.iter().all(|figure| figure["error"].as_f64() > figure["before"]["error"].as_f64()));
    let caveat = frontal(&unchanged)?["comparison"]["caveat"].as_str().unwrap_or_default();
    ensure!(caveat.contains("only if it is larger than the stated error of both"), "{caveat}");

    // The head tilted clockwise: the pupil on the right of the picture is lower. Records that are linked through a third are one
    // person's too, and whichever is asked about, the earlier comes first.
    let tilted = compared(&provider, &third, &second)?;
    ensure!(compared(&provider, &second, &third)? == tilted, "from either side the same is told");
    let cant = figures(&tilted)?.into_iter().find(|figure| figure["code"] == "pupil_cant");
    let cant = cant.context("the pupils of both were found")?;
    ensure!(cant["changed"] == true && cant["direction"] == "increased", "{cant}");
    let (difference, error) = (cant["difference"].as_f64(), cant["error"].as_f64());
    let (difference, error) = (difference.context("a difference")?, error.context("its error")?);
    ensure!(difference > 1.96 * error && (difference - f64::from(TILT)).abs() < 5.0, "{cant}");

    // Who didn't allow an analysis: named, not left out.
    let named = compared(&provider, &unasked, &first)?;
    let view = frontal(&named)?;
    ensure!(view["code"] == "not_analysed" && view.get("comparison").is_none(), "{view}");
    ensure!(view["after"]["analysis"] == json!({ "state": "skipped", "reason": "no_consent" }), "{view}");
    ensure!(view["before"]["analysis"]["state"] == "done", "{view}");

    // Who arranges isn't shown what was measured.
    let arranged = compared(&coordinator, &third, &second)?;
    ensure!(frontal(&arranged)?.get("comparison").is_none() && arranged["before"] == tilted["before"]);
    Ok(())
}

#[test]
fn only_one_persons_visits_are_compared_and_either_may_ask_for_a_reason() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, elsewhere) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let person = Person::invented();
    let (first, second) = (Intake::whole(&clinic, &person, false)?, Intake::whole(&clinic, &person, false)?);
    let stranger = Intake::whole(&clinic, &Person::invented(), false)?;
    let theirs = Intake::whole(&elsewhere, &person, false)?;
    let nobodys = Visit {
        patient: "pat_00000000000000000000000000".to_owned(),
        evaluation: "eva_00000000000000000000000000".to_owned(),
    };
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let ask = |one: &Visit, other: &Visit| provider.ask("GET", &path(one, other)).send();
    // Likely the same isn't the same before somebody says so.
    ask(&second, &first)?.refused(404, "not_found")?;
    same(&provider, &second, &first)?;

    let answer = ask(&second, &first)?.expect(200)?;
    let entries = audit::of_request(&clinic, answer.request()?)?;
    let [entry] = entries.as_slice() else { anyhow::bail!("one entry, not {entries:?}") };
    let shown = [&first, &second].map(|it| format!("{}/{}", it.patient, it.evaluation));
    ensure!(entry.shown == shown && entry.patient.as_ref() == Some(&second.patient), "{entry:?}");
    for visit in [&first, &second] {
        ensure!(entry.resource.contains(&visit.patient) && entry.resource.contains(&visit.evaluation));
    }

    // Nobody else's, whether there is such a visit or not; none with itself, nor under another's record.
    let misplaced = Visit { patient: stranger.patient.clone(), ..first.clone() };
    for other in [&stranger, &theirs, &nobodys, &second, &misplaced] {
        ask(&second, other)?.refused(404, "not_found")?;
    }
    ask(&theirs, &first)?.refused(404, "not_found")?;
    let foreign = elsewhere.staff(Role::Provider)?;
    foreign.ask("GET", &path(&second, &first)).send()?.refused(404, "not_found")?;
    foreign.ask("GET", &path(&theirs, &first)).send()?.refused(404, "not_found")?;
    for role in [Role::Owner, Role::Billing, Role::Compliance] {
        clinic.staff(role)?.ask("GET", &path(&second, &first)).send()?.refused(403, "forbidden")?;
    }

    // The earlier is nobody's work any more but its provider's, from whichever side it is asked about.
    provider.conclude(&first, &json!({ "findings": [], "recommendations": "None." }))?;
    for path in [path(&second, &first), path(&first, &second)] {
        provider.ask_without_reason("GET", &path).send()?.expect(200)?;
        let refused = coordinator.ask_without_reason("GET", &path).send()?;
        refused.refused(403, "reason_required")?;
        let said = coordinator.ask("GET", &path).send()?.expect(200)?;
        let entries = audit::of_request(&clinic, said.request()?)?;
        ensure!(entries.iter().all(|it| it.resource.ends_with(";reason=treatment")), "{entries:?}");
    }
    // Signed or not, of somebody else's visit nothing is told.
    coordinator.ask_without_reason("GET", &path(&stranger, &first)).send()?.refused(404, "not_found")?;
    provider.decide(&second.patient, &first.patient, "\"1\"", "different", "Twins.")?.expect(200)?;
    ask(&second, &first)?.refused(404, "not_found").map(drop)
}
