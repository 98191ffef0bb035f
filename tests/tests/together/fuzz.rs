//! The API, tried out by its own description: schemathesis sends what `docs/openapi.json` allows and what it doesn't, and
//! every answer has to be a described one, and none our fault.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use visage_openapi::DOCUMENT;
use visage_tests::operator::{Operator, cleared};
use visage_tests::registration::{own_registration, requested};
use visage_tests::report::{Reported, confirmation_in};
use visage_tests::retake::RetakeLink;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, messages, until};

/// The variable that names the program.
const VARIABLE: &str = "VISAGE_SCHEMATHESIS";
/// What is held of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,response_headers_conformance";
/// An unknown route is the gateway's to answer, so other methods than the described ones aren't tried. Every boundary of
/// a form is thousands of requests: of what takes one, only some are. So it is with a clinic and all its staff, of which
/// each that is taken has accounts and keys made.
const SETTINGS: &str = r#"
[phases.coverage]
unexpected-methods = []

[[operations]]
include-operation-id = [
    "publish_form", "save_form_draft", "preview_form", "enter_intake", "import_intakes", "register_clinic",
]
phases.coverage.enabled = false
"#;
/// The same requests each time.
const SEED: &str = "20261122";
/// Every boundary of every schema, then whatever comes to mind.
const PHASES: &str = "coverage,fuzzing";
/// How much of a report is shown.
const MOST_SHOWN: usize = 8_000;
/// The parameter that names nothing but what a trial names by it.
const VENDOR: &str = "vendor";
/// What ends the session that asks for it, or closes the clinic's intake: tried by itself.
const LAST: [&str; 2] = ["end_session", "retire_form"];

/// Whether an operation, of that name, is one's to try.
type Chooses = fn(&str, &Value) -> bool;

/// Who tries which operations: each has one whose it is, with a token that is real. What is tried in part only says so
/// where its trial is.
const TRIALS: [(&str, Chooses); 6] = [
    // Nobody's session, intake or link: these are for whoever has one.
    ("visitor", |_, operation| operation["security"].as_array().is_none_or(Vec::is_empty)),
    ("staff", |name, operation| asks_for(operation, "staffSession") && !LAST.contains(&name)),
    ("owner", |name, _| LAST.contains(&name)),
    ("patient", |_, operation| asks_for(operation, "resumeToken")),
    ("recipient", |_, operation| {
        asks_for(operation, "linkSecret") || asks_for(operation, "registrationSecret")
    }),
    ("operator", |_, operation| asks_for(operation, "operatorSession")),
];

/// What one caller tries.
struct Trial<'a> {
    visage: &'a Visage,
    /// As [`TRIALS`] has it.
    who: &'a str,
    token: Option<&'a str>,
    /// The tokens of operations that take one of their own.
    tokens: Vec<(&'a str, String)>,
    /// What exists, by the name of the parameter that may name it.
    names: Vec<(&'a str, String)>,
    /// How many requests per operation, beside the boundaries.
    examples: u32,
}

impl Trial<'_> {
    /// Tries every operation of the document that is this caller's.
    fn run(&self) -> Result<()> {
        let program = std::env::var_os(VARIABLE).map(PathBuf::from);
        let program = program.with_context(|| format!("{VARIABLE} isn't set: run `cargo xtask test`"))?;
        let folder = self.visage.stack.file.with_file_name("fuzz").join(self.who);
        std::fs::create_dir_all(&folder)?;
        let (document, operations) = self.document()?;
        ensure!(operations > 0, "{}: nothing to try", self.who);
        std::fs::write(folder.join("openapi.json"), serde_json::to_vec(&document)?)?;
        std::fs::write(folder.join("schemathesis.toml"), self.settings())?;
        let mut command = Command::new(program);
        command.current_dir(&folder).args(["--no-color", "run", "openapi.json"]);
        command.args(["--url", &self.visage.stack.api_url, "--checks", CHECKS]);
        command.args(["--phases", PHASES, "--mode", "all", "--seed", SEED]);
        // One worker: Hypothesis isn't sure of itself with more, and the order is the same each time.
        command.args(["--max-examples", &self.examples.to_string(), "--workers", "1"]);
        command.args(["--continue-on-failure", "--no-shrink", "--request-timeout", "30"]);
        command.args(["--generation-database", "none", "--warnings", "off"]);
        command.args(["--suppress-health-check", "all"]);
        if let Some(token) = self.token {
            command.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        let output = command.output()?;
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        std::fs::write(folder.join("report.txt"), report.as_bytes())?;
        let at = format!("{}: {}", self.who, folder.join("report.txt").display());
        let from = report.find("= ERRORS =").or_else(|| report.find("= FAILURES =")).unwrap_or_default();
        let shown: String = report[from..].chars().take(MOST_SHOWN).collect();
        ensure!(output.status.success(), "{at}\n{shown}\n{}", String::from_utf8_lossy(&output.stderr));
        // A trial that tried nothing would succeed too.
        let tested = report.lines().find_map(|line| line.trim().strip_prefix("Tested:")?.trim().parse().ok());
        ensure!(tested == Some(operations), "{at}: {tested:?} of {operations} operations were tried");
        Ok(())
    }

    /// The settings, with the tokens of single operations.
    fn settings(&self) -> String {
        let mut all = vec![SETTINGS.to_owned()];
        all.extend(self.tokens.iter().map(|(operation, token)| {
            format!(
                "\n[[operations]]\ninclude-operation-id = \"{operation}\"\n\
                 headers = {{ Authorization = \"Bearer {token}\" }}\n"
            )
        }));
        all.concat()
    }

    /// The document with what exists beside what its patterns allow, and how many operations are left in it.
    fn document(&self) -> Result<(Value, usize)> {
        let (_, chosen) = TRIALS.iter().find(|(who, _)| *who == self.who).context("a trial of that name")?;
        let mut document = document()?;
        let paths = document["paths"].as_object_mut().context("paths")?;
        let mut left = 0;
        for methods in paths.values_mut().filter_map(Value::as_object_mut) {
            methods.retain(|_, operation| {
                chosen(operation["operationId"].as_str().unwrap_or_default(), operation)
            });
            left += methods.len();
            let parameters =
                methods.values_mut().filter_map(|it| it.get_mut("parameters")?.as_array_mut()).flatten();
            for parameter in parameters {
                let known = self.names.iter().find(|(name, _)| parameter["name"] == *name);
                if let Some((name, value)) = known {
                    let only = json!({ "const": value });
                    parameter["schema"] = match *name {
                        VENDOR => only,
                        _ => json!({ "anyOf": [only, parameter["schema"].take()] }),
                    };
                    parameter["example"] = json!(value);
                }
            }
        }
        paths.retain(|_, methods| methods.as_object().is_some_and(|methods| !methods.is_empty()));
        Ok((document, left))
    }
}

/// The API's description.
fn document() -> Result<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(DOCUMENT);
    Ok(serde_json::from_str(&std::fs::read_to_string(file)?)?)
}

/// Whether an operation's callers show themselves by this scheme.
fn asks_for(operation: &Value, scheme: &str) -> bool {
    operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| way.get(scheme).is_some()))
}

#[test]
fn every_operation_is_tried_by_who_may_ask_for_it() -> Result<()> {
    let document = document()?;
    let paths = document["paths"].as_object().context("paths")?;
    for operation in paths.values().filter_map(Value::as_object).flat_map(serde_json::Map::values) {
        let name = operation["operationId"].as_str().context("an operation has a name")?;
        let tries = TRIALS.iter().filter(|(_, chosen)| chosen(name, operation));
        let by: Vec<_> = tries.map(|(who, _)| *who).collect();
        ensure!(by.len() == 1, "{name} is tried by {by:?}");
    }
    Ok(())
}

#[test]
fn visitors_get_described_answers_only() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let names = vec![("slug", clinic.slug.clone()), ("section", "about-you".to_owned())];
    Trial { visage: &visage, who: "visitor", token: None, tokens: Vec::new(), names, examples: 10 }.run()
}

#[test]
fn staff_in_every_role_get_described_answers_only() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::invented();
    let visit = Intake::whole(&clinic, &person, false)?;
    let other = Intake::whole(&clinic, &person, false)?;
    let (staff, ended) = (clinic.staff(Role::Provider)?, clinic.fresh_session(Role::Provider)?);
    let opened = staff.open(&visit)?;
    let membership =
        visage.aws.query(visage.records()?, &format!("C#{}#S#{}", clinic.id, staff.id), "STAFF")?.pop();
    let roles: Vec<Value> =
        ["owner", "provider", "coordinator", "billing", "compliance"].map(|role| json!({ "S": role })).into();
    let membership = membership.context("a membership")?;
    visage.aws.set(visage.records()?, &membership, "roles", &json!({ "L": roles }))?;
    let names = vec![
        ("patient", visit.patient),
        ("other", other.patient),
        ("other_evaluation", other.evaluation),
        ("evaluation", visit.evaluation),
        ("intake", opened.intake),
        ("If-Match", opened.etag),
        ("version", clinic.form_version.to_string()),
    ];
    let (token, tokens) = (Some(&*staff.token), vec![("end_session", ended.token.clone())]);
    let trial = Trial { visage: &visage, who: "staff", token, tokens, names, examples: 4 };
    trial.run()?;
    Trial { who: "owner", ..trial }.run()?;
    // All of it as one session, which none of it ended, but for the one that was to be.
    ended.ask("GET", "/v1/session").send()?.refused(401, "unauthenticated")?;
    staff.ask("GET", "/v1/session").send()?.expect(200).map(drop)
}

#[test]
fn a_patient_gets_described_answers_only() -> Result<()> {
    let visage = Visage::connect()?;
    let intake = Intake::start(&Clinic::open(&visage)?)?;
    intake.fill(&Person::invented())?;
    intake.decide("photographs", true)?.expect(201)?;
    intake.decide("face_analysis", true)?.expect(201)?;
    let names = vec![("section", "about-you".to_owned()), ("x-device-secret", intake.device_secret.clone())];
    let (token, tokens) = (Some(&*intake.resume_token), Vec::new());
    Trial { visage: &visage, who: "patient", token, tokens, names, examples: 6 }.run()?;
    // Nothing of it handed the intake in: the portrait is still missing.
    intake.ask("GET", "").send()?.expect(200).map(drop)
}

#[test]
fn who_holds_a_link_gets_described_answers_only() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let report = Reported::whole(&clinic, &Person::invented())?.mailed;
    let waiting = Person::invented();
    let visit = Intake::whole(&clinic, &waiting, true)?;
    let confirmation = until("the mail to confirm arrives", || {
        let mails = messages::mails_to(&visage, &waiting.email)?;
        Ok(mails.iter().find_map(|mail| confirmation_in(&mail.body_text)))
    })?;
    let asked = json!({ "view": "frontal", "reason": "blurred", "channel": "hand" });
    let path = format!("{}/retakes", visit.path());
    let provider = clinic.staff(Role::Provider)?;
    // While an analysis writes, what is asked for at the same moment may be told of a conflict.
    provider.open_until(&visit, "its photo is analysed", |opened| {
        opened.photos.iter().all(|photo| photo.analysis_state() == "done")
    })?;
    let asked: Value = provider.ask("POST", &path).once().json(&asked).send()?.read(201)?;
    let retake = RetakeLink::within(&visage, asked["url"].as_str().unwrap_or_default())?;
    let tokens = vec![
        ("open_report", report.clone()),
        ("request_report_code", report.clone()),
        ("confirm_channel", confirmation),
        ("get_retake", retake.token.clone()),
        ("retake_photo", retake.token.clone()),
        ("confirm_registration", requested(&visage, &own_registration())?),
    ];
    let token = Some(&*report);
    Trial { visage: &visage, who: "recipient", token, tokens, names: Vec::new(), examples: 4 }.run()?;
    // The links were those of what there is, and lead there still.
    retake.get().map(drop)
}

#[test]
fn an_operator_gets_described_answers_only() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    // Made for this: their sessions may end.
    let (operator, ended) = (Operator::another(&visage)?, Operator::another(&visage)?);
    let names = vec![
        ("clinic", clinic.id.clone()),
        ("staff", clinic.staff(Role::Owner)?.id),
        ("operator", ended.id.clone()),
        // All clinics share the vendors: a body that is taken could have one's clearance away from tests that run beside
        // this one. What is wrong with a body is told before the vendor is looked for, so that this is tried all the same;
        // what is recorded of a real one is tried by the program `vendors`, which runs alone.
        (VENDOR, "no-such-vendor".to_owned()),
    ];
    let (token, tokens) = (Some(&*operator.token), vec![("end_operator_session", ended.token.clone())]);
    Trial { visage: &visage, who: "operator", token, tokens, names, examples: 4 }.run()?;
    // All of it as one session, which none of it ended, but for the one that was to be.
    let asks = |who: &Operator| who.ask("PUT", "/v1/vendors/none").json(&cleared()).send();
    asks(&ended)?.refused(401, "unauthenticated")?;
    asks(&operator)?.refused(404, "not_found").map(drop)
}
