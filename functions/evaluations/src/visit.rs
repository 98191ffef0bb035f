//! Everything of one visit, as the provider's operations read it.

use crate::tag::tag;
use jiff::Timestamp;
use schemars::JsonSchema;
use visage_domain::consent::Consent;
use visage_domain::document::Document;
use visage_domain::evaluation::{Addendum, Assignment, Evaluation, Withdrawal};
use visage_domain::form::AnswersBySection;
use visage_domain::ids::{EvaluationId, PatientId};
use visage_domain::intake::{Intake, Section};
use visage_domain::keys::PatientKey;
use visage_domain::minor::{Guardian, GuardianDetails};
use visage_domain::note::{Note, Written};
use visage_domain::outbox::OutboxItem;
use visage_domain::permission::Permission;
use visage_domain::photo::{Photo, PhotoState};
use visage_domain::report::{IssuedLink, Report};
use visage_domain::retake::Retake;
pub(crate) use visage_platform::{Problem, Staff};
use visage_store::StoreError;
use visage_store::records::{Records, Stored};
use visage_store::vault::{DataKey, Subject, Vault};

/// Which evaluation.
#[derive(Clone, Copy, Debug, serde::Deserialize, JsonSchema)]
pub struct Path {
    pub(crate) patient: PatientId,
    pub(crate) evaluation: EvaluationId,
}

/// A visit, read in one query.
pub(crate) struct Visit {
    pub(crate) evaluation: Stored<Evaluation>,
    pub(crate) intake: Intake,
    pub(crate) answers: AnswersBySection,
    pub(crate) consents: Vec<Consent>,
    pub(crate) photos: Vec<Stored<Photo>>,
    pub(crate) documents: Vec<Stored<Document>>,
    /// What was asked for again.
    pub(crate) retakes: Vec<Stored<Retake>>,
    pub(crate) outbox: Vec<Stored<OutboxItem>>,
    pub(crate) assignments: Vec<Stored<Assignment>>,
    /// In their order: their keys end in their numbers.
    pub(crate) addenda: Vec<Stored<Addendum>>,
    pub(crate) withdrawal: Option<Stored<Withdrawal>>,
    pub(crate) reports: Vec<Report>,
    /// The links to its reports that were made, sent or handed over.
    pub(crate) issued: Vec<IssuedLink>,
    pub(crate) guardian: Option<GuardianDetails>,
    pub(crate) notes: Vec<Written>,
    pub(crate) key: DataKey,
}

impl Visit {
    /// Reads it; what isn't there, and what is another clinic's, is 404.
    pub(crate) async fn read<P: Permission>(
        records: &Records,
        vault: &Vault,
        caller: &Staff<P>,
        path: Path,
    ) -> Result<Self, Problem> {
        let (found, key) = tokio::join!(
            records.visit(&caller.scope, path.patient, path.evaluation.into()),
            patient_key(vault, caller, path.patient)
        );
        let (mut found, key) = (found?, key?.ok_or_else(Problem::not_found)?);
        let evaluation = found.take::<Evaluation>()?.ok_or_else(Problem::not_found)?;
        let intake = found.take::<Intake>()?.ok_or_else(Problem::internal)?.record;
        let opened = |section: Stored<Section>| Ok((section.record.section.clone(), section.open(&key)?));
        let sections = found.take_all::<Section>()?.into_iter().map(opened);
        let written = |note: Stored<Note>| Ok(Written::new(&note.record, note.open(&key)?));
        let notes = found.take_all::<Note>()?.into_iter().map(written);
        Ok(Self {
            evaluation,
            intake,
            answers: sections.collect::<Result<_, StoreError>>()?,
            consents: records_of(found.take_all()?),
            photos: found.take_all()?,
            documents: found.take_all()?,
            retakes: found.take_all()?,
            outbox: found.take_all()?,
            assignments: found.take_all()?,
            addenda: found.take_all()?,
            withdrawal: found.take()?,
            reports: records_of(found.take_all()?),
            issued: records_of(found.take_all()?),
            guardian: found.take::<Guardian>()?.map(|guardian| guardian.open(&key)).transpose()?,
            notes: notes.collect::<Result<_, StoreError>>()?,
            key,
        })
    }

    /// What a change of it must be based on.
    pub(crate) fn tag(&self) -> String {
        let withdrawn = self.withdrawal.iter().filter(|withdrawal| withdrawal.record.was_signed).count();
        tag(self.evaluation.version, self.addenda.len() + withdrawn)
    }

    /// The photos that count.
    pub(crate) fn current_photos(&self) -> impl Iterator<Item = &Stored<Photo>> {
        self.photos.iter().filter(|photo| photo.record.counts_for_view())
    }

    /// The photos that were asked for again, and may come at any moment.
    pub(crate) fn photos_to_come(&self, now: Timestamp) -> impl Iterator<Item = &Stored<Photo>> {
        self.photos.iter().filter(move |it| it.record.retake.is_some() && it.record.is_on_its_way(now))
    }

    /// The photos that can't be used and that no other of their view stands for: the last of each view.
    pub(crate) fn missed_photos(&self) -> impl Iterator<Item = &Stored<Photo>> {
        let is_rejected = |photo: &Photo| matches!(photo.photo_state, PhotoState::Rejected { .. });
        let is_last = move |photo: &Photo| {
            self.photos.iter().map(|it| &it.record).filter(|it| it.view == photo.view).all(|other| {
                !other.counts_for_view() && (!is_rejected(other) || other.requested_at <= photo.requested_at)
            })
        };
        self.photos.iter().filter(move |it| is_rejected(&it.record) && is_last(&it.record))
    }

    /// The documents that the answers name.
    pub(crate) fn current_documents(&self) -> impl Iterator<Item = &Stored<Document>> {
        self.documents.iter().filter(|document| !document.record.unused)
    }
}

fn records_of<E>(stored: Vec<Stored<E>>) -> Vec<E> {
    stored.into_iter().map(|stored| stored.record).collect()
}

async fn patient_key<P: Permission>(
    vault: &Vault,
    caller: &Staff<P>,
    patient: PatientId,
) -> Result<Option<DataKey>, Problem> {
    let Some(PatientKey { key, .. }) = &caller.patient_key else { return Ok(None) };
    Ok(Some(vault.unwrap_key(&caller.scope, key, Subject::Patient(patient)).await?))
}
