//! The links by which photos leave.

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use visage_tests::staff::Role;
use visage_tests::{Clinic, Intake, Person, Visage};

#[test]
fn a_photo_is_seen_only_by_a_link_signed_for_fifteen_minutes() -> Result<()> {
    let visage = Visage::connect()?;
    let clinic = Clinic::open(&visage)?;
    let visit = Intake::whole(&clinic, &Person::invented(), false)?;
    let opened: Value = clinic.staff(Role::Provider)?.ask("GET", &visit.path()).send()?.read(200)?;
    let photo = &opened["photos"][0];
    let url = photo["url"].as_str().context("a link")?;
    let until: Timestamp = photo["urlExpiresAt"].as_str().context("its end")?.parse()?;
    let left = until.duration_since(Timestamp::now());
    ensure!(left <= SignedDuration::from_mins(15) && left > SignedDuration::from_mins(14), "{left}");
    let (bare, query) = url.split_once('?').context("it is signed")?;
    ensure!(query.split('&').any(|part| part == "X-Amz-Expires=900"), "for fifteen minutes: {query}");
    let shown = visage.http.ask("GET", url).send()?.expect(200)?;
    ensure!(shown.body.starts_with(&[0xff, 0xd8, 0xff]), "a clean photo is a JPEG");
    let status = |url: &str| Ok::<_, anyhow::Error>(visage.http.ask("GET", url).send()?.status);
    ensure!(status(bare)? == 403, "nothing without a signature");
    // Neither the signature nor what it covers can be exchanged.
    let signature = query.split("X-Amz-Signature=").nth(1).context("it has a signature")?;
    ensure!(status(&url.replace(&signature[..8], "00000000"))? == 403, "nothing with a forged one");
    let longer = url.replace("X-Amz-Expires=900", "X-Amz-Expires=86400");
    ensure!(status(&longer)? == 403, "nobody makes it last longer");
    Ok(())
}
