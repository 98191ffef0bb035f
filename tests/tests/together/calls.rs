//! What an operation costs in calls to AWS, as its log lines tell, and that nothing ever scans.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::Path;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, logs};

type Calls = BTreeMap<String, u32>;

fn calls<const N: usize>(expected: [(&str, u32); N]) -> Calls {
    expected.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[test]
fn opening_an_evaluation_takes_three_calls() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let provider = clinic.staff(Role::Provider)?;
    let open = || provider.ask("GET", &visit.path()).send()?.expect(200);
    let warm = calls([("DynamoDB.BatchGetItem", 1), ("DynamoDB.Query", 1), ("DynamoDB.PutItem", 1)]);
    let mut requests = Vec::new();
    for _ in 0..8 {
        requests.push(open()?.request()?.to_owned());
    }
    let mut warm_ones = 0;
    for request in &requests {
        let line = logs::line(&visage, "open_evaluation", request, || open().map(drop))?;
        let mut found = line.calls()?;
        // A process that has just started also fetches the clinic's branch key and the form's version.
        let branch_key = found.remove("KMS.Decrypt").unwrap_or_default();
        let cold = found.remove("DynamoDB.GetItem").unwrap_or_default();
        ensure!(branch_key <= 1 && cold <= 2, "{:?}", line.calls()?);
        ensure!(found == warm, "{found:?}");
        warm_ones += usize::from(cold + branch_key == 0);
    }
    ensure!(warm_ones >= 2, "of {} requests only {warm_ones} found everything in memory", requests.len());
    Ok(())
}

#[test]
fn what_belongs_to_an_evaluation_is_read_in_few_calls() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::invented();
    let visits = [Intake::whole(&clinic, &person, false)?, Intake::whole(&clinic, &person, false)?];
    let provider = clinic.staff(Role::Provider)?;
    provider.decide(&visits[0].patient, &visits[1].patient, "\"0\"", "same", "")?.expect(200)?;
    let patient = format!("/v1/patients/{}", visits[0].patient);
    let (gate, entry) = (("DynamoDB.BatchGetItem", 1), ("DynamoDB.PutItem", 1));
    let expected = [
        // The names of a page's patients; nobody was assigned.
        ("list_evaluations", "/v1/evaluations".to_owned(), vec![gate, gate, ("DynamoDB.Query", 1), entry]),
        ("get_timeline", format!("{}/timeline", visits[0].path()), vec![gate, ("DynamoDB.Query", 1), entry]),
        // Two records of one person, what became of their visits, and which were withdrawn.
        ("list_visits", format!("{patient}/visits"), vec![gate, ("DynamoDB.Query", 2), gate, gate, entry]),
        // The same two records, everything of both visits, and the other's key.
        (
            "compare_visits",
            format!("{}/comparison/{}/{}", visits[0].path(), visits[1].patient, visits[1].evaluation),
            vec![gate, ("DynamoDB.GetItem", 1), ("DynamoDB.Query", 4), entry],
        ),
        // The patient; the decisions, and one query for birth date with phone and with e-mail; the others' names.
        (
            "list_matches",
            format!("{patient}/matches"),
            vec![gate, ("DynamoDB.GetItem", 1), ("DynamoDB.Query", 3), gate, entry],
        ),
    ];
    for (operation, path, expected) in expected {
        let mut sum = Calls::new();
        for (call, count) in expected {
            *sum.entry(call.to_owned()).or_default() += count;
        }
        let ask = || provider.ask("GET", &path).send()?.expect(200);
        let mut warm = None;
        for _ in 0..4 {
            let request = ask()?.request()?.to_owned();
            let found = logs::line(&visage, operation, &request, || ask().map(drop))?.calls()?;
            // A process that has just started also fetches the clinic's branch key.
            if !found.contains_key("KMS.Decrypt") {
                warm = Some(found);
            }
        }
        let warm = warm.with_context(|| format!("{operation} never found the key in memory"))?;
        ensure!(warm == sum, "{operation}: {warm:?}, not {sum:?}");
    }
    Ok(())
}

#[test]
fn submitting_is_one_transaction() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let intake = Intake::start(&clinic)?;
    intake.fill(&Person::invented())?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", false)?.expect(201)?;
    let photo = intake.upload("frontal", &visage_tests::picture::Picture::portrait(&visage)?)?;
    intake.settled(&photo)?;
    let request = intake.submit(true, true)?.expect(201)?.request()?.to_owned();
    let line =
        logs::line(&visage, "submit_intake", &request, || intake.submit(true, true)?.expect(201).map(drop))?;
    let found = line.calls()?;
    ensure!(found.get("DynamoDB.TransactWriteItems") == Some(&1), "{found:?}");
    let writes = found.keys().filter(|call| {
        let (_, operation) = call.split_once('.').unwrap_or_default();
        ["Put", "Update", "Delete", "Transact", "BatchWrite", "Send", "Publish"]
            .iter()
            .any(|it| operation.starts_with(it))
    });
    ensure!(writes.count() == 1, "and no other write: {found:?}");
    Ok(())
}

#[test]
fn a_refusal_costs_a_stranger_one_write_a_minute() -> Result<()> {
    let visage = Visage::connect()?;
    let ask = || visage.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated");
    let requests: Vec<_> = (0..5).map(|_| Ok(ask()?.request)).collect::<Result<_>>()?;
    let mut writes = 0;
    for request in &requests {
        let line = logs::line(&visage, "get_session", request, || ask().map(drop))?;
        let found = line.calls()?;
        ensure!(found.keys().all(|call| call == "DynamoDB.PutItem"), "nothing but its count: {found:?}");
        writes += found.values().sum::<u32>();
    }
    // One for the first of its minute; a minute may turn in between, and a second process counts for itself.
    ensure!(writes <= 4, "{writes} writes for {} strangers", requests.len());
    Ok(())
}

#[test]
fn nothing_scans() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    Intake::whole(&clinic, &Person::invented(), false)?;
    for operation in visage.stack.functions.keys() {
        for line in logs::lines(&visage, operation)? {
            ensure!(!line.calls()?.keys().any(|call| call.ends_with(".Scan")), "{operation} scanned");
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the tests lie in the workspace")?;
    for folder in ["shared", "functions"] {
        search(&root.join(folder), &|text| {
            ["fn scan(", ".scan()", "Scan {"].iter().any(|it| text.contains(it))
        })?;
    }
    Ok(())
}

/// Fails if a source file below `folder` has what `is_bad` looks for.
fn search(folder: &Path, is_bad: &dyn Fn(&str) -> bool) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            search(&path, is_bad)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            ensure!(!is_bad(&std::fs::read_to_string(&path)?), "{}", path.display());
        }
    }
    Ok(())
}
