//! The function `plan_purge`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::errand::run::<visage_retention::plan_purge::PlanPurge>().await
}
