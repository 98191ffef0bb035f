//! A scope stays in the clinic that was decided on.

use visage_domain::ids::ClinicId;
use visage_domain::permission::OpenEvaluation;
use visage_domain::scope::Scope;

pub fn moved(scope: &mut Scope<OpenEvaluation>, clinic: ClinicId) {
    scope.clinic = clinic; //~ E0616
}
