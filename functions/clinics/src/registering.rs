//! The way of a registration, whoever sent it: the slug, the keys and the invitations, the records, the directory.
//!
//! It touches four services that share no transaction. Each step finds what was done of it, so that a registration that breaks
//! off is finished by sending it again, for the same clinic.

use crate::registration::Registration;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;
use visage_domain::clinic::Clinic;
use visage_domain::clock::Entropy;
use visage_domain::fields::{Field, shown};
use visage_domain::ids::{ClinicId, StaffId};
use visage_domain::retention::Record;
use visage_domain::scope::Scope;
use visage_domain::staff::{Newcomer, Staff, StaffDetails};
use visage_platform::{Audited, Problem, Reply, Setup, SetupError, Trail};
use visage_store::accounts::{Account, Invited, account_of};
use visage_store::directory::{ClinicEntry, Directory, MembershipEntry, SlugEntry};
use visage_store::identity::UserPool;
use visage_store::records::{CommitError, Records, keys};
use visage_store::vault::{Vault, staff_id_of};

/// The registered clinic.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    clinic: ClinicId,
    slug: String,
    staff: Vec<StaffId>,
}

impl Registered {
    /// What is shown of it.
    pub(crate) const FIELDS: &'static [Field] = &[shown("clinic"), shown("slug"), shown("staff")];
}

/// Registers clinics.
pub(crate) struct Registrar {
    directory: Directory,
    records: Records,
    vault: Vault,
    pool: UserPool,
    entropy: Arc<dyn Entropy>,
}

impl Registrar {
    pub(crate) fn new(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self {
            directory: setup.directory()?,
            records: setup.records()?,
            vault: setup.vault()?,
            pool: setup.staff_pool()?,
            entropy: Arc::clone(&setup.entropy),
        })
    }

    /// Registers the clinic of `scope`, or finishes that; `trail` is in its log.
    ///
    /// The slug is taken first: nobody is invited to a clinic that can't have its name.
    pub(crate) async fn register<P>(
        &self,
        scope: &Scope<P>,
        trail: &Trail,
        registration: Registration,
        now: Timestamp,
    ) -> Result<Audited<Reply<Registered>>, Problem> {
        let clinic = scope.clinic();
        let staff = registration.staff_at(clinic);
        if let Some(known) = self.records.get(scope, keys::clinic()).await? {
            // What may be missing of it is its place in the directory; who has gone since isn't invited again.
            let stored = self.records.get_each(scope, staff.iter().copied().map(keys::staff)).await?;
            let members = stored.into_iter().map(|stored| stored.record);
            self.list_members(clinic, members.filter(Staff::is_active)).await?;
            self.list(&known.record).await?;
            let output = Registered { clinic, slug: known.record.slug, staff };
            return trail.after(Vec::new(), Reply::new(output)).await;
        }
        self.take_slug(&registration.clinic.slug, clinic, now).await?;
        let (clinic_keys, invited) = tokio::join!(
            self.vault.new_clinic_keys(clinic, now),
            self.invite(clinic, &registration.staff, now)
        );
        let (clinic_keys, invited) = (clinic_keys?, invited?);
        // It lets nobody in without the records; behind them, a registration that breaks off would keep its owner out.
        self.list_members(clinic, invited.iter().map(|(member, _)| member.clone())).await?;

        let verified = registration.verified;
        let record = registration.clinic.into_clinic(clinic, clinic_keys.wrapped, verified, now);
        let mut transaction = self
            .records
            .transaction(scope, &*self.entropy)
            .create(Clinic::TYPE, &record)?
            .create("branch_key", &clinic_keys.branch)?;
        for (member, details) in &invited {
            transaction = transaction.create_sealed("staff", member, details, &clinic_keys.key)?;
        }
        let audited = match trail.commit(transaction).await {
            Ok(audited) => audited,
            // The same registration, at the same moment.
            Err(CommitError::Conflict(Clinic::TYPE)) => trail.after(Vec::new(), ()).await?,
            Err(error) => return Err(error.into()),
        };
        self.list(&record).await?;
        Ok(audited.map(|()| Reply::new(Registered { clinic, slug: record.slug, staff })))
    }

    async fn take_slug(&self, slug: &str, clinic: ClinicId, since: Timestamp) -> Result<(), Problem> {
        let entry = SlugEntry { slug: slug.to_owned(), clinic, since };
        let is_ours =
            self.directory.add(&entry).await? || self.directory.clinic_of(slug).await? == Some(clinic);
        if is_ours { Ok(()) } else { Err(Problem::already_exists()) }
    }

    async fn invite(
        &self,
        clinic: ClinicId,
        staff: &[Newcomer],
        since: Timestamp,
    ) -> Result<Vec<(Staff, StaffDetails)>, Problem> {
        let mut members = Vec::with_capacity(staff.len());
        for member in staff {
            let (email, staff) = (member.email.as_str(), staff_id_of(clinic, &member.email));
            let invited = Invited { email, clinic, staff, comes_back: false, now: since };
            let subject = match account_of(&self.pool, &self.directory, invited).await? {
                Account::Of(subject) => subject,
                Account::OfAnotherUser | Account::CameIn => return Err(Problem::conflict()),
                Account::Closed => return Err(Problem::account_closed()),
            };
            members.push(member.clone().into_member(staff, subject, since));
        }
        Ok(members)
    }

    /// Where its people find it. What stands there already is as it should be.
    async fn list_members(
        &self,
        clinic: ClinicId,
        members: impl Iterator<Item = Staff>,
    ) -> Result<(), Problem> {
        for member in members {
            self.directory.add(&MembershipEntry::of(&member, clinic)).await?;
        }
        Ok(())
    }

    /// Where what runs by the clock finds it.
    async fn list(&self, clinic: &Clinic) -> Result<(), Problem> {
        let (clinic, since) = (clinic.clinic, clinic.registered_at);
        self.directory.add(&ClinicEntry { clinic, since }).await?;
        Ok(())
    }
}
