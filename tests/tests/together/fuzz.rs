//! The API, tried out by its own description: schemathesis sends what `docs/openapi.json` allows and what it doesn't, and
//! every answer has to be a described one, and none our fault.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use visage_openapi::DOCUMENT;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage};

/// The variable that names the program.
const VARIABLE: &str = "VISAGE_SCHEMATHESIS";
/// What is held of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,response_headers_conformance";
/// An unknown route is the gateway's to answer, so other methods than the described ones aren't tried. Every boundary of
/// a form is thousands of requests: of what takes one, only some are.
const SETTINGS: &str = r#"
[phases.coverage]
unexpected-methods = []

[[operations]]
include-operation-id = ["publish_form", "save_form_draft", "preview_form", "enter_intake", "import_intakes"]
phases.coverage.enabled = false
"#;
/// The same requests each time.
const SEED: &str = "20261122";
/// Every boundary of every schema, then whatever comes to mind.
const PHASES: &str = "coverage,fuzzing";
/// How much of a report is shown.
const MOST_SHOWN: usize = 8_000;

/// What one caller tries.
struct Trial<'a> {
    visage: &'a Visage,
    who: &'a str,
    token: Option<&'a str>,
    /// What exists, by the name of the parameter that may name it.
    names: Vec<(&'a str, String)>,
    /// How many requests per operation, beside the boundaries.
    examples: u32,
}

impl Trial<'_> {
    /// Tries every operation that `chosen` picks from the document.
    fn run(&self, chosen: impl Fn(&str, &Value) -> bool) -> Result<()> {
        let program = std::env::var_os(VARIABLE).map(PathBuf::from);
        let program = program.with_context(|| format!("{VARIABLE} isn't set: run `cargo xtask test`"))?;
        let folder = self.visage.stack.file.with_file_name("fuzz").join(self.who);
        std::fs::create_dir_all(&folder)?;
        let (document, operations) = self.document(chosen)?;
        ensure!(operations > 0, "{}: nothing to try", self.who);
        std::fs::write(folder.join("openapi.json"), serde_json::to_vec(&document)?)?;
        std::fs::write(folder.join("schemathesis.toml"), SETTINGS)?;
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

    /// The document with what exists beside what its patterns allow, and how many operations are left in it.
    fn document(&self, chosen: impl Fn(&str, &Value) -> bool) -> Result<(Value, usize)> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(DOCUMENT);
        let mut document: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
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
                if let Some((_, value)) = known {
                    parameter["schema"] =
                        json!({ "anyOf": [{ "const": value }, parameter["schema"].take()] });
                    parameter["example"] = json!(value);
                }
            }
        }
        paths.retain(|_, methods| methods.as_object().is_some_and(|methods| !methods.is_empty()));
        Ok((document, left))
    }
}

/// Whether an operation's callers show themselves by this scheme.
fn asks_for(operation: &Value, scheme: &str) -> bool {
    operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| way.get(scheme).is_some()))
}

#[test]
fn visitors_get_described_answers_only() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let names = vec![("slug", clinic.slug.clone()), ("section", "about-you".to_owned())];
    // Nobody's session or intake: a link may be tried by whoever has none.
    let is_somebodys = |operation: &Value| {
        ["staffSession", "operatorSession", "resumeToken"].iter().any(|scheme| asks_for(operation, scheme))
    };
    let visitor = Trial { visage: &visage, who: "visitor", token: None, names, examples: 10 };
    visitor.run(|_, operation| !is_somebodys(operation))
}

#[test]
fn staff_in_every_role_get_described_answers_only() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let person = Person::invented();
    let visit = Intake::whole(&clinic, &person, false)?;
    let other = Intake::whole(&clinic, &person, false)?;
    let staff = clinic.staff(Role::Provider)?;
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
    let trial = Trial { visage: &visage, who: "staff", token: Some(&staff.token), names, examples: 4 };
    // Who ends the session isn't staff for the rest of the trial, and who retires the form closes the clinic's intake.
    let last = ["end_session", "retire_form"];
    trial.run(|name, operation| asks_for(operation, "staffSession") && !last.contains(&name))?;
    Trial { who: "owner", ..trial }.run(|name, _| name == "retire_form")?;
    // All of it as one session, which none of it ended.
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
    let trial =
        Trial { visage: &visage, who: "patient", token: Some(&intake.resume_token), names, examples: 6 };
    trial.run(|_, operation| asks_for(operation, "resumeToken"))?;
    // Nothing of it handed the intake in: the portrait is still missing.
    intake.ask("GET", "").send()?.expect(200).map(drop)
}
