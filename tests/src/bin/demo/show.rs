//! What a person sees of it.

#![expect(clippy::print_stdout, reason = "the demo talks to a person")]

use crate::job::Done;
use anyhow::{Context, Result};
use serde_json::Value;
use std::time::Instant;
use visage_tests::Visage;
use visage_tests::evaluation::Opened;

/// How wide a step is, so that the times stand in a column.
const WIDTH: usize = 92;

/// Tells steps as they are done, numbered through.
pub(crate) struct Show {
    number: u32,
    start: Instant,
}

impl Show {
    /// Begins.
    pub(crate) fn begin(api: &str) -> Self {
        println!("\nThe main job at two clinics, through the API of {api}\n");
        Self { number: 0, start: Instant::now() }
    }

    /// A part with a heading.
    pub(crate) fn part(&self, heading: &str) {
        println!("\n{heading}\n");
    }

    /// Does a step; says what happened, how long it took, and why it matters.
    pub(crate) fn step<T>(&mut self, what: &str, why: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let done = work().with_context(|| format!("failed: {what}"))?;
        self.number += 1;
        println!("{:>4}  {what:<WIDTH$} {:>5.1} s", self.number, start.elapsed().as_secs_f64());
        println!("      {why}");
        Ok(done)
    }

    /// Ends.
    pub(crate) fn end(&self) {
        println!("\n{} steps in {:.1} s.", self.number, self.start.elapsed().as_secs_f64());
    }
}

/// What was measured on the portrait.
pub(crate) fn findings(opened: &Opened) {
    let Some(findings) = opened.photo("frontal").and_then(|photo| photo.findings.as_ref()) else { return };
    println!(
        "\nWhat was measured on the portrait (Eileen Collins, NASA, public domain; no endorsement implied)"
    );
    println!(
        "  by {}; on this machine by a stand-in that finds the points with MediaPipe's models\n",
        text(&findings["model"])
    );
    let assessment = &findings["assessment"];
    let reasons: Vec<_> = assessment["reasons"].as_array().into_iter().flatten().map(text).collect();
    println!("  will the photo do?           {} {}", text(&assessment["verdict"]), reasons.join(", "));
    for result in findings["measures"]["results"].as_array().into_iter().flatten() {
        let code = text(&result["code"]).replace('_', " ");
        match (result["value"].as_f64(), result["error"].as_f64()) {
            (Some(value), Some(error)) if result["unit"] == "degrees" => {
                println!("  {code:<28} {value:>7.2} ± {error:.2} degrees");
            }
            (Some(value), Some(error)) => println!("  {code:<28} {value:>7.3} ± {error:.3} (ratio)"),
            _ => println!("  {code:<28} not measured: {}", text(&result["reason"]).replace('_', " ")),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What the patient got, and how to open it oneself.
pub(crate) fn patients_side(visage: &Visage, done: &Done) -> Result<()> {
    let Done { clinic, patient, sms, mail, token, file, .. } = done;
    println!("\n{}, signed {}", clinic.name, done.signed);
    println!("\n  Text message to {}", sms.phone_number);
    sms.message.lines().for_each(|line| println!("    {line}"));
    println!("\n  Mail to {}: {}", mail.to.join(", "), mail.subject);
    mail.body_text.lines().for_each(|line| println!("    {line}"));
    let size = std::fs::metadata(file).context("the report's file")?.len() / 1024;
    println!("\n  Report link     {}/report#{token}", visage.stack.web_url);
    println!("  Date of birth   {}", patient.birth_date);
    println!(
        "  Report          {} ({size} KB, with the portrait and what was measured on it)",
        file.display()
    );
    println!("  Sign in to      {}", clinic.slug);
    Ok(())
}

/// Where everything else is.
pub(crate) fn doors(visage: &Visage) {
    println!("\nUsers, passwords and authenticator secrets of both clinics are under demo_clinic and");
    println!("second_demo_clinic in {}", visage.stack.file.display());
    println!(
        "Text messages leave through Amazon SNS and mail through Amazon SES; here the emulator keeps both."
    );
    println!("Twilio, and answers to STOP and HELP, come later.\n");
}
