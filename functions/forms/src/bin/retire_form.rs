//! The function `retire_form`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::serve::<visage_forms::retire_form::RetireForm>().await
}
