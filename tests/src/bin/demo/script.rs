//! What the two clinics differ in.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use visage_tests::Person;
use visage_tests::clinic::{DEFAULT_FORM, registration};
use visage_tests::staff::Role;

/// The form of the second clinic: its own questions, in Spanish.
const SPANISH_FORM: &str = include_str!("../../../demo/clinica.json");

/// One clinic's part.
pub(crate) struct Script {
    /// What the operator sends.
    pub(crate) registration: Value,
    /// Whom the owner invites.
    pub(crate) newcomer: Value,
    /// Who of its staff signs in.
    pub(crate) staff: Vec<Role>,
    /// The form, as the owner publishes it.
    pub(crate) form: String,
    /// The language of form, messages and report.
    pub(crate) language: &'static str,
    /// Who comes.
    pub(crate) patient: Person,
    /// What they answer, by section.
    pub(crate) answers: Vec<(&'static str, Value)>,
    /// What the provider writes.
    pub(crate) assessment: Value,
    /// The name of the file with the report.
    pub(crate) file: &'static str,
}

impl Script {
    /// A clinic in Seattle with the form that every clinic starts with.
    pub(crate) fn english() -> Self {
        let mut registration = registration();
        registration["name"] = "Belle Époque Æsthetics".into();
        let patient = Person::invented();
        Self {
            newcomer: newcomer(&registration, "Dr. Wanjirũ Ōtani"),
            registration,
            staff: Role::ALL.to_vec(),
            form: DEFAULT_FORM.to_owned(),
            language: "English",
            answers: patient.answers(),
            patient,
            assessment: json!({
                "findings": [
                    { "area": "Forehead", "text": "Fine horizontal lines at rest, deeper when the brows are raised." },
                    { "area": "Lips", "text": "Even vermilion border. Volume in keeping with the face." },
                ],
                "recommendations":
                    "Sun protection every day. No treatment needed now; let us talk again in six months.",
            }),
            file: "demo-report-english.pdf",
        }
    }

    /// A clinic in San Antonio, whose staff and patients speak Spanish.
    pub(crate) fn spanish() -> Result<Self> {
        let mut registration = registration();
        let slug = registration["slug"].as_str().context("a registration has a slug")?;
        registration["slug"] = slug.replace("clinic-", "clinica-alameda-").into();
        registration["name"] = "Clínica Alameda".into();
        registration["timeZone"] = "America/Chicago".into();
        registration["state"] = "TX".into();
        registration["contact"]["phone"] = "+15125550123".into();
        let names = ["Lucía Ibáñez", "Dra. Remedios Güell Ávila", "Iñaki Zubía", "Sol Peña", "Óscar Núñez"];
        for (member, name) in registration["staff"].as_array_mut().into_iter().flatten().zip(names) {
            member["name"] = name.into();
            member["licences"][0]["state"] = "TX".into();
        }
        let patient = Person {
            given_name: "Begoña".to_owned(),
            family_name: "Muñoz Villaseñor".to_owned(),
            ..Person::invented()
        };
        Ok(Self {
            newcomer: newcomer(&registration, "Dr. Íñigo Ceballos"),
            registration,
            staff: vec![Role::Owner, Role::Provider],
            form: SPANISH_FORM.to_owned(),
            language: "Spanish",
            answers: in_spanish(&patient),
            patient,
            assessment: json!({
                "findings": [
                    { "area": "Frente", "text": "Líneas horizontales finas, más marcadas al levantar las cejas." },
                    { "area": "Mejillas", "text": "Piel luminosa y pareja; dos manchas solares pequeñas a la derecha." },
                ],
                "recommendations":
                    "Protector solar todos los días, también en invierno. Nos vemos en tres meses para revisar las manchas.",
            }),
            file: "demo-report-spanish.pdf",
        })
    }
}

/// Another provider for the clinic, licensed where its others are.
fn newcomer(registration: &Value, name: &str) -> Value {
    let slug = registration["slug"].as_str().unwrap_or_default();
    json!({
        "email": format!("newcomer@{slug}.example"), "name": name, "credential": "MD", "roles": ["provider"],
        "licences": registration["staff"][0]["licences"],
    })
}

fn in_spanish(patient: &Person) -> Vec<(&'static str, Value)> {
    let coding = |code: &str| json!({ "valueCoding": { "code": code } });
    let string = |text: &str| json!({ "valueString": text });
    vec![
        (
            "usted",
            json!({
                "nombre": string(&patient.given_name),
                "apellidos": string(&patient.family_name),
                "nacimiento": { "valueDate": patient.birth_date },
                "correo": string(&patient.email),
                "movil": string(&patient.phone),
            }),
        ),
        (
            "sol",
            json!({
                "horas-de-sol": { "valueInteger": 3 },
                "protector": coding("a-veces"),
                "manchas": { "valueBoolean": true },
                "desde-cuando": string("Desde el verano pasado; probé una crema de la farmacia, sin mucho cambio."),
            }),
        ),
        (
            "salud",
            json!({
                "alergias": string("A la penicilina: ronchas."),
                "medicinas": string("Vitamina D; té de manzanilla por las noches."),
            }),
        ),
        (
            "deseos",
            json!({
                "zonas": [coding("frente"), coding("mejillas")],
                "ocasion": string("La boda de mi hermana, en mayo"),
            }),
        ),
    ]
}
