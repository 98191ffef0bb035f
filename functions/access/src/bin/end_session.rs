//! The function `end_session`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::end_session::EndSession>().await
}
