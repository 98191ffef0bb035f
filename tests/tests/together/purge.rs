//! The purge: what is due goes in all its copies, nothing else does, and what went is on record.

mod every_step;
mod links;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use visage_tests::aws::{Item, text};
use visage_tests::picture::Picture;
use visage_tests::purge::{age, age_all, carry_out, index, order, plan, steps, total};
use visage_tests::records::analysed_photo;
use visage_tests::staff::Role;
use visage_tests::timeouts::ShortTimeouts;
use visage_tests::turns::Turn;
use visage_tests::until::within;
use visage_tests::{Clinic, Intake, Person, Visage, audit, logs, processes, records, until};

/// A plan orders the purge of every clinic: what one test made due, another one's run would destroy.
fn turn() -> Turn {
    Turn::at(&["purge"])
}

const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An intake that somebody began: answers, consents, and a photo that another one took the place of.
fn draft(clinic: &Clinic, photos: usize) -> Result<(Intake, String)> {
    let intake = Intake::start(clinic)?;
    intake.fill(&Person::invented())?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let portrait = Picture::portrait(&clinic.visage)?;
    let patient = audit::patient_of(clinic, &intake.id)?;
    for _ in 0..photos {
        let photo = intake.upload("frontal", &portrait)?;
        intake.settled(&photo)?;
        analysed_photo(clinic, &patient, &photo)?;
    }
    Ok((intake, patient))
}

/// Types of what is left of a patient.
fn left(clinic: &Clinic, patient: &str) -> Result<BTreeSet<String>> {
    records::of_patient(clinic, patient)?.iter().map(|item| Ok(text(item, "item_type")?.to_owned())).collect()
}

fn only_consents(clinic: &Clinic, patient: &str) -> Result<bool> {
    Ok(left(clinic, patient)? == BTreeSet::from(["consent".to_owned()]))
}

/// Every object version of an intake, wherever it lies.
fn versions(clinic: &Clinic, patient: &str, intake: &Intake) -> Result<Vec<String>> {
    let visage = &clinic.visage;
    let photos = format!("photos/{}/{patient}/{}/", clinic.id, intake.id);
    visage.aws.versions(visage.bucket("photos")?, &photos)
}

fn counts<const N: usize>(expected: [(&str, u32); N]) -> BTreeMap<String, u32> {
    expected.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

/// How many sections the default form's answers make.
fn sections() -> u32 {
    u32::try_from(Person::invented().answers().len()).unwrap_or_default()
}

#[test]
fn an_abandoned_draft_is_destroyed_in_all_its_copies_and_a_younger_one_is_not() -> Result<()> {
    let _turn = turn();
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (old, old_patient) = draft(&clinic, 2)?;
    let (young, young_patient) = draft(&clinic, 1)?;
    ensure!(versions(&clinic, &old_patient, &old)?.len() == 2);
    age_all(&clinic, &old_patient, "intake", MONTH)?;
    age_all(&clinic, &young_patient, "intake", MONTH - HOUR)?;
    let before = records::of_patient(&clinic, &young_patient)?;
    let run = plan(&clinic, &json!({}))?;
    until("nothing but the consents is left", || Ok(only_consents(&clinic, &old_patient)?.then_some(())))?;
    ensure!(versions(&clinic, &old_patient, &old)?.is_empty(), "no version of a photo is left");
    let expected = counts([
        ("intake", 1),
        ("section", sections()),
        ("photo", 2),
        ("objects", 2),
        ("upload_count", 1),
        ("patient_key", 1),
        ("keys", 1),
    ]);
    let found = total(&clinic, run)?;
    ensure!(found == expected, "{found:?}");
    let entries = audit::of(&clinic)?.into_iter().filter(|entry| entry.action == "purge_due");
    let named = entries.filter(|entry| entry.resource.contains(&old.id)).count();
    ensure!(named == 3, "its end, its photos, the rest: {named}");
    old.ask("GET", "").send()?.refused(401, "unauthenticated")?;
    // The younger one was not touched, and can be gone on with.
    ensure!(records::of_patient(&clinic, &young_patient)? == before);
    ensure!(versions(&clinic, &young_patient, &young)?.len() == 1);
    young.get()?;
    Ok(())
}

#[test]
fn killed_at_any_moment_and_ordered_twice_it_leaves_nothing_and_counts_everything_once() -> Result<()> {
    let visage = Visage::connect()?;
    let shortened = ShortTimeouts::set(&visage, &["purge"])?;
    let clinic = Clinic::open(&visage)?;
    let (first, _) = draft(&clinic, 2)?;
    let mut due = Vec::new();
    let mut kept = Vec::new();
    for number in 0..30 {
        let patient = if number == 0 {
            audit::patient_of(&clinic, &first.id)?
        } else {
            audit::patient_of(&clinic, &Intake::start(&clinic)?.id)?
        };
        let is_due = number % 5 != 4;
        age_all(&clinic, &patient, "intake", if is_due { MONTH } else { MONTH - HOUR })?;
        if is_due { due.push(patient) } else { kept.push(patient) }
    }
    let before = kept.iter().map(|it| records::of_patient(&clinic, it)).collect::<Result<Vec<_>>>()?;
    let run = Timestamp::now();
    order(&clinic, run, false)?;
    order(&clinic, run, false)?;
    let mut killed = 0;
    for round in 0..40 {
        std::thread::sleep(Duration::from_millis(150 + 37 * (round % 7)));
        killed += processes::kill(&visage, "purge_due")?;
        if killed >= 5 {
            break;
        }
    }
    ensure!(killed > 0, "nothing was there to be killed");
    // What a dead function took may have used up its tries: the next run finds it all the same.
    order(&clinic, run, false)?;
    within(Duration::from_secs(90), "nothing but the consents is left", || {
        let done = due.iter().map(|patient| only_consents(&clinic, patient)).collect::<Result<Vec<_>>>()?;
        Ok(done.into_iter().all(|done| done).then_some(()))
    })?;
    drop(shortened);
    let found = total(&clinic, run)?;
    let expected = u32::try_from(due.len())?;
    ensure!(found.get("intake") == Some(&expected), "{found:?}");
    ensure!(found.get("keys") == Some(&expected), "{found:?}");
    ensure!(found.get("photo") == Some(&2) && found.get("objects") == Some(&2), "{found:?}");
    ensure!(versions(&clinic, &due[0], &first)?.is_empty(), "no version of a photo is left");
    let leads_to_the_dead = |pk: &str| due.iter().any(|patient| pk.ends_with(&**patient));
    ensure!(!index(&clinic)?.iter().any(|(pk, ..)| leads_to_the_dead(pk)), "nothing of them is due");
    let after = kept.iter().map(|it| records::of_patient(&clinic, it)).collect::<Result<Vec<_>>>()?;
    ensure!(before == after, "nothing early");
    Ok(())
}

#[test]
fn a_dry_run_says_what_it_would_destroy_and_destroys_nothing() -> Result<()> {
    let _turn = turn();
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = draft(&clinic, 1)?;
    age_all(&clinic, &patient, "intake", MONTH)?;
    let before = records::of_patient(&clinic, &patient)?;
    let run = Timestamp::now();
    // Delivered twice, it is told once.
    carry_out(&clinic, run, true)?;
    carry_out(&clinic, run, true)?;
    let told = audit::of(&clinic)?.into_iter().filter(|it| it.resource.contains("dry_run=true")).count();
    ensure!(told == 2 && steps(&clinic, run)?.len() == 2, "{told} entries");
    ensure!(total(&clinic, run)?.is_empty());
    let steps = steps(&clinic, run)?;
    ensure!(steps.iter().all(|step| step.dry_run && step.reason == "abandoned_draft"));
    ensure!(steps.iter().all(|step| step.intake.as_deref() == Some(&*intake.id)));
    ensure!(steps.iter().map(|step| step.objects).sum::<u32>() == 1);
    ensure!(records::of_patient(&clinic, &patient)? == before);
    ensure!(versions(&clinic, &patient, &intake)?.len() == 1);
    Ok(())
}

#[test]
fn a_photo_that_does_not_count_goes_after_a_week_and_the_one_that_does_stays() -> Result<()> {
    let _turn = turn();
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (intake, patient) = draft(&clinic, 2)?;
    let rejected = intake
        .upload("oblique_left_45", &Picture { bytes: b"no photo".to_vec(), ..Picture::portrait(&visage)? })?;
    ensure!(intake.settled(&rejected)?.state == "rejected");
    let discarded =
        |item: &&Item| text(item, "item_type").is_ok_and(|it| it == "photo") && item.contains_key("due_sk");
    let items = records::of_patient(&clinic, &patient)?;
    let due: Vec<_> = items.iter().filter(discarded).collect();
    ensure!(due.len() == 2, "the replaced and the rejected one: {}", due.len());
    // A moment before its week is over it stays.
    age(&clinic, due[0], WEEK - HOUR)?;
    age(&clinic, due[1], WEEK)?;
    let run = plan(&clinic, &json!({}))?;
    until("one is gone", || Ok((total(&clinic, run)?.get("photo") == Some(&1)).then_some(())))?;
    age(&clinic, &records::item(&clinic, &patient, text(due[0], "sk")?)?, HOUR)?;
    let run = plan(&clinic, &json!({}))?;
    until("the other is gone", || Ok((total(&clinic, run)?.get("photo") == Some(&1)).then_some(())))?;
    let photos = intake.get()?.photos;
    ensure!(photos.len() == 1 && photos[0].state == "stored", "{photos:?}");
    ensure!(versions(&clinic, &patient, &intake)?.len() == 1);
    Ok(())
}

#[test]
fn sessions_tokens_and_upload_permissions_go_when_their_time_is_over() -> Result<()> {
    let _turn = turn();
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let (_, patient) = draft(&clinic, 1)?;
    clinic.fresh_session(Role::Coordinator)?;
    let kept = clinic.fresh_session(Role::Coordinator)?;
    let of_type = |kind: &str| -> Result<Vec<Item>> {
        let all = records::of_clinic(&clinic)?;
        Ok(all.into_iter().filter(|item| text(item, "item_type").is_ok_and(|it| it == kind)).collect())
    };
    let sessions = of_type("session")?;
    let last = sessions.iter().min_by_key(|item| text(item, "started_at").map(str::to_owned).ok());
    age(&clinic, last.context("a session")?, SignedDuration::from_hours(12))?;
    let (tokens, uploads) = (of_type("resume_token")?, of_type("upload")?);
    age(&clinic, &tokens[0], MONTH)?;
    age(&clinic, &uploads[0], MONTH)?;
    let run = plan(&clinic, &json!({}))?;
    let expected = counts([("session", 1), ("resume_token", 1), ("upload", 1)]);
    until("the three are gone", || Ok((total(&clinic, run)? == expected).then_some(())))?;
    ensure!(of_type("session")?.len() == sessions.len() - 1);
    ensure!(of_type("resume_token")?.is_empty() && of_type("upload")?.is_empty());
    kept.ask("GET", "/v1/session").send()?.expect(200)?;
    ensure!(!left(&clinic, &patient)?.contains("destruction"), "runs belong to the clinic");
    Ok(())
}

#[test]
fn an_order_of_another_clinic_or_of_the_future_destroys_nothing() -> Result<()> {
    let _turn = turn();
    let visage = Visage::connect()?;
    let (clinic, other) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let (_, due) = draft(&clinic, 0)?;
    age_all(&clinic, &due, "intake", MONTH)?;
    let (_, ahead) = draft(&other, 0)?;
    let before = (records::of_patient(&clinic, &due)?, records::of_patient(&other, &ahead)?);
    let future = Timestamp::now() + MONTH + HOUR;
    order(&other, future, false)?;
    let ran =
        || Ok(logs::lines(&visage, "purge_due")?.iter().any(|line| line.outcome == "done").then_some(()));
    until("the order was worked on", ran)?;
    std::thread::sleep(Duration::from_secs(2));
    ensure!(before == (records::of_patient(&clinic, &due)?, records::of_patient(&other, &ahead)?));
    ensure!(steps(&other, future)?.is_empty());
    Ok(())
}
