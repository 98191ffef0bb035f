//! Who calls, and the gate that finds out. Each kind of caller is a type that only its gate makes.

mod capability;
mod confirmer;
mod filler;
mod link;
mod operator;
mod recipient;
mod registrant;
mod retaker;
mod staff;
mod standing;
mod visitor;

pub use confirmer::Confirmer;
pub use filler::Filler;
pub use operator::{Operator, TOKEN_PREFIX as OPERATOR_TOKEN_PREFIX};
pub use recipient::Recipient;
pub use registrant::{Registrant, TOKEN_PREFIX as REGISTRATION_TOKEN_PREFIX};
pub use retaker::Retaker;
pub use staff::Staff;
pub use standing::admitted;
pub(crate) use standing::{asked, problems as standing_problems};
pub use visitor::Visitor;

use crate::operation::Info;
use crate::problem::Problem;
use crate::request::Incoming;
use crate::setup::{Setup, SetupError};
use crate::trail::Trail;
use jiff::Timestamp;
use std::future::Future;
use visage_domain::permission::Row;

/// What a request is judged with.
#[derive(Debug)]
pub struct Knock<'a> {
    /// The operation.
    pub info: &'a Info,
    /// The request.
    pub incoming: &'a Incoming,
    /// Its instant.
    pub now: Timestamp,
    /// Its audit trail, still naming nobody.
    pub trail: Trail,
}

/// A request that is turned away.
#[derive(Debug)]
pub struct Refused {
    /// The answer.
    pub problem: Problem,
    /// The trail to note it on, if it is known who was refused; strangers are only counted.
    pub known: Option<Box<Trail>>,
}

impl Refused {
    /// A stranger.
    pub fn stranger(problem: impl Into<Problem>) -> Self {
        Self { problem: problem.into(), known: None }
    }

    /// Somebody known.
    pub fn known(problem: Problem, trail: Trail) -> Self {
        Self { problem, known: Some(Box::new(trail)) }
    }
}

/// A kind of caller.
pub trait Caller: Sized + Send + 'static {
    /// What its gate needs, made once.
    type Gate: Send + Sync + 'static;
    /// The permission that the operation asks for.
    const PERMISSION: Row;
    /// What it is called in documents.
    const KIND: &'static str;
    /// Whether its gate asks where the clinic stands.
    const IN_CLINIC: bool = false;
    /// What its gate answers to whom it turns away, but for where the clinic stands.
    const PROBLEMS: &'static [Problem];

    /// Makes the gate.
    ///
    /// # Errors
    /// If the configuration lacks something.
    fn gate(setup: &Setup) -> Result<Self::Gate, SetupError>;

    /// Decides whether the request may pass.
    ///
    /// # Errors
    /// [`Refused`] otherwise.
    fn admit(
        gate: &Self::Gate,
        knock: Knock<'_>,
    ) -> impl Future<Output = Result<(Self, Trail), Refused>> + Send;
}
