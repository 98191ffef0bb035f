//! Registers the clinic that was asked for: who opened the link in the owner's mail is invited as its owner, and it is active
//! once they accepted the agreements and an operator has looked at it.
//!
//! The link's secret stands in the address's fragment and is sent by the page, so that what merely fetches a mail's links
//! registers nothing. A second click, and one after a first that broke off, finds the clinic for as long as the link works.

use crate::registering::{Registered, Registrar};
use crate::registration::Registration;
use visage_domain::audit::Purpose;
use visage_domain::fields::Field;
use visage_domain::permission;
use visage_domain::registration::RegistrationRequest;
use visage_platform::operation::Empty;
use visage_platform::{Audited, Call, Info, Operation, Problem, Registrant, Reply, Setup, SetupError};
use visage_store::vault::open_under;

/// The operation.
pub struct ConfirmRegistration {
    registrar: Registrar,
}

impl Operation for ConfirmRegistration {
    const INFO: Info = Info {
        name: "confirm_registration",
        method: "POST",
        path: "/v1/registrations/confirmation",
        purpose: Purpose::Operations,
        status: 201,
        body_limit: 256,
        background: false,
        phi: false,
        changes: true,
        problems: &[Problem::already_exists(), Problem::account_closed(), Problem::conflict()],
        headers: &[],
    };
    const FIELDS: &'static [Field] = Registered::FIELDS;
    type Caller = Registrant<permission::ConfirmRegistration>;
    type Path = Empty;
    type Input = Empty;
    type Output = Registered;

    async fn build(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self { registrar: Registrar::new(setup)? })
    }

    async fn handle(&self, call: Call<Self>) -> Result<Audited<Reply<Registered>>, Problem> {
        let Registrant { scope, request, secret, .. } = call.caller;
        let context = RegistrationRequest::seal_context(request.clinic);
        let registration: Registration = open_under(&secret, &context, &request.sealed)?;
        let staff: Vec<_> =
            registration.staff_at(request.clinic).iter().map(|staff| format!("staff={staff}")).collect();
        let trail = call.trail.in_clinic(request.clinic).regarding(staff.join(";"));
        self.registrar.register(&scope, &trail, registration, call.now).await
    }
}
