//! A patient who fills in an intake.

use super::capability::{CapabilityGate, Entered};
use super::{Caller, Knock, Refused};
use crate::problem::Problem;
use crate::request::Presented;
use crate::setup::{Setup, SetupError};
use std::marker::PhantomData;
use std::sync::Arc;
use visage_domain::capability::{Capability, Secret};
use visage_domain::clinic::Clinic;
use visage_domain::intake::{Intake, IntakeStatus, ResumeToken};
use visage_domain::permission::{Permission, Row};
use visage_domain::principal::Actor;
use visage_domain::scope::Scope;
use visage_store::records::{Stored, keys};
use visage_store::vault::{DataKey, verify_secret};

/// The holder of an intake's resume token.
#[derive(Clone, Debug)]
pub struct Filler<P> {
    /// The key to the clinic's records.
    pub scope: Scope<P>,
    /// The clinic.
    pub clinic: Clinic,
    /// The intake.
    pub intake: Stored<Intake>,
    /// The token.
    pub token: Stored<ResumeToken>,
    /// The patient's key.
    pub key: Arc<DataKey>,
    /// Whether the device is one on which saved answers are shown.
    pub may_read: bool,
    permission: PhantomData<P>,
}

impl<P: Permission> Caller for Filler<P> {
    type Gate = CapabilityGate;
    const PERMISSION: Row = Row::of::<P>();
    const KIND: &'static str = "patient with a resume token";
    const IN_CLINIC: bool = true;
    const PROBLEMS: &'static [Problem] = &[Problem::unauthenticated()];

    fn gate(setup: &Setup) -> Result<CapabilityGate, SetupError> {
        CapabilityGate::new(setup)
    }

    async fn admit(gate: &CapabilityGate, knock: Knock<'_>) -> Result<(Self, crate::Trail), Refused> {
        let Presented::Bearer(text) = &knock.incoming.presented else { return Err(strange()) };
        let capability = Capability::decode(text).ok_or_else(strange)?;
        let token =
            gate.reads.capability(&capability, keys::resume_token).await.map_err(Refused::stranger)?;
        let token: Stored<ResumeToken> = token.ok_or_else(strange)?;
        let live = verify_secret(&capability.secret, &token.record.secret_hash)
            && knock.now < token.record.expires_at;
        if !live {
            return Err(strange());
        }
        let (patient, intake) = (token.record.patient, token.record.intake);
        let mut found =
            gate.reads.intake(capability.clinic, patient, intake).await.map_err(Refused::stranger)?;
        let intake = found.take::<Intake>().map_err(Refused::stranger)?;
        let intake = intake.filter(|it| it.record.status != IntakeStatus::Abandoned).ok_or_else(strange)?;

        let actor = Actor::Patient { patient, intake: intake.record.intake };
        let device = knock.incoming.device.as_deref();
        let may_read = is_known(device, &token.record);
        let place = (capability.clinic, patient);
        let Entered { scope, clinic, key, trail } =
            gate.enter(knock, actor, place, &mut found, strange).await?;
        Ok((Self { scope, clinic, intake, token, key, may_read, permission: PhantomData }, trail))
    }
}

/// Whatever is presented, and isn't a token in force, looks the same.
fn strange() -> Refused {
    Refused::stranger(Problem::unauthenticated())
}

/// Whether a device's secret is one of the token's. A wrong one is as good as none: the token may still write.
fn is_known(device: Option<&str>, token: &ResumeToken) -> bool {
    let secret = device.and_then(Secret::decode);
    secret.is_some_and(|secret| token.devices.iter().any(|hash| verify_secret(&secret, hash)))
}

impl<P> Filler<P> {
    /// That the intake can still be changed.
    ///
    /// # Errors
    /// 409 once it is handed in.
    pub fn require_draft(&self) -> Result<(), Problem> {
        match self.intake.record.status {
            IntakeStatus::Draft => Ok(()),
            IntakeStatus::Submitted | IntakeStatus::Abandoned => Err(Problem::already_submitted()),
        }
    }
}
