//! Intake forms: published by owners, read by anyone.

pub mod get_form;
pub mod publish_form;

use visage_platform::operation::{Listed, list};

/// The form that a clinic may start with, as JSON.
pub const DEFAULT_FORM: &str = include_str!("../default_form.json");

/// This area's operations.
pub fn operations() -> Vec<Listed> {
    vec![list::<publish_form::PublishForm>(), list::<get_form::GetForm>()]
}
