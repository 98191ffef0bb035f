//! The function `grant_bulk_permission`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_access::grant_bulk_permission::GrantBulkPermission>().await
}
