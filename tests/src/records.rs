//! What is stored, read behind the product's back.

use crate::aws::{Item, plain, text};
use crate::clinic::Clinic;
use crate::until::within;
use anyhow::{Context, Result};
use serde_json::Value;
use std::time::Duration;

/// Everything of a patient.
///
/// # Errors
/// If the table can't be read.
pub fn of_patient(clinic: &Clinic, patient: &str) -> Result<Vec<Item>> {
    clinic.visage.aws.query(clinic.visage.records()?, &format!("C#{}#P#{patient}", clinic.id), "")
}

/// The item of a patient whose sort key ends so.
///
/// # Errors
/// If there is none.
pub fn item(clinic: &Clinic, patient: &str, sort_ends: &str) -> Result<Item> {
    let items = of_patient(clinic, patient)?;
    let found = items.into_iter().find(|item| text(item, "sk").is_ok_and(|sort| sort.ends_with(sort_ends)));
    found.with_context(|| format!("the patient has no item …{sort_ends}"))
}

/// A patient's items of one type, as plain JSON.
///
/// # Errors
/// If the table can't be read.
pub fn of_type(clinic: &Clinic, patient: &str, kind: &str) -> Result<Vec<Value>> {
    let items = of_patient(clinic, patient)?;
    Ok(items.iter().map(plain).filter(|item| item["item_type"] == kind).collect())
}

/// A photo of a patient, as plain JSON.
///
/// # Errors
/// If there is none.
pub fn photo(clinic: &Clinic, patient: &str, photo: &str) -> Result<Value> {
    let photos = of_type(clinic, patient, "photo")?;
    photos.into_iter().find(|found| found["photo"] == photo).context("the photo is on record")
}

/// A photo of a patient once its analysis is over, one way or another: nothing is done with it any more.
///
/// # Errors
/// If it isn't over in time.
#[track_caller]
pub fn analysed_photo(clinic: &Clinic, patient: &str, id: &str) -> Result<Value> {
    within(Duration::from_secs(60), "the photo's analysis is over", || {
        Ok(Some(photo(clinic, patient, id)?).filter(|found| found["analysis"]["state"] != "pending"))
    })
}

/// Everything of a clinic that the records hold.
///
/// # Errors
/// If the table can't be read.
pub fn of_clinic(clinic: &Clinic) -> Result<Vec<Item>> {
    let all = clinic.visage.aws.dump(clinic.visage.records()?)?;
    Ok(all.into_iter().filter(|item| text(item, "pk").is_ok_and(|pk| pk.contains(&clinic.id))).collect())
}
