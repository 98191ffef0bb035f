//! The function `approve_owner_reset`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::approve_owner_reset::ApproveOwnerReset>().await
}
