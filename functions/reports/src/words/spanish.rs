//! Spanish, as it is written in the United States.

use super::{Figure, Words};
use visage_domain::face::{MeasureCode, NotMeasured, View};

pub(super) const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

pub(super) const WORDS: Words = Words {
    title: "Informe de evaluación",
    patient: "Paciente",
    evaluation_date: "Fecha de la evaluación",
    evaluated_by: "Evaluado por",
    report: "Informe",
    version: "versión",
    page: "Página",
    of: "de",
    findings: "Hallazgos",
    no_findings: "No se anotaron hallazgos.",
    recommendations: "Recomendaciones",
    no_recommendations: "No se anotaron recomendaciones.",
    addenda: "Agregado después de la firma",
    photos: "Fotos",
    photo: "Foto",
    measurements: "Medidas",
    caveat: "Estas cifras se calculan a partir de puntos que un programa encontró en una sola foto. Describen la foto, no \
             son un diagnóstico y no dicen nada sobre cómo debería verse un rostro. La distancia de la cámara, el \
             lente, la posición de la cabeza y la expresión las cambian. Un cambio entre dos fotos solo cuenta si es \
             mayor que el error indicado de ambas.",
    drawing: "Lo que se midió, con los números de la tabla; línea discontinua: la línea media.",
    drawing_alt: "La foto frontal con las líneas medidas dibujadas sobre ella, numeradas como en la tabla que sigue.",
    number: "N.º",
    measure: "Medida",
    value: "Valor",
    error: "Error (±)",
    error_note: "El error es una desviación estándar de una sola medición, en la unidad del valor.",
    unit: "Unidad",
    degrees: "grados",
    source: "Fuente",
    not_measured: "No medido",
    reason: "Motivo",
    measured_with: "Medido con",
    signed_by: "Firmado electrónicamente por",
    content_hash: "Hash del contenido",
    placeholders: "□ ocupa el lugar de un carácter que las tipografías de este documento no tienen.",
    disclaimer: "Este informe se preparó para la persona nombrada arriba. Describe lo que el profesional vio en el momento \
                 de la evaluación; no es una receta ni la promesa de un resultado. Si tiene preguntas, lo mejor es \
                 hacérselas a la clínica.",
};

/// The definition of an asymmetry figure.
macro_rules! asymmetry {
    ($points:literal) => {
        concat!(
            "Diferencia entre las distancias de ",
            $points,
            " a la línea media, dividida por su suma: 0 si ambos están igual de lejos. La línea media es perpendicular a \
             la línea que une las pupilas, a mitad de camino entre ellas."
        )
    };
}

const OWN: &str = "Definición propia.";
const FISSURE: &str = "Inclinación de la hendidura palpebral (Farkas, Anthropometry of the Head and Face, 1994), sobre \
                       puntos de la foto.";
const THIRDS: &str = "Definición propia, según el tercio inferior del rostro: el detector no encuentra el punto subnasal ni \
                      la glabela, así que no puede compararse con valores publicados.";
const WIDTHS: &str = "Razón entre anchos de la antropometría facial (Farkas 1994), sobre puntos de la foto.";
const ASYMMETRY: &str = "Índice de asimetría |dI - dD| / (dI + dD); la línea media es una definición propia.";

pub(super) const fn figure(code: MeasureCode) -> Figure {
    let (name, definition, source) = match code {
        MeasureCode::PupilCant => (
            "Inclinación de la línea de las pupilas",
            "Ángulo de la línea que une las pupilas con la horizontal de la imagen; positivo si la pupila a la derecha de \
             la imagen está más abajo. Incluye la inclinación de la cámara y de la cabeza: es el giro que se descuenta \
             de todas las demás cifras.",
            OWN,
        ),
        MeasureCode::MouthCant => (
            "Inclinación de la boca respecto de la línea de las pupilas",
            "Ángulo de la línea que une las comisuras de la boca con la línea que une las pupilas; positivo si la \
             comisura a la derecha de la imagen está más abajo.",
            OWN,
        ),
        MeasureCode::CanthalTiltLeft => (
            "Inclinación del ojo a la izquierda de la imagen",
            "Ángulo de la línea entre el ángulo interno y el externo del ojo a la izquierda de la imagen con la línea que \
             une las pupilas; positivo si el externo está más arriba.",
            FISSURE,
        ),
        MeasureCode::CanthalTiltRight => (
            "Inclinación del ojo a la derecha de la imagen",
            "Ángulo de la línea entre el ángulo interno y el externo del ojo a la derecha de la imagen con la línea que \
             une las pupilas; positivo si el externo está más arriba.",
            FISSURE,
        ),
        MeasureCode::LowerFaceShare => (
            "Proporción de la parte inferior del rostro",
            "Altura de las fosas nasales al mentón dividida por la altura de las pupilas al mentón, ambas \
             perpendiculares a la línea que une las pupilas.",
            THIRDS,
        ),
        MeasureCode::IntercanthalToEyeWidth => (
            "Distancia entre los ojos respecto de su ancho",
            "Distancia entre los ángulos internos de los ojos dividida por el ancho medio de los ojos, a lo largo de la \
             línea que une las pupilas.",
            WIDTHS,
        ),
        MeasureCode::NoseToMouthWidth => (
            "Ancho de la nariz respecto del de la boca",
            "Ancho de la nariz a la altura de las fosas nasales dividido por el ancho de la boca, a lo largo de la línea \
             que une las pupilas.",
            WIDTHS,
        ),
        MeasureCode::AsymmetryInnerCanthi => (
            "Asimetría de los ángulos internos de los ojos",
            asymmetry!("los ángulos internos de los ojos"),
            ASYMMETRY,
        ),
        MeasureCode::AsymmetryOuterCanthi => (
            "Asimetría de los ángulos externos de los ojos",
            asymmetry!("los ángulos externos de los ojos"),
            ASYMMETRY,
        ),
        MeasureCode::AsymmetryInnerBrows => (
            "Asimetría de los extremos internos de las cejas",
            asymmetry!("los extremos internos de las cejas"),
            ASYMMETRY,
        ),
        MeasureCode::AsymmetryBrowPeaks => (
            "Asimetría de los puntos más altos de las cejas",
            asymmetry!("los puntos más altos de las cejas"),
            ASYMMETRY,
        ),
        MeasureCode::AsymmetryOuterBrows => (
            "Asimetría de los extremos externos de las cejas",
            asymmetry!("los extremos externos de las cejas"),
            ASYMMETRY,
        ),
        MeasureCode::AsymmetryNostrils => (
            "Asimetría de las fosas nasales",
            asymmetry!("los bordes externos de las fosas nasales"),
            ASYMMETRY,
        ),
        MeasureCode::AsymmetryMouthCorners => {
            ("Asimetría de las comisuras de la boca", asymmetry!("las comisuras de la boca"), ASYMMETRY)
        }
        MeasureCode::AsymmetryUpperJaw => (
            "Asimetría de la parte superior de la mandíbula",
            asymmetry!("los extremos superiores de la mandíbula"),
            ASYMMETRY,
        ),
        MeasureCode::AsymmetryMidJaw => (
            "Asimetría de la parte media de la mandíbula",
            asymmetry!("los puntos medios de la mandíbula"),
            ASYMMETRY,
        ),
    };
    Figure { name, definition, source }
}

pub(super) const fn reason(reason: NotMeasured) -> &'static str {
    match reason {
        NotMeasured::ViewNotFrontal => "Solo se miden fotos frontales.",
        NotMeasured::NotOneFace => "La foto no muestra exactamente un rostro.",
        NotMeasured::PoseUnknown => "No se pudo determinar la posición de la cabeza.",
        NotMeasured::HeadTurned => "La cabeza está girada hacia un lado.",
        NotMeasured::HeadTiltedBack => "La cabeza está inclinada hacia atrás.",
        NotMeasured::HeadTiltedForward => "La cabeza está inclinada hacia adelante.",
        NotMeasured::LandmarkMissing => "No se encontró un punto del rostro.",
        NotMeasured::FaceTooSmall => "El rostro es demasiado pequeño en la foto.",
        NotMeasured::Undefined => "Los puntos encontrados no lo permiten.",
    }
}

pub(super) const fn view(view: View) -> &'static str {
    match view {
        View::Frontal => "De frente",
        View::ObliqueLeft45 => "Izquierda, medio perfil",
        View::ObliqueRight45 => "Derecha, medio perfil",
        View::LateralLeft90 => "Perfil izquierdo",
        View::LateralRight90 => "Perfil derecho",
        View::Basal => "Desde abajo",
        View::Body => "Cuerpo",
    }
}
