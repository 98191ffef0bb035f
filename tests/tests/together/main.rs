//! Whole-system tests that run at once, as many as the machine bears: none of them changes what another one needs.
//!
//! What does (functions killed at work on others' photos, vendors disapproved of, dead letters counted, the local AWS kept busy
//! for seconds) stands beside this folder, each a program of its own that runs alone.

mod access_review;
mod activity;
mod alerts;
mod amendments;
mod break_glass;
mod bulk;
mod calls;
mod canary;
mod clinic_life;
mod clinics;
mod codes;
mod consents;
mod contract;
mod cookies;
mod desk;
mod documents;
mod drafts;
mod evaluation;
mod fhir;
mod foreign;
mod forms;
mod fuzz;
mod held;
mod hostile;
mod iam;
mod import;
mod intake;
mod invitations;
mod involvement;
mod languages;
mod matching;
mod matrix;
mod minors;
mod necessary;
mod notices;
mod photos;
mod purge;
mod queue;
mod registration;
mod report;
mod resets;
mod resume;
mod retake;
mod routes;
mod sessions;
mod sign_in;
mod staff;
mod standing;
mod starts;
mod story;
mod upload_requests;
mod uploads;
