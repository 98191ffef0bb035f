//! What a patient says to staff, on the phone or at the desk.

use schemars::JsonSchema;
use serde::Deserialize;
use visage_domain::consent::ConsentPurpose;
use visage_domain::intake::Source;

/// Where the patient was.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Taken {
    /// On the phone.
    Phone,
    /// At the desk.
    Desk,
}

impl From<Taken> for Source {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Phone => Self::Phone,
            Taken::Desk => Self::Desk,
        }
    }
}

/// What was decided, as staff was told. What wasn't asked is left out.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) struct Told {
    pub(crate) collect: bool,
    photographs: Option<bool>,
    face_analysis: Option<bool>,
    #[serde(default)]
    sharing: bool,
    #[serde(default)]
    pub(crate) sms: bool,
    /// Only where the form asks it.
    #[serde(default)]
    advertising: bool,
    /// Only where the form asks it.
    #[serde(default)]
    profiling: bool,
}

impl Told {
    /// Every decision there was.
    pub(crate) fn decisions(self) -> impl Iterator<Item = (ConsentPurpose, bool)> {
        let all = [
            (ConsentPurpose::Collect, Some(self.collect)),
            (ConsentPurpose::Photographs, self.photographs),
            (ConsentPurpose::FaceAnalysis, self.face_analysis),
            (ConsentPurpose::Sharing, Some(self.sharing)),
            (ConsentPurpose::Sms, Some(self.sms)),
            (ConsentPurpose::Advertising, Some(self.advertising)),
            (ConsentPurpose::Profiling, Some(self.profiling)),
        ];
        all.into_iter().filter_map(|(purpose, given)| Some((purpose, given?)))
    }
}
