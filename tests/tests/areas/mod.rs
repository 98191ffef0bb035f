//! Every operation there is, as the areas list them.

use visage_platform::operation::Listed;

/// All of them: an operation that is added is walked without anybody thinking of it.
pub(crate) fn operations() -> Vec<Listed> {
    [
        visage_access::operations(),
        visage_clinics::operations(),
        visage_evaluations::operations(),
        visage_forms::operations(),
        visage_intake::operations(),
        visage_messaging::operations(),
        visage_reports::operations(),
    ]
    .concat()
}
