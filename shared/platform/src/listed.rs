//! An operation as tests, documents and checks see it. No function links any of this.

use crate::caller::{self, Caller};
use crate::operation::{Header, Info, Operation};
use crate::problem::Problem;
use crate::sample;
use crate::serve::{Program, serve};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use visage_domain::clinic::Asked;
use visage_domain::fields::Field;
use visage_domain::permission::Row;

/// Makes the schema of a type.
pub type Shape = fn(&mut SchemaGenerator) -> Schema;

/// An operation, without running it.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// What is known of it.
    pub info: Info,
    /// Who may call it.
    pub permission: Row,
    /// What that caller is called.
    pub caller: &'static str,
    /// The path's parameters.
    pub path: Shape,
    /// The body, or the query.
    pub input: Shape,
    /// The media types that its body may have.
    pub consumes: &'static [&'static str],
    /// The answer's body.
    pub output: Shape,
    /// What of it is shown, and to whom.
    pub fields: &'static [Field],
    /// The media type of its answer.
    pub produces: &'static str,
    /// Reads an event as the operation would, or says what it is not.
    pub reads: fn(&str) -> Result<(), String>,
    /// Runs it as a Lambda function. Named here, it is compiled here: see [`serve`].
    pub serve: fn() -> Program,
    gate: &'static [Problem],
    in_clinic: bool,
}

/// Lists operation `O`.
pub const fn list<O: Operation>() -> Listed {
    Listed {
        info: O::INFO,
        permission: O::Caller::PERMISSION,
        caller: O::Caller::KIND,
        path: shape::<O::Path>,
        input: shape::<O::Input>,
        consumes: O::CONSUMES,
        output: shape::<O::Output>,
        fields: O::FIELDS,
        produces: O::PRODUCES,
        reads: sample::read::<O>,
        serve: serve::<O>,
        gate: O::Caller::PROBLEMS,
        in_clinic: O::Caller::IN_CLINIC,
    }
}

fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Listed {
    /// What it asks of the clinic, if its gate asks where that stands.
    pub fn asked(&self) -> Option<Asked> {
        self.in_clinic.then(|| caller::asked(&self.info, self.permission))
    }

    /// Everything that it may answer instead of success, by status and code: what its caller's gate answers, where the
    /// clinic stands, what can't
    /// be decoded, what its headers bring along, its own, and what is our fault.
    pub fn problems(&self) -> Vec<Problem> {
        let Info { method: _, path, problems, body_limit, .. } = self.info;
        let (mutates, keyed) = (self.info.mutates(), self.info.has(Header::IdempotencyKey));
        let derived: &[(bool, Problem)] = &[
            (path.contains('{'), Problem::not_found()),
            (!mutates, Problem::invalid_query()),
            (mutates, Problem::body_too_large()),
            (mutates && body_limit > 0, Problem::unsupported_media_type()),
            (mutates && body_limit > 0, Problem::invalid_body()),
            (self.info.asks_for_tag(), Problem::if_match_required()),
            (self.info.asks_for_tag(), Problem::changed_meanwhile()),
            (keyed, Problem::idempotency_key_required()),
            (keyed, Problem::idempotency_key_reused()),
            (keyed, Problem::conflict()),
            (self.info.has(Header::AccessReason), Problem::reason_required()),
        ];
        let gate = self.gate.iter().filter(|problem| mutates || problem.code != Problem::csrf().code);
        let standing = self.asked().into_iter().flat_map(caller::standing_problems);
        let derived = derived.iter().filter(|(can, _)| *can).map(|(_, problem)| problem);
        let ours = [Problem::past_the_edge(), Problem::internal(), Problem::unavailable()];
        let mut all: Vec<Problem> =
            gate.chain(derived).chain(problems).chain(&ours).cloned().chain(standing).collect();
        all.sort_by_key(|problem| (problem.status, problem.code));
        all.dedup();
        all
    }
}
