//! Likely the same patient: proposed by the machine, decided by staff, and never merged.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use visage_tests::aws::{Item, plain, text};
use visage_tests::evaluation::Visit;
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, audit, records};

/// The proposals for a patient.
fn matches(staff: &Staff, patient: &str) -> Result<Vec<Value>> {
    let answer: Value = staff.ask("GET", &format!("/v1/patients/{patient}/matches")).send()?.read(200)?;
    Ok(answer["matches"].as_array().cloned().unwrap_or_default())
}

/// The evaluations among a patient's visits.
fn visits(staff: &Staff, patient: &str) -> Result<BTreeSet<String>> {
    let answer: Value = staff.ask("GET", &format!("/v1/patients/{patient}/visits")).send()?.read(200)?;
    let all = answer["visits"].as_array().context("visits")?;
    Ok(all.iter().filter_map(|visit| visit["evaluation"].as_str().map(str::to_owned)).collect())
}

fn evaluations(visits: &[&Visit]) -> BTreeSet<String> {
    visits.iter().map(|visit| visit.evaluation.clone()).collect()
}

#[test]
fn who_shares_birth_date_and_contact_is_proposed_and_nobody_else() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::invented();
    let first = Intake::whole(&clinic, &person, false)?;
    // Who moved: the same mail, in other letters, and another number.
    let moved =
        Person { email: person.email.to_uppercase(), phone: "+12025550144".to_owned(), ..person.clone() };
    let second = Intake::whole(&clinic, &moved, false)?;
    // A relative with the same contact, somebody with the same birthday, and the same person elsewhere.
    let relative = Person { birth_date: person.wrong_birth_date().to_owned(), ..person.clone() };
    Intake::whole(&clinic, &relative, false)?;
    let (birth_date, phone) = (person.birth_date.clone(), "+12025550143".to_owned());
    Intake::whole(&clinic, &Person { birth_date, phone, ..Person::invented() }, false)?;
    let elsewhere = Clinic::open(&visage)?;
    let theirs = Intake::whole(&elsewhere, &person, false)?;

    let coordinator = clinic.staff(Role::Coordinator)?;
    let answer =
        coordinator.ask("GET", &format!("/v1/patients/{}/matches", second.patient)).send()?.expect(200)?;
    let logged = audit::of_request(&clinic, answer.request()?)?;
    ensure!(logged.len() == 1 && logged[0].shown == [first.patient.clone()], "{logged:?}");
    let found: Value = answer.read(200)?;
    let found = found["matches"].as_array().context("matches")?;
    ensure!(found.len() == 1, "{found:?}");
    ensure!(found[0]["patient"] == first.patient.as_str() && found[0]["name"] == person.full_name().as_str());
    ensure!(found[0]["birthDate"] == person.birth_date.as_str() && found[0]["etag"] == "\"0\"");
    ensure!(found[0]["inCommon"] == serde_json::json!(["birth_date_and_email"]));
    ensure!(found[0].get("decision").is_none());
    ensure!(matches(&elsewhere.staff(Role::Provider)?, &theirs.patient)?.is_empty());
    // Nothing is linked by the machine.
    ensure!(visits(&coordinator, &second.patient)? == evaluations(&[&second]));
    Ok(())
}

#[test]
fn the_index_tells_nothing_and_its_patient_names_each_entry() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, other) = (Clinic::open(&visage)?, Clinic::open(&visage)?);
    let person = Person::invented();
    let mut keys = Vec::new();
    for clinic in [&clinic, &other] {
        let visit = Intake::whole(clinic, &person, false)?;
        let patient = records::of_type(clinic, &visit.patient, "patient")?.pop().context("a patient")?;
        let listed: BTreeSet<String> = serde_json::from_value(patient["matches"].clone())?;
        let items = records::of_clinic(clinic)?;
        let entries: Vec<_> = items.iter().filter(|item| plain(item)["item_type"] == "match").collect();
        let prefix = format!("C#{}#M#", clinic.id);
        let stored: BTreeSet<String> = entries
            .iter()
            .map(|item| Ok(text(item, "pk")?.strip_prefix(&prefix).context("its clinic's")?.to_owned()))
            .collect::<Result<_>>()?;
        ensure!(listed == stored && listed.len() == 2, "the patient names each of its entries: {listed:?}");
        let all = serde_json::to_string(&entries)?;
        for secret in [&person.email, &person.phone, &person.birth_date, &person.family_name] {
            ensure!(!all.contains(secret.as_str()), "an entry holds what it stands for");
        }
        keys.push(listed);
    }
    ensure!(keys[0].is_disjoint(&keys[1]), "another clinic's key gives other entries");
    Ok(())
}

#[test]
fn same_links_visits_and_a_later_decision_unlinks_them() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let person = Person::invented();
    let first = Intake::whole(&clinic, &person, false)?;
    let second = Intake::whole(&clinic, &person, false)?;
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let (one, other) = (second.patient.as_str(), first.patient.as_str());
    let before = [records::item(&clinic, one, "PATIENT")?, records::item(&clinic, other, "PATIENT")?];
    coordinator.decide(one, one, "\"0\"", "same", "")?.refused(404, "not_found")?;
    coordinator.decide(one, other, "\"1\"", "same", "")?.refused(412, "changed_meanwhile")?;
    let same = coordinator.decide(one, other, "\"0\"", "same", "")?.expect(200)?;
    let entries = audit::of_request(&clinic, same.request()?)?;
    let named = entries
        .iter()
        .any(|it| it.outcome == "done" && it.resource.contains(other) && it.resource.contains(one));
    ensure!(named, "the log names both: {entries:?}");
    // Each shows the other's visits, and the decision.
    for (patient, its) in [(one, other), (other, one)] {
        ensure!(visits(&provider, patient)? == evaluations(&[&first, &second]), "{patient}");
        let found = matches(&provider, patient)?;
        ensure!(found.len() == 1 && found[0]["patient"] == its && found[0]["etag"] == "\"1\"");
        ensure!(found[0]["decision"]["verdict"] == "same");
        ensure!(found[0]["decision"]["decidedBy"] == coordinator.id.as_str());
    }
    // A previous visit is opened as any other: by the same gate, with its own entry.
    let opened = provider.ask("GET", &first.path()).send()?.expect(200)?;
    let entries = audit::of_request(&clinic, opened.request()?)?;
    ensure!(entries[0].action == "open_evaluation" && entries[0].patient.as_deref() == Some(other));
    // Otherwise, from the other side: with a reason.
    provider.decide(other, one, "\"0\"", "different", "Twins.")?.refused(412, "changed_meanwhile")?;
    let unexplained =
        provider.decide(other, one, "\"1\"", "different", "")?.refused(422, "invalid_fields")?;
    ensure!(unexplained.errors[0].pointer == "/reason");
    provider.decide(other, one, "\"1\"", "different", "Twins.")?.expect(200)?;
    ensure!(visits(&provider, one)? == evaluations(&[&second]));
    ensure!(visits(&provider, other)? == evaluations(&[&first]));
    ensure!(matches(&provider, one)?[0]["decision"]["verdict"] == "different");
    // Both decisions are kept with both records, and the records themselves are as they were.
    for patient in [one, other] {
        let kept = records::of_type(&clinic, patient, "match_decision")?;
        ensure!(kept.len() == 2 && !serde_json::to_string(&kept)?.contains("Twins"));
    }
    let after = [records::item(&clinic, one, "PATIENT")?, records::item(&clinic, other, "PATIENT")?];
    ensure!(after == before, "nothing is merged");
    Ok(())
}

#[test]
fn records_linked_through_a_third_show_each_others_visits_unless_told_apart() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let people = [Person::invented(), Person::invented(), Person::invented()];
    let mut linked = Vec::new();
    for person in &people {
        linked.push(Intake::whole(&clinic, person, false)?);
    }
    let [a, b, c] = linked.as_slice() else { anyhow::bail!("three visits") };
    let provider = clinic.staff(Role::Provider)?;
    provider.decide(&a.patient, &b.patient, "\"0\"", "same", "Showed a passport.")?.expect(200)?;
    provider.decide(&b.patient, &c.patient, "\"0\"", "same", "Changed name and number.")?.expect(200)?;
    ensure!(visits(&provider, &a.patient)? == evaluations(&[a, b, c]));
    ensure!(visits(&provider, &c.patient)? == evaluations(&[a, b, c]));
    provider.decide(&a.patient, &c.patient, "\"0\"", "different", "")?.expect(200)?;
    ensure!(visits(&provider, &a.patient)? == evaluations(&[a, b]));
    ensure!(visits(&provider, &c.patient)? == evaluations(&[b, c]));
    ensure!(visits(&provider, &b.patient)? == evaluations(&[a, b, c]));
    Ok(())
}

#[test]
fn what_nobody_decided_on_comes_before_any_number_of_those_that_somebody_did() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::invented();
    let visits = (0..3).map(|_| Intake::whole(&clinic, &person, false)).collect::<Result<Vec<_>>>()?;
    let [first, second, third] = visits.as_slice() else { anyhow::bail!("three visits") };
    let provider = clinic.staff(Role::Provider)?;
    provider.decide(&second.patient, &third.patient, "\"0\"", "different", "")?.expect(200)?;
    // Sixty more with the same birth date and contact, told apart long ago, whose names sort before any other.
    let decision = records::item(&clinic, &second.patient, &format!("{}#000001", third.patient))?;
    let all = records::of_clinic(&clinic)?;
    let is_entry =
        |item: &&Item| plain(item)["item_type"] == "match" && plain(item)["patient"] == *third.patient;
    let entry = all.iter().find(is_entry).context("an entry of the index")?;
    for number in 0..60 {
        let other = format!("pat_{number:025}0");
        for (template, field) in [(entry, "patient"), (&decision, "other")] {
            let mut item = template.clone();
            item.insert(field.to_owned(), json!({ "S": other }));
            let sort = text(template, "sk")?.replace(&third.patient, &other);
            item.insert("sk".to_owned(), json!({ "S": sort }));
            visage.aws.put(visage.records()?, &item)?;
        }
    }
    let path = format!("/v1/patients/{}/matches", second.patient);
    let found: Value = provider.ask("GET", &path).send()?.read(200)?;
    let foremost = &found["matches"][0];
    ensure!(foremost["patient"] == first.patient.as_str() && foremost.get("decision").is_none(), "{found}");
    ensure!(found["more"] == 12, "62 others, of whom 50 are looked at: {}", found["more"]);
    Ok(())
}

#[test]
fn of_two_who_decide_at_once_one_is_told() -> Result<()> {
    let clinic = Clinic::open(&Visage::connect()?)?;
    let person = Person::invented();
    let (first, second) = (Intake::whole(&clinic, &person, false)?, Intake::whole(&clinic, &person, false)?);
    let (provider, coordinator) = (clinic.staff(Role::Provider)?, clinic.staff(Role::Coordinator)?);
    let (one, other) = (first.patient.as_str(), second.patient.as_str());
    let answers = std::thread::scope(|scope| {
        // From either side.
        let same = scope.spawn(|| provider.decide(one, other, "\"0\"", "same", ""));
        let different = scope.spawn(|| coordinator.decide(other, one, "\"0\"", "different", ""));
        [same.join(), different.join()]
    });
    let mut statuses = Vec::new();
    for answer in answers {
        let answer = answer.map_err(|_| anyhow::anyhow!("a decision panicked"))??;
        statuses.push(answer.status);
        ensure!(answer.etag()? == "\"1\"", "{} has the tag of what holds", answer.what);
    }
    statuses.sort_unstable();
    ensure!(statuses == [200, 412], "{statuses:?}");
    let verdicts = [matches(&provider, one)?, matches(&provider, other)?];
    ensure!(verdicts[0][0]["decision"] == verdicts[1][0]["decision"], "both records tell the same");
    Ok(())
}
