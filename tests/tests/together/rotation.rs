//! The rotation of branch keys: what was there opens as before, what goes on goes on, and nothing is left under the old key.

use anyhow::{Context, Result, anyhow, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use visage_tests::aws::{plain, text};
use visage_tests::intake::Submitted;
use visage_tests::picture::Picture;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

const NOBODYS: &str = "cli_0123456789abcdefghjkmnpqr0";

/// Rotates keys, as the clock or an engineer does.
fn rotate(visage: &Visage, order: &Value) -> Result<Value> {
    visage.aws.invoke(visage.stack.named(&visage.stack.functions, "rotate_keys")?, order)
}

/// All that holds a key, of the clinic and of its patients.
fn kept(clinic: &Clinic) -> Result<Vec<Value>> {
    let kinds = ["branch_key", "clinic", "patient_key"];
    let holds = |item: &Value| item["item_type"].as_str().is_some_and(|kind| kinds.contains(&kind));
    let mut kept: Vec<_> = records::of_clinic(clinic)?.iter().map(plain).filter(holds).collect();
    kept.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
    Ok(kept)
}

/// The versions of the clinic's branch keys.
fn versions(kept: &[Value]) -> Vec<&Value> {
    kept.iter().filter(|item| item["item_type"] == "branch_key").map(|item| &item["version"]).collect()
}

/// Of each wrapped key the version of its branch key, with what the index says of it.
fn wrappings(kept: &[Value]) -> Vec<(&Value, String)> {
    let wrapped = kept.iter().filter(|item| item["item_type"] != "branch_key");
    wrapped
        .map(|item| (&item["key"]["branch"], item["due_sk"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

/// Whether all of so many keys of patients, and the clinic's own, are under `version`.
fn all_under(version: u32, patients: usize, kept: &[Value]) -> bool {
    let all = wrappings(kept);
    let place = format!("{version:06}#pat_");
    let placed = all.iter().filter(|(_, sort)| sort.starts_with(&place)).count();
    all.len() == patients + 1 && placed == patients && all.iter().all(|(branch, _)| **branch == version)
}

#[test]
fn what_was_there_opens_after_a_rotation_and_what_is_being_filled_in_goes_on() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let provider = clinic.staff(Role::Provider)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let answers = || -> Result<Value> {
        let opened: Value = provider.ask("GET", &visit.path()).send()?.read(200)?;
        ensure!(opened["answers"].as_array().is_some_and(|answers| !answers.is_empty()), "{opened}");
        Ok(opened["answers"].clone())
    };
    let before = answers()?;
    let draft = || Ok::<_, anyhow::Error>((Intake::start(&clinic)?, Person::invented()));
    let drafts = [draft()?, draft()?];
    ensure!(all_under(1, 3, &kept(&clinic)?), "{:?}", wrappings(&kept(&clinic)?));

    let is_over = AtomicBool::new(false);
    let fill = |(draft, person): &(Intake, Person)| -> Result<()> {
        while !is_over.load(Ordering::Relaxed) {
            draft.fill(person)?;
        }
        draft.fill(person)
    };
    let fill = &fill;
    let outcome = std::thread::scope(|scope| {
        let filling = drafts.each_ref().map(|draft| scope.spawn(move || fill(draft)));
        let outcome = rotate(&visage, &json!({ "clinic": clinic.id }));
        is_over.store(true, Ordering::Relaxed);
        for one in filling {
            one.join().map_err(|_| anyhow!("a thread panicked"))??;
        }
        outcome
    })?;
    ensure!(outcome == json!({ "clinics": 1, "rotated": 1, "rewrapped": 3, "left": 0 }), "{outcome}");
    let rotated = kept(&clinic)?;
    ensure!(all_under(2, 3, &rotated) && versions(&rotated) == [1, 2], "{:?}", wrappings(&rotated));
    let log = audit::of(&clinic)?.into_iter().filter(|entry| entry.action == "rotate_keys");
    let named: Vec<_> = log.map(|entry| (entry.resource, entry.outcome)).collect();
    let done = |resource: &str| (resource.to_owned(), "done".to_owned());
    ensure!(named.len() == 2, "{named:?}");
    ensure!(
        named.contains(&done("branch_key=2")) && named.contains(&done("branch_key=2;keys=3")),
        "{named:?}"
    );

    // Each opens by the new key what was sealed before, and seals more.
    ensure!(answers()? == before);
    for (draft, person) in &drafts {
        let read = draft.get()?.sections;
        ensure!(read["about-you"]["email"]["valueString"] == person.email.as_str());
    }
    let (draft, _) = &drafts[0];
    draft.decide("photographs", true)?.expect(201)?;
    draft.decide("face_analysis", false)?.expect(201)?;
    let photo = draft.upload("frontal", &Picture::portrait(&visage)?)?;
    draft.settled(&photo)?;
    let submitted: Submitted = draft.submit(false, false)?.read(201)?;
    provider.open(&draft.visit(&clinic, &submitted.evaluation)?)?;
    // Who becomes a patient now has a key under the new one.
    Intake::start(&clinic)?;
    let after = kept(&clinic)?;
    ensure!(all_under(2, 4, &after), "{:?}", wrappings(&after));
    // The clock finds nothing to do here.
    rotate(&visage, &json!({}))?;
    ensure!(kept(&clinic)? == after, "a young key is rotated by nobody but by hand");
    Ok(())
}

#[test]
fn a_key_that_is_a_year_old_is_rotated_by_the_clock_once_wherever_its_clinic_stands() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::register(&visage)?;
    clinic.change_status("active", "suspended", "security")?.expect(200)?;
    let branch_keys = visage.aws.query(visage.records()?, &format!("C#{}", clinic.id), "BRANCH#")?;
    let [first] = &branch_keys[..] else { return Err(anyhow!("{} branch keys", branch_keys.len())) };
    let long_ago = Timestamp::now() - SignedDuration::from_hours(366 * 24);
    visage.aws.set(visage.records()?, first, "created_at", &json!({ "S": long_ago.to_string() }))?;
    // Two runs at once, as when the clock comes while an engineer goes round.
    let both = std::thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| rotate(&visage, &json!({}))));
        runs.map(|run| run.join().map_err(|_| anyhow!("a thread panicked"))?)
    });
    for outcome in both {
        let clinics = outcome?["clinics"].as_u64().context("a count")?;
        ensure!(clinics > 0, "it goes round");
    }
    let rotated = kept(&clinic)?;
    ensure!(versions(&rotated) == [1, 2] && all_under(2, 0, &rotated), "{rotated:?}");
    Ok(())
}

#[test]
fn a_clinic_that_was_restored_as_it_was_before_a_rotation_goes_on_from_the_newest_key() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let draft = Intake::start(&clinic)?;
    let table = visage.records()?;
    let before = visage.aws.query(table, &format!("C#{}", clinic.id), "CLINIC")?;
    let before = before.into_iter().find(|item| text(item, "sk").is_ok_and(|it| it == "CLINIC"));
    let order = json!({ "clinic": clinic.id });
    rotate(&visage, &order)?;
    visage.aws.put(table, &before.context("the clinic's record")?)?;
    let outcome = rotate(&visage, &order)?;
    ensure!(outcome == json!({ "clinics": 1, "rotated": 1, "rewrapped": 1, "left": 0 }), "{outcome}");
    let rotated = kept(&clinic)?;
    ensure!(versions(&rotated) == [1, 2, 3] && all_under(3, 1, &rotated), "{:?}", wrappings(&rotated));
    draft.get().map(drop)
}

#[test]
fn an_order_about_no_clinic_or_with_a_slip_rotates_nothing() -> Result<()> {
    let visage = Visage::connect()?;
    for wrong in [json!({ "clinic": NOBODYS }), json!({ "clinic": "all" }), json!({ "clinics": [] })] {
        ensure!(rotate(&visage, &wrong).is_err(), "{wrong}");
    }
    Ok(())
}
