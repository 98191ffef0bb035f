//! The function `add_addendum`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_evaluations::add_addendum::AddAddendum>().await
}
