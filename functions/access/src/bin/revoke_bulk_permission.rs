//! The function `revoke_bulk_permission`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::revoke_bulk_permission::RevokeBulkPermission>().await
}
