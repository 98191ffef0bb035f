//! The function `settle_departure`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    visage_platform::work::<visage_access::settle_departure::SettleDeparture>().await
}
