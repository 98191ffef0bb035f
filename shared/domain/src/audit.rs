//! What the audit log says: who asked for what, when, from where, why, and what came of it.
//!
//! An entry holds identifiers, codes and times only. What would tell something of a patient (their own address and
//! browser) is encrypted beside it under the patient's key; the entry carries a salted commitment to it, so that after
//! an erasure the entry still verifies and nothing opens.

use crate::ids::{AuditId, BreakGlassId, ClinicId, PatientId};
use crate::principal::Actor;
use crate::retention::{Nothing, Record, RecordClass};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why something is done. Decided per operation, recorded with every entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Evaluating the patient.
    Treatment,
    /// What the patient asked for: their own intake, their own report.
    PatientRequest,
    /// Running the clinic and the platform.
    Operations,
    /// Signing in and out, refusing who may not.
    Security,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Written beside a read while it runs: granted, and successful unless a later entry of this request says otherwise.
    Granted,
    /// Done.
    Done,
    /// Not allowed, or not valid; `code` is the answer's problem code.
    Refused {
        /// The problem's code.
        code: String,
    },
    /// Went wrong on our side.
    Failed {
        /// The problem's code.
        code: String,
    },
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The client's address.
    pub ip: String,
    /// The client's user agent, cut to 256 characters.
    pub user_agent: String,
}

/// How an entry names the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "client", rename_all = "snake_case")]
pub enum ClientRef {
    /// Staff, operators, and who registers a clinic: as it is.
    Clear(Client),
    /// Patients: sealed beside the entry.
    Sealed {
        /// SHA-256 over salt and client, hexadecimal.
        commitment: String,
    },
    /// The platform's own functions.
    Internal,
}

/// One entry of a clinic's log, or of the platform's where no clinic is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The entry.
    pub entry: AuditId,
    /// When.
    pub at: Timestamp,
    /// The clinic whose log this is; none for the platform's.
    pub clinic: Option<ClinicId>,
    /// Who.
    pub actor: Actor,
    /// The operation.
    pub action: String,
    /// Identifiers that the request named, as `name=id` pairs joined by `;`.
    pub resource: String,
    /// The patient concerned, if it is one.
    pub patient: Option<PatientId>,
    /// What a list or search showed: identifiers.
    pub shown: Vec<String>,
    /// Why.
    pub purpose: Purpose,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The request that caused it; answers carry the same.
    pub request: String,
    /// From where.
    #[serde(flatten)]
    pub client: ClientRef,
}

impl AuditEntry {
    /// What stands for `name` among the identifiers that the request named.
    pub fn named(&self, name: &str) -> Option<&str> {
        self.resource.split(';').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether a broken glass allowed it.
    pub fn is_by_broken_glass(&self) -> bool {
        self.resource.contains(BREAK_GLASS_MARK)
    }
}

impl Outcome {
    /// The name used in JSON.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Done => "done",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
        }
    }
}

/// What follows the named identifiers in an entry of what only a broken glass allowed. Starts with `;` also where nothing is
/// named before it: no entry about that glass itself has it.
pub fn break_glass_mark(break_glass: BreakGlassId) -> String {
    format!("{BREAK_GLASS_MARK}{break_glass}")
}

/// What that mark starts with.
const BREAK_GLASS_MARK: &str = ";break_glass=";

/// What is sealed beside an entry of a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedClient {
    /// 16 random bytes, hexadecimal.
    pub salt: String,
    /// Where the request came from.
    pub client: Client,
}

impl Record for AuditEntry {
    const TYPE: &'static str = "audit";
    const CLASS: RecordClass = RecordClass::Audit;
    type Sealed = SealedClient;

    fn anchor(&self) -> Timestamp {
        self.at
    }
}

/// Requests of people who weren't known: counted by the minute, so that strangers can't buy a write per request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrangerCount {
    /// The entry.
    pub entry: AuditId,
    /// The start of the minute that was counted.
    pub minute: Timestamp,
    /// The operation.
    pub action: String,
    /// The answer's problem code, or `ok`.
    pub code: String,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub sample_request: String,
}

impl Record for StrangerCount {
    const TYPE: &'static str = "strangers";
    const CLASS: RecordClass = RecordClass::Audit;
    type Sealed = Nothing;

    fn anchor(&self) -> Timestamp {
        self.minute
    }
}
