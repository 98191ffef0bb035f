//! Who is asking: the outcome of authentication and gate, the input of authorisation.

use crate::ids::{ClinicId, EvaluationId, IntakeId, LinkId, OperatorId, PatientId, StaffId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a clinic's user does there. A user may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the clinic's account: forms, staff, agreements.
    Owner,
    /// A licensed professional who evaluates and signs.
    Provider,
    /// Front desk: follows intakes and patients.
    Coordinator,
    /// Invoices and payments.
    Billing,
    /// Privacy and security officer.
    Compliance,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Provider, Self::Coordinator, Self::Billing, Self::Compliance];

    /// The name used in JSON and in the audit log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Provider => "provider",
            Self::Coordinator => "coordinator",
            Self::Billing => "billing",
            Self::Compliance => "compliance",
        }
    }
}

/// Who acts, as the audit log names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A clinic's user with the roles held at that moment.
    Staff {
        /// The user.
        staff: StaffId,
        /// Their roles at this clinic.
        roles: Vec<Role>,
    },
    /// A platform operator; never reaches PHI.
    Operator {
        /// The operator.
        operator: OperatorId,
    },
    /// A patient who holds an intake's resume token.
    Patient {
        /// The patient.
        patient: PatientId,
        /// The intake that the token is for.
        intake: IntakeId,
    },
    /// Whoever holds a link that the patient was sent.
    Recipient {
        /// The link.
        link: LinkId,
        /// The patient it was sent to.
        patient: PatientId,
        /// The evaluation it is about.
        evaluation: EvaluationId,
    },
    /// Whoever holds the link that was mailed to register a clinic: who reads its owner's mail.
    Registrant {
        /// The link.
        link: LinkId,
    },
    /// Anyone: a visitor of a clinic's public pages.
    Visitor,
    /// One of the platform's own functions, set off by an event.
    Function {
        /// Its operation name.
        name: String,
    },
}

impl Actor {
    /// Whether they are a clinic's user with that role.
    pub fn is(&self, role: Role) -> bool {
        matches!(self, Self::Staff { roles, .. } if roles.contains(&role))
    }
}

/// An authenticated actor and the one clinic they act in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The clinic; operators name it with each request.
    pub clinic: ClinicId,
    /// Who.
    pub actor: Actor,
}
