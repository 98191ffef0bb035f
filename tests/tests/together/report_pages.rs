//! What stands in a report: what was written and signed, and what was measured, as the evaluation has it.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use visage_tests::evaluation::{Opened, Visit};
use visage_tests::pdf::{Pdf, unwrapped};
use visage_tests::staff::{Role, Staff};
use visage_tests::{Clinic, Intake, Person, Visage, messages, report, until};

const FINDING: [&str; 2] = ["Lèvres", "Even border.\nVolume in keeping with the face; nothing to correct."];
const ADVICE: &str = "Sun protection every day.\n\nLet us talk again in six months.";
const ADDED: &str = "Seen again by phone: the redness was gone.";

#[test]
fn a_report_says_what_was_signed_and_measured_and_a_later_version_what_was_added() -> Result<()> {
    let visage = Visage::connect()?;
    let (clinic, person) = (Clinic::open(&visage)?, Person::invented());
    let visit = Intake::whole(&clinic, &person, false)?;
    let provider = clinic.staff(Role::Provider)?;
    let opened = provider.open_until(&visit, "the portrait is analysed", |opened| {
        opened.photo("frontal").is_some_and(|photo| photo.analysis_state() == "done")
    })?;
    report::confirm_mailbox(&clinic, &person)?;
    let portrait = opened.photo("frontal").context("a portrait")?.photo.clone();
    let assessment =
        json!({ "findings": [{ "area": FINDING[0], "text": FINDING[1] }], "recommendations": ADVICE });
    let signed = provider.conclude_showing(&visit, &assessment, &[&portrait])?;
    provider.open_until(&visit, "the report is mailed", |opened| {
        opened.notice("report_ready", "email").is_some_and(|notice| notice.state == "sent")
    })?;
    let mails = messages::mails_to(&visage, &person.email)?;
    let token =
        mails.iter().find_map(|mail| report::token_in(&mail.body_text)).context("a mail has a link")?;
    let view: report::View = report::open(&visage, &token, &person.birth_date)?.read(201)?;
    let first = fetched(&visage, &view.url)?;
    ensure!(first == version(&provider, &visit, 1)?.context("the first version")?, "the link opens that one");
    let first = Pdf::read(&first)?;
    is_fit_for_every_reader(&first, &person)?;
    says_what_was_signed(&first, &clinic, &provider, &person, &signed)?;
    says_what_was_measured(&first, &opened)?;

    provider.add(&visit, &signed.etag, ADDED)?.expect(201)?;
    let second = until("the second version is rendered", || version(&provider, &visit, 2))?;
    let second = Pdf::read(&second)?;
    is_fit_for_every_reader(&second, &person)?;
    says_what_was_signed(&second, &clinic, &provider, &person, &signed)?;
    says_what_was_measured(&second, &opened)?;
    for said in [ADDED, "Added after the signature", "version 2"] {
        ensure!(second.text()?.contains(&unwrapped(said)), "the second version lacks {said:?}");
        ensure!(!first.text()?.contains(&unwrapped(said)), "the first version has {said:?}");
    }
    // What was rendered stays what it was.
    let again = version(&provider, &visit, 1)?.context("the first version")?;
    ensure!(Pdf::read(&again)?.text()? == first.text()?);
    Ok(())
}

/// The file of a version of the report, as staff are shown it; none if there is none yet.
fn version(provider: &Staff, visit: &Visit, number: u32) -> Result<Option<Vec<u8>>> {
    let listed: Value = provider.ask("GET", &format!("{}/reports", visit.path())).send()?.read(200)?;
    let versions = listed["reports"].as_array().context("reports")?;
    let Some(found) = versions.iter().find(|version| version["number"] == number) else { return Ok(None) };
    fetched(&provider.visage, found["url"].as_str().context("a link")?).map(Some)
}

fn fetched(visage: &Visage, url: &str) -> Result<Vec<u8>> {
    let file = visage.http.ask("GET", url).send()?.expect(200)?;
    ensure!(file.header("content-type") == Some("application/pdf"));
    Ok(file.body)
}

/// Title, language and tags, for who has it read aloud; the portrait, and the face that was drawn on.
fn is_fit_for_every_reader(pdf: &Pdf, person: &Person) -> Result<()> {
    ensure!(pdf.is_tagged() && pdf.language()? == "en");
    let metadata = pdf.metadata()?;
    ensure!(metadata.contains("Evaluation report") && metadata.contains("pdfuaid:part"), "{metadata}");
    for secret in person.secrets() {
        ensure!(!metadata.contains(&secret), "the metadata names the patient");
    }
    ensure!((pdf.parts("Title"), pdf.parts("Figure")) == (1, 2), "{} figures", pdf.parts("Figure"));
    ensure!(pdf.pictures() == 2, "{} pictures", pdf.pictures());
    Ok(())
}

fn says_what_was_signed(
    pdf: &Pdf,
    clinic: &Clinic,
    provider: &Staff,
    person: &Person,
    signed: &Opened,
) -> Result<()> {
    let text = pdf.text()?;
    let signature = signed.signature.as_ref().context("it is signed")?;
    let signer = clinic.staff(Role::Owner)?.member(&provider.id)?;
    let findings = format!("Findings{}{}Recommendations{ADVICE}", FINDING[0], FINDING[1]);
    for said in [
        "Evaluation report",
        &clinic.name,
        &person.family_name,
        &findings,
        "Signed electronically by",
        signer["name"].as_str().context("a name")?,
        signature["contentHash"].as_str().context("a hash")?,
    ] {
        ensure!(text.contains(&unwrapped(said)), "{said:?} is missing");
    }
    Ok(())
}

/// That each figure of the portrait stands there with the value, error, unit and source that the evaluation shows, and each
/// that isn't one with the others that aren't.
fn says_what_was_measured(pdf: &Pdf, opened: &Opened) -> Result<()> {
    let findings = opened.photo("frontal").and_then(|photo| photo.findings.as_ref()).context("findings")?;
    let measures = &findings["measures"];
    let word = |value: &Value| value.as_str().map(unwrapped).context("a text");
    let model = format!("Measured with {}.", word(&measures["model"])?);
    for said in [word(&measures["caveat"])?, model] {
        ensure!(pdf.says(&said)?, "{said:?} is missing in {}", pdf.text()?);
    }
    let results = measures["results"].as_array().context("results")?;
    let measured: Vec<_> = results.iter().filter(|result| result["status"] == "measured").collect();
    ensure!(!measured.is_empty(), "the portrait yields figures");
    for result in &measured {
        let row = format!("{}{}{}", word(&result["definition"])?, figures(result)?, word(&result["source"])?);
        ensure!(pdf.says(&row)?, "{row:?} is missing in {}", pdf.text()?);
    }
    ensure!(pdf.says("Not measured")? == (measured.len() < results.len()), "what wasn't measured is told");
    Ok(())
}

/// Value, error and unit side by side, with as many digits as are shown.
fn figures(result: &Value) -> Result<String> {
    let (digits, unit) = match result["unit"].as_str() {
        Some("degrees") => (1, "degrees"),
        Some("ratio") => (2, "–"),
        _ => anyhow::bail!("a figure of no known unit"),
    };
    let number = |name: &str| result[name].as_f64().context("a number");
    let (value, error) = (format!("{:.digits$}", number("value")?), format!("{:.digits$}", number("error")?));
    // A zero has no minus.
    let is_zero = value.trim_matches(|c: char| "-0.".contains(c)).is_empty();
    let value = if is_zero { value.trim_start_matches('-') } else { value.as_str() };
    Ok(format!("{value}{error}{unit}"))
}
