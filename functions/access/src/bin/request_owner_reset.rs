//! The function `request_owner_reset`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::request_owner_reset::RequestOwnerReset>().await
}
