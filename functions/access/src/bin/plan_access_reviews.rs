//! The function `plan_access_reviews`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::errand::run::<visage_access::plan_access_reviews::PlanAccessReviews>().await
}
