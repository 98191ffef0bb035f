//! A typed client of the API and of what lies behind it, for the tests of the whole system and the demo.
//!
//! Everything goes over the network to the stack that `cargo xtask up` runs: nothing of the product is linked here.

pub mod access_review;
pub mod arrivals;
pub mod audit;
pub mod aws;
pub mod bench;
pub mod budget;
pub mod bulk;
pub mod clinic;
pub mod cognito;
pub mod committed;
pub mod contract;
pub mod denial;
pub mod diversion;
pub mod evaluation;
pub mod files;
pub mod forms;
pub mod glass;
pub mod guesses;
pub mod http;
pub mod intake;
pub mod logs;
pub mod messages;
pub mod mortal;
pub mod operator;
pub mod paused;
pub mod pdf;
pub mod people;
pub mod picture;
pub mod processes;
pub mod purge;
pub mod received;
pub mod records;
pub mod registration;
pub mod rekognition;
pub mod report;
pub mod retake;
pub mod stack;
pub mod staff;
pub mod timeouts;
pub mod turns;
pub mod until;
pub mod upload;
pub mod visage;

pub use clinic::Clinic;
pub use intake::Intake;
pub use people::Person;
pub use staff::Staff;
pub use until::until;
pub use visage::Visage;
