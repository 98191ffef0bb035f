//! Killed after each single change that it makes: nothing that was due survives, nothing that wasn't goes, and every
//! change is counted once.

use super::{HOUR, MONTH, WEEK, counts, draft, sections, turn};
use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use visage_tests::arrivals::originals_are_gone;
use visage_tests::aws::{Item, plain, text};
use visage_tests::evaluation::Visit;
use visage_tests::files::pdf;
use visage_tests::forms::asking_for_documents;
use visage_tests::picture::Picture;
use visage_tests::purge::{Place, age, age_all, carry_out_dying, index, place, steps, total};
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

/// The views of photos that can't be used.
const VIEWS: [&str; 2] = ["oblique_left_45", "oblique_right_45"];

fn is(item: &Item, kind: &str) -> bool {
    text(item, "item_type").is_ok_and(|it| it == kind)
}

fn is_of(item: &Item, patient: &str) -> bool {
    text(item, "patient").is_ok_and(|it| it == patient)
}

/// A draft with photos of one view, of which the last counts, a document, and so many files of either kind that can't
/// be used.
fn full_draft(clinic: &Clinic, photos: usize, rejected: usize) -> Result<(Intake, String)> {
    let (intake, patient) = draft(clinic, photos)?;
    let document = intake.attach("scans", &pdf("findings", ""))?;
    ensure!(intake.attached(&document)?.state == "stored");
    for view in VIEWS.into_iter().take(rejected) {
        let photo = Picture { bytes: b"no photo".to_vec(), ..Picture::portrait(&clinic.visage)? };
        let photo = intake.upload(view, &photo)?;
        ensure!(intake.settled(&photo)?.state == "rejected");
        let document = Picture { bytes: b"no document".to_vec(), ..pdf("", "") };
        let document = intake.attach("scans", &document)?;
        ensure!(intake.attached(&document)?.state == "rejected");
    }
    Ok((intake, patient))
}

/// A chart that is kept, its patient asked twice to confirm an address and twice for another photo.
fn visit(clinic: &Clinic) -> Result<Visit> {
    let visit = Intake::whole(clinic, &Person::invented(), true)?;
    for _ in 0..2 {
        super::links::ask_for_another_photo(clinic, &visit)?;
    }
    let provider = clinic.staff(Role::Provider)?;
    provider.open_until(&visit, "its notices are sent, and its photo is analysed", |opened| {
        opened.notices.len() == 2
            && opened.notices.iter().all(|notice| notice.state == "sent")
            && opened.photo("frontal").is_some_and(|photo| photo.analysis_state() != "pending")
    })?;
    Ok(visit)
}

/// Makes the first of those items older that this holds for; the others are its young twins.
fn age_first(clinic: &Clinic, by: SignedDuration, which: impl Fn(&Item) -> bool) -> Result<Item> {
    let all = records::of_clinic(clinic)?;
    let found: Vec<_> = all.iter().filter(|item| item.contains_key("due_sk") && which(item)).collect();
    ensure!(found.len() > 1, "{} of them: one is to go and one to stay", found.len());
    age(clinic, found[0], by)?;
    Ok(found[0].clone())
}

/// Everything of the clinic by its keys, but for what tells of destructions.
fn all(clinic: &Clinic) -> Result<BTreeMap<(String, String), Item>> {
    let items = records::of_clinic(clinic)?.into_iter().filter(|item| !is(item, "destruction"));
    items.map(|item| Ok(((text(&item, "pk")?.to_owned(), text(&item, "sk")?.to_owned()), item))).collect()
}

/// The keys of all versions of all files of the clinic's patients, and of all delete markers.
fn files(clinic: &Clinic) -> Result<Vec<String>> {
    let visage = &clinic.visage;
    let mut files = Vec::new();
    for (bucket, folder) in [("incoming", "incoming"), ("photos", "photos"), ("photos", "documents")] {
        files.extend(visage.aws.versions(visage.bucket(bucket)?, &format!("{folder}/{}/", clinic.id))?);
    }
    files.sort();
    Ok(files)
}

/// Puts a delete marker before a patient's document: somebody deleted it, and it is still there.
fn mark_deleted(clinic: &Clinic, patient: &str) -> Result<()> {
    let folder = format!("documents/{}/{patient}/", clinic.id);
    let file = files(clinic)?.into_iter().find(|key| key.starts_with(&folder)).context("a document")?;
    let visage = &clinic.visage;
    let path = format!("/{}/{file}", visage.bucket("photos")?);
    visage.aws.send("s3", "DELETE", &path, &[], Vec::new())?.expect(204)?;
    ensure!(files(clinic)?.iter().filter(|key| **key == file).count() == 2, "the document, and the marker");
    Ok(())
}

/// Everything that can come due, once due and once a moment too young; the function is killed after each call that
/// changed something, and called again.
#[test]
fn killed_after_every_change_it_leaves_no_survivor_and_takes_nothing_early() -> Result<()> {
    let _turn = turn();
    let visage = Visage::connect()?;
    let clinic = Clinic::with_form(&visage, &asking_for_documents("en")?)?;
    let (_, old) = full_draft(&clinic, 1, 1)?;
    let (young_draft, young) = full_draft(&clinic, 3, 2)?;
    visit(&clinic)?;
    clinic.fresh_session(Role::Coordinator)?;
    // Originals go once what came of them is on record.
    originals_are_gone(&clinic)?;
    mark_deleted(&clinic, &old)?;

    for kind in ["intake", "upload", "resume_token"] {
        let items = records::of_clinic(&clinic)?;
        let theirs: Vec<_> = items.iter().filter(|item| is(item, kind) && is_of(item, &old)).collect();
        ensure!(!theirs.is_empty(), "no {kind}");
        theirs.into_iter().try_for_each(|item| age(&clinic, item, MONTH))?;
    }
    age_all(&clinic, &young, "intake", MONTH - HOUR)?;
    let rejected = |item: &Item| is_of(item, &young) && plain(item)["photo_state"]["state"] == "rejected";
    let replaced = |item: &Item| is_of(item, &young) && plain(item)["replaced"] == json!(true);
    let replaced = age_first(&clinic, WEEK, |item| is(item, "photo") && replaced(item))?;
    age_first(&clinic, WEEK, |item| is(item, "photo") && rejected(item))?;
    age_first(&clinic, WEEK, |item| is(item, "document") && is_of(item, &young))?;
    for kind in ["session", "confirmation_link", "retake_link"] {
        age_first(&clinic, MONTH, |item| is(item, kind))?;
    }

    let run = Timestamp::now();
    let now = format!("{run:.6}$");
    // Patients' keys stand in the same index, by what wraps them.
    let stands = |item: &Item| text(item, "due_pk").is_ok_and(|it| it.ends_with("#DUE"));
    let is_due = |item: &Item| stands(item) && text(item, "due_sk").is_ok_and(|at| *at < *now);
    let goes = |item: &Item| is_due(item) || (item_lies_with(item, &old) && !is(item, "consent"));
    let mut kept = all(&clinic)?;
    let due: Vec<_> = kept.values().filter(|item| is_due(item)).collect();
    // A draft, four permissions, a token, three files, a session, two links.
    ensure!(due.len() == 12, "{} are due", due.len());
    kept.retain(|_, item| !goes(item));
    let replaced = text(&replaced, "photo")?.to_owned();
    let mut kept_files = files(&clinic)?;
    let before = kept_files.len();
    kept_files.retain(|key| !key.contains(&old) && !key.contains(&replaced));
    ensure!(before == kept_files.len() + 4, "a photo, a document twice, and what was replaced: {before}");

    let deaths = carry_out_dying(&clinic, run)?;
    let died_of = |call: &str| deaths.iter().filter(|it| *it == call).count();
    // What expired; two photos, a document; of the draft its end, its photos, its documents, the rest.
    ensure!(died_of("TransactWriteItems") == 8, "{deaths:?}");
    // The photo that was replaced; the draft's photos, and its documents.
    ensure!(died_of("S3 POST") == 3 && deaths.len() == 11, "{deaths:?}");

    let left = all(&clinic)?;
    let survivors: Vec<_> = left.keys().filter(|key| !kept.contains_key(*key)).collect();
    ensure!(survivors.is_empty(), "survivors: {survivors:?}");
    let early: Vec<_> = kept.keys().filter(|key| left.get(*key) != kept.get(*key)).collect();
    ensure!(early.is_empty(), "gone or changed too early: {early:?}");
    ensure!(files(&clinic)? == kept_files, "{:?}, not {kept_files:?}", files(&clinic)?);
    let indexed = kept.values().filter(|item| stands(item));
    let indexed: BTreeSet<Place> = indexed.map(place).collect::<Result<_>>()?;
    ensure!(index(&clinic)? == indexed, "the index leads to what is kept, and nowhere else");

    let expected = counts([
        ("intake", 1),
        ("section", sections()),
        ("photo", 4),
        ("document", 3),
        ("objects", 3),
        ("upload_count", 1),
        ("patient_key", 1),
        ("keys", 1),
        ("session", 1),
        ("resume_token", 1),
        ("upload", 4),
        ("confirmation_link", 1),
        ("retake_link", 1),
    ]);
    let found = total(&clinic, run)?;
    ensure!(found == expected && steps(&clinic, run)?.len() == 7, "{found:?}");
    let entries = audit::of(&clinic)?.into_iter().filter(|entry| entry.action == "purge_due");
    ensure!(entries.count() == 8, "an entry for each transaction");
    // Who was not due goes on.
    young_draft.get()?;
    ensure!(carry_out_dying(&clinic, run)?.is_empty(), "nothing is left to do");
    Ok(())
}

/// Whether an item stands in a patient's partition.
fn item_lies_with(item: &Item, patient: &str) -> bool {
    text(item, "pk").is_ok_and(|pk| pk.ends_with(&format!("#P#{patient}")))
}
