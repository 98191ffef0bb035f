//! Two visits of one person beside each other, view by view: what is measured on both and by how much it differs, or why
//! it can't be told.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use visage_domain::face::measures::Unit;
use visage_domain::face::{
    CAVEAT, Change, Incomparable, MeasureCode, MeasureResult, MeasureSet, NotMeasured, Taken, View, compare,
};
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{PatientId, PhotoId};
use visage_domain::photo::{AnalysisState, Photo};
use visage_domain::principal::Role;
use visage_store::StoreError;
use visage_store::records::Stored;
use visage_store::vault::DataKey;

/// A photo that counts for its view, with what was measured on it.
pub(crate) struct Shot {
    view: View,
    photo: PhotoId,
    /// When it was taken, as far as it is known: when leave to upload it was asked for. One that was taken again may be of long
    /// after its visit began.
    at: Timestamp,
    analysis: AnalysisState,
    measures: Option<MeasureSet>,
}

impl Shot {
    /// Opens what was found out about a photo.
    pub(crate) fn of(photo: &Stored<Photo>, key: &DataKey) -> Result<Self, StoreError> {
        let record = &photo.record;
        let findings = if is_done(&record.analysis) { photo.open(key)? } else { None };
        Ok(Self {
            view: record.view,
            photo: record.photo,
            at: record.requested_at,
            analysis: record.analysis.clone(),
            measures: findings.and_then(|findings| findings.measures),
        })
    }
}

const fn is_done(analysis: &AnalysisState) -> bool {
    matches!(analysis, AnalysisState::Done { .. })
}

fn shot(of: &[Shot], view: View) -> Option<&Shot> {
    of.iter().find(|shot| shot.view == view)
}

/// A view of which at least one of the visits has a photo: compared, or with a code that says why not.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComparedView {
    view: View,
    /// Why it isn't compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<NotCompared>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<ComparedPhoto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<ComparedPhoto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

/// Why a view isn't compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotCompared {
    /// One of the visits has no photo of it.
    NoPhoto,
    /// One of the photos wasn't analysed, or not yet: its `analysis` says why.
    NotAnalysed,
    /// Nothing is measured on photos of this view, or nothing was on one of these.
    NoMeasures,
    /// They were measured by different models: the difference would be theirs.
    OtherModel,
    /// The photo of the earlier visit isn't the earlier one: it was taken again later, or both came at the same instant.
    NoOrder,
}

impl From<Incomparable> for NotCompared {
    fn from(why: Incomparable) -> Self {
        match why {
            Incomparable::DifferentModels => Self::OtherModel,
            // Only one person's visits get here.
            Incomparable::WrongOrder | Incomparable::DifferentPatients => Self::NoOrder,
        }
    }
}

/// One of the two photos.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComparedPhoto {
    photo: PhotoId,
    analysis: AnalysisState,
}

impl From<&Shot> for ComparedPhoto {
    fn from(shot: &Shot) -> Self {
        Self { photo: shot.photo, analysis: shot.analysis.clone() }
    }
}

/// What was measured on both photos.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comparison {
    /// What found the points on both.
    model: String,
    /// How many standard deviations a difference must exceed to be a change.
    coverage: f64,
    /// To be said wherever a figure is shown.
    caveat: &'static str,
    figures: Vec<Figure>,
}

/// A figure before and after.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figure {
    code: MeasureCode,
    /// What it is, in words.
    definition: &'static str,
    /// What it is counted in; so are its errors and the difference.
    unit: Unit,
    /// Where the definition comes from.
    source: &'static str,
    before: Reading,
    after: Reading,
    /// Whether the difference is more than the errors of both explain. `false` doesn't say that nothing changed: it can't be
    /// told. Absent where there is no figure before or after.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<bool>,
    /// Where it changed: which way.
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,
    /// After less before.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<f64>,
    /// One standard deviation of the difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<f64>,
}

/// A figure on one photo, or why there is none.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reading {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    /// One standard deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<f64>,
    /// Why there is no figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<NotMeasured>,
}

/// Which way a figure changed. Neither is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    /// The later figure is the larger.
    Increased,
    /// The later figure is the smaller.
    Decreased,
}

impl ComparedView {
    /// What is shown of it: the figures, as with an evaluation, to those who evaluate.
    pub(crate) const FIELDS: &'static [Field] = &[
        shown("view"),
        shown("code"),
        shown("before").of(ComparedPhoto::FIELDS),
        shown("after").of(ComparedPhoto::FIELDS),
        shown("comparison").of(Comparison::FIELDS).to(&[Role::Provider]),
    ];
}

impl ComparedPhoto {
    const FIELDS: &'static [Field] = &[shown("photo"), shown("analysis").of(AnalysisState::FIELDS)];
}

impl Comparison {
    const FIELDS: &'static [Field] =
        &[shown("model"), shown("coverage"), shown("caveat"), shown("figures").of(Figure::FIELDS)];
}

impl Figure {
    const FIELDS: &'static [Field] = &[
        shown("code"),
        shown("definition"),
        shown("unit"),
        shown("source"),
        shown("before").of(Reading::FIELDS),
        shown("after").of(Reading::FIELDS),
        shown("changed"),
        shown("direction"),
        shown("difference"),
        shown("error"),
    ];

    fn of(code: MeasureCode, before: &MeasureSet, after: &MeasureSet, change: Change) -> Self {
        let (changed, difference, error) = match change {
            Change::Beyond { difference, error } => (Some(true), Some(difference), Some(error)),
            Change::WithinError { difference, error } => (Some(false), Some(difference), Some(error)),
            Change::NotMeasured => (None, None, None),
        };
        let direction = match change {
            Change::Beyond { difference, .. } if difference > 0.0 => Some(Direction::Increased),
            Change::Beyond { .. } => Some(Direction::Decreased),
            Change::WithinError { .. } | Change::NotMeasured => None,
        };
        Self {
            code,
            definition: code.definition(),
            unit: code.unit(),
            source: code.source(),
            before: Reading::of(code, before),
            after: Reading::of(code, after),
            changed,
            direction,
            difference,
            error,
        }
    }
}

impl Reading {
    const FIELDS: &'static [Field] = &[shown("value"), shown("error"), shown("reason")];

    fn of(code: MeasureCode, measures: &MeasureSet) -> Self {
        let measure = measures.get(code);
        let reason = measures.results.iter().find_map(|result| match result {
            MeasureResult::NotMeasured { code: its, reason, .. } if *its == code => Some(*reason),
            _ => None,
        });
        Self { value: measure.map(|it| it.value), error: measure.map(|it| it.error), reason }
    }
}

/// Every view of which the two visits of `person` have a photo, in the order in which views are asked for.
pub(crate) fn views(person: PatientId, before: &[Shot], after: &[Shot]) -> Vec<ComparedView> {
    let seen = |view: &View| shot(before, *view).is_some() || shot(after, *view).is_some();
    let compared = |view| {
        let (code, comparison) = match comparison(view, person, before, after) {
            Ok(comparison) => (None, Some(comparison)),
            Err(code) => (Some(code), None),
        };
        let photo = |side| shot(side, view).map(ComparedPhoto::from);
        ComparedView { view, code, before: photo(before), after: photo(after), comparison }
    };
    View::ALL.into_iter().filter(seen).map(compared).collect()
}

fn comparison(
    view: View,
    person: PatientId,
    before: &[Shot],
    after: &[Shot],
) -> Result<Comparison, NotCompared> {
    let (Some(earlier), Some(later)) = (shot(before, view), shot(after, view)) else {
        return Err(NotCompared::NoPhoto);
    };
    if view.rules().measures.is_empty() {
        return Err(NotCompared::NoMeasures);
    }
    if !(is_done(&earlier.analysis) && is_done(&later.analysis)) {
        return Err(NotCompared::NotAnalysed);
    }
    let (Some(first), Some(second)) = (&earlier.measures, &later.measures) else {
        return Err(NotCompared::NoMeasures);
    };
    let before = Taken { patient: person, at: earlier.at, measures: first };
    let compared = compare(before, Taken { patient: person, at: later.at, measures: second })?;
    let figure = |(code, change)| Figure::of(code, first, second, change);
    Ok(Comparison {
        model: second.model.clone(),
        coverage: compared.coverage,
        caveat: CAVEAT,
        figures: compared.changes.into_iter().map(figure).collect(),
    })
}

#[cfg(test)]
mod tests;
