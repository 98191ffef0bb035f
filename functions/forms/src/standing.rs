//! Where a form version stands.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use visage_domain::fields::{Field, shown};
use visage_domain::form::PublishableForm;
use visage_domain::form_version::FormStanding;
use visage_domain::ids::StaffId;
use visage_domain::scope::Scope;
use visage_platform::Problem;
use visage_platform::forms::Forms;
use visage_store::records::{Records, Stored, keys};

/// Which version.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Text")]
pub struct Path {
    pub(crate) version: u32,
}

/// As it stands in a path.
#[derive(Deserialize, JsonSchema)]
struct Text {
    #[schemars(regex(pattern = r"^(0|[1-9][0-9]{0,9})$"))]
    version: String,
}

impl TryFrom<Text> for Path {
    type Error = &'static str;

    fn try_from(text: Text) -> Result<Self, Self::Error> {
        let version: u32 = text.version.parse().map_err(|_| "not a version")?;
        // One version has one address: no leading zeros, no plus.
        if version.to_string() == text.version { Ok(Self { version }) } else { Err("not a version") }
    }
}

/// How the audit log names a version where the path doesn't.
pub(crate) fn resource(version: u32) -> String {
    format!("version={version}")
}

/// Where a version stands. To be read before anything else of it: a publication writes all of a version at once, so that
/// what is read after this is there, and in force if it came into force.
///
/// # Errors
/// 404 if there is no such version.
pub(crate) async fn known<P>(
    records: &Records,
    scope: &Scope<P>,
    version: u32,
) -> Result<Stored<FormStanding>, Problem> {
    records.get(scope, keys::form_standing(version)).await?.ok_or_else(Problem::not_found)
}

/// Where a version stands, which one is current, and the form itself.
///
/// # Errors
/// 404 if there is no such version.
pub(crate) async fn read<P>(
    records: &Records,
    forms: &Forms,
    scope: &Scope<P>,
    version: u32,
) -> Result<(FormStanding, Option<u32>, Arc<PublishableForm>), Problem> {
    let standing = known(records, scope, version).await?.record;
    let (current, form) =
        tokio::join!(records.get(scope, keys::current_form()), forms.version(scope, version));
    Ok((standing, current?.map(|current| current.record.version), form?))
}

/// How a version is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// New intakes answer it.
    Current,
    /// A later one took its place; the intakes that were started on it still answer it.
    Superseded,
    /// It was taken out of use; the intakes that were started on it still answer it.
    Retired,
}

impl Status {
    /// How `standing` is used while `current` is the version in force.
    pub(crate) fn of(standing: &FormStanding, current: Option<u32>) -> Self {
        match standing.retired {
            Some(_) => Self::Retired,
            None if current == Some(standing.version) => Self::Current,
            None => Self::Superseded,
        }
    }

    /// The same in FHIR's words (`publication-status`).
    pub(crate) const fn in_fhir(self) -> &'static str {
        match self {
            Self::Current => "active",
            Self::Superseded | Self::Retired => "retired",
        }
    }
}

/// A version as it is listed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    pub(crate) version: u32,
    title: String,
    languages: Vec<String>,
    status: Status,
    published_by: StaffId,
    published_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_by: Option<StaffId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
}

impl Line {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("version"),
        shown("title"),
        shown("languages"),
        shown("status"),
        shown("publishedBy"),
        shown("publishedAt"),
        shown("retiredBy"),
        shown("retiredAt"),
    ];

    pub(crate) fn of(standing: FormStanding, current: Option<u32>) -> Self {
        Self {
            status: Status::of(&standing, current),
            version: standing.version,
            title: standing.title,
            languages: standing.languages,
            published_by: standing.published_by,
            published_at: standing.published_at,
            retired_by: standing.retired.map(|retired| retired.by),
            retired_at: standing.retired.map(|retired| retired.at),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_version_has_one_address() {
        let read = |text: &str| serde_json::from_value::<Path>(json!({ "version": text })).ok();
        assert_eq!(read("7").unwrap().version, 7);
        for other in ["07", "+7", "-7", "7 ", "", "draft", "4294967296"] {
            assert!(read(other).is_none(), "{other}");
        }
    }
}
