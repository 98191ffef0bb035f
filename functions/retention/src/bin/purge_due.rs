//! The function `purge_due`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::work::<visage_retention::purge_due::PurgeDue>().await
}
