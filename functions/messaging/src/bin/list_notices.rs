//! The function `list_notices`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_messaging::list_notices::ListNotices>().await
}
