//! The main job once, on a real photograph, before one's eyes: a clinic is registered, a patient hands in an intake,
//! a provider evaluates and signs, the patient reads the report.

#![expect(clippy::print_stdout, reason = "the demo talks to a person")]

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Instant;
use visage_tests::evaluation::{Opened, Visit};
use visage_tests::intake::Submitted;
use visage_tests::messages::{self, Mail, Sms};
use visage_tests::operator::Operator;
use visage_tests::picture::Picture;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage, report, until};

fn main() -> Result<()> {
    let visage = Visage::connect()?;
    let start = Instant::now();
    println!("\nThe main job, through the API of {}\n", visage.stack.api_url);
    let clinic = clinic(&visage)?;
    let patient = Person::invented();
    let visit = intake(&clinic, &patient)?;
    let opened = analysis(&clinic, &visit)?;
    step("mailbox and number confirmed by the links of the first messages", || {
        report::confirm_both(&clinic, &patient)
    })?;
    evaluate(&clinic, &visit)?;
    let (mail, sms) = messages(&visage, &clinic, &visit, &patient)?;
    let token = read(&visage, &patient, &mail)?;
    println!("\nDone in {:.1} s.\n", start.elapsed().as_secs_f64());
    print_findings(&opened);
    print_messages(&mail, &sms);
    print_doors(&visage, &clinic, &patient, &token)
}

/// Does one step and says what happened, and how long it took.
fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let done = work().with_context(|| format!("failed: {what}"))?;
    println!("  ✓ {what} ({:.1} s)", start.elapsed().as_secs_f64());
    Ok(done)
}

fn clinic(visage: &Visage) -> Result<Clinic> {
    step("operator signed in with a second factor; Rekognition, SNS and SES approved on record", || {
        Operator::of(visage)
    })?;
    let mut clinic = step("clinic registered with its agreement; five members of staff invited", || {
        Clinic::register(visage)
    })?;
    step("each set a password and enrolled an authenticator", || {
        Role::ALL.into_iter().try_for_each(|role| clinic.staff(role).map(drop))
    })?;
    let form = serde_json::from_str(visage_tests::clinic::DEFAULT_FORM)?;
    step("the owner published the intake form", || clinic.publish(&form))?;
    Ok(clinic)
}

fn intake(clinic: &Clinic, patient: &Person) -> Result<Visit> {
    let intake =
        step("a patient read the form and consented to its collection; an intake was started", || {
            clinic.visage.ask("GET", &format!("/v1/clinics/{}/form", clinic.slug)).send()?.expect(200)?;
            Intake::start(clinic)
        })?;
    step("five sections answered, each sealed under the patient's own key", || intake.fill(patient))?;
    step("consents to photographs and to their analysis given, one by one", || {
        intake.decide("photographs", true)?.expect(201)?;
        intake.decide("face_analysis", true)?.expect(201).map(drop)
    })?;
    let portrait = Picture::portrait(&clinic.visage)?;
    step(
        "portrait uploaded straight to S3, checked, cleaned of hidden data; the original destroyed",
        || {
            let photo = intake.upload("frontal", &portrait)?;
            let settled = intake.settled(&photo)?;
            ensure!(settled.state == "stored", "the portrait was rejected: {:?}", settled.code);
            Ok(())
        },
    )?;
    step("intake handed in, with consent to text messages and without consent to sharing", || {
        let submitted: Submitted = intake.submit(false, true)?.read(201)?;
        intake.visit(clinic, &submitted.evaluation)
    })
}

fn analysis(clinic: &Clinic, visit: &Visit) -> Result<Opened> {
    let provider = clinic.staff(Role::Provider)?;
    step(
        "the provider opened it from the queue: answers, portrait, points of the face and what they measure",
        || {
            let done = |opened: &Opened| {
                opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == "done")
            };
            provider.open_until(visit, "the portrait is analysed", done)
        },
    )
}

fn evaluate(clinic: &Clinic, visit: &Visit) -> Result<()> {
    let provider = clinic.staff(Role::Provider)?;
    let assessment = json!({
        "findings": [
            { "area": "Forehead", "text": "Fine horizontal lines at rest, deeper when the brows are raised." },
            { "area": "Lips", "text": "Even vermilion border. Volume in keeping with the face." },
        ],
        "recommendations": "Sun protection every day. No treatment needed now; let us talk again in six months.",
    });
    step("assessment written and signed: from here on it can't be changed", || {
        provider.conclude(visit, &assessment).map(drop)
    })
}

fn messages(visage: &Visage, clinic: &Clinic, visit: &Visit, patient: &Person) -> Result<(Mail, Sms)> {
    let provider = clinic.staff(Role::Provider)?;
    step("report rendered as a tagged PDF; text message and mail sent with a secure link each", || {
        let sent = |opened: &Opened| {
            let is_sent =
                |channel| opened.notice("report_ready", channel).is_some_and(|notice| notice.state == "sent");
            is_sent("email") && is_sent("sms")
        };
        provider.open_until(visit, "both notices of the report are sent", sent)?;
        let mail = messages::mails_to(visage, &patient.email)?
            .into_iter()
            .rev()
            .find(|mail| report::token_in(&mail.body_text).is_some());
        let sms = messages::texts_to(visage, &patient.phone)?
            .into_iter()
            .rev()
            .find(|sms| report::token_in(&sms.message).is_some());
        Ok((mail.context("no mail has a link")?, sms.context("no text message has a link")?))
    })
}

fn read(visage: &Visage, patient: &Person, mail: &Mail) -> Result<String> {
    let token = report::token_in(&mail.body_text).context("the mail has a link")?;
    step("a wrong date of birth was refused", || {
        report::open(visage, &token, patient.wrong_birth_date())?
            .refused(401, "wrong_second_factor")
            .map(drop)
    })?;
    step("the right one opened the report, by a link of fifteen minutes", || {
        let view: report::View = report::open(visage, &token, &patient.birth_date)?.read(201)?;
        let file = until("the report can be fetched", || {
            let answer = visage.http.ask("GET", &view.url).send()?;
            Ok((answer.status == 200).then_some(answer.body))
        })?;
        ensure!(file.starts_with(b"%PDF-"), "what came is no PDF");
        Ok(std::fs::write(report_file(visage), file)?)
    })?;
    Ok(token)
}

fn report_file(visage: &Visage) -> std::path::PathBuf {
    visage.stack.file.with_file_name("demo-report.pdf")
}

fn print_findings(opened: &Opened) {
    let Some(findings) = opened.photo("frontal").and_then(|photo| photo.findings.as_ref()) else { return };
    println!("Portrait: Eileen Collins, NASA, public domain; no endorsement implied.");
    println!(
        "Analysed by {} (on this machine by a stand-in that finds the points with MediaPipe's models).",
        text(&findings["model"])
    );
    let assessment = &findings["assessment"];
    let reasons: Vec<_> = assessment["reasons"].as_array().into_iter().flatten().map(text).collect();
    println!("Will the photo do? {} {}", text(&assessment["verdict"]), reasons.join(", "));
    for result in findings["measures"]["results"].as_array().into_iter().flatten() {
        let code = text(&result["code"]).replace('_', " ");
        match (result["value"].as_f64(), result["error"].as_f64()) {
            (Some(value), Some(error)) if result["unit"] == "degrees" => {
                println!("  {code:<28} {value:>7.2} ± {error:.2} degrees")
            }
            (Some(value), Some(error)) => println!("  {code:<28} {value:>7.3} ± {error:.3} (ratio)"),
            _ => println!("  {code:<28} not measured: {}", text(&result["reason"]).replace('_', " ")),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn print_messages(mail: &Mail, sms: &Sms) {
    println!("\nText message to {}:\n  {}", sms.phone_number, sms.message);
    println!("\nMail to {}, subject “{}”:", mail.to.join(", "), mail.subject);
    mail.body_text.lines().for_each(|line| println!("  {line}"));
    println!(
        "\nText messages leave through Amazon SNS and mail through Amazon SES; here the emulator keeps both."
    );
    println!("Twilio, and answers to STOP and HELP, come later.");
}

/// Leaves the demo clinic's people in `stack.json`, and says how to get in.
fn print_doors(visage: &Visage, clinic: &Clinic, patient: &Person, token: &str) -> Result<()> {
    let logins: serde_json::Map<String, Value> = clinic
        .logins()
        .into_iter()
        .map(|(role, login)| Ok((role.code().to_owned(), serde_json::to_value(login)?)))
        .collect::<Result<_>>()?;
    let demo = json!({ "id": clinic.id, "slug": clinic.slug, "name": clinic.name, "staff": logins });
    visage.stack.add(&["demo_clinic"], demo)?;
    println!("\nReport link   {}/report#{token}", visage.stack.web_url);
    println!("Date of birth {}", patient.birth_date);
    println!("Report        {}", report_file(visage).display());
    println!(
        "Sign in       as any role of clinic {}: user, password and authenticator secret are",
        clinic.slug
    );
    println!("              under demo_clinic in {}", visage.stack.file.display());
    Ok(())
}
