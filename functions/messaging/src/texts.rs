//! What notices say, per event and language. They name the clinic and nothing of the patient: an SMS or an e-mail may
//! be read by anyone.

use visage_domain::language::Language;
use visage_domain::outbox::NoticeEvent;

/// An e-mail's subject and text.
pub(crate) struct Text {
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// The longest clinic name that a text message shows, in characters.
const SMS_NAME: usize = 40;

/// The text message of an event. Our own words keep to the alphabet of GSM 03.38, which has `ñ` and `é` but not `á`: one
/// letter outside of it more than doubles a message's price.
///
/// It brings a link, or a code of six digits.
pub(crate) fn sms(event: NoticeEvent, language: Language, clinic: &str, brings: &str) -> String {
    let clinic: String = clinic.chars().take(SMS_NAME).collect();
    let (words, stop) = match language {
        Language::English => (
            match event {
                NoticeEvent::IntakeReceived => "we received your intake. Confirm this number:",
                NoticeEvent::ReportReady => "your report is ready:",
                NoticeEvent::ReportUpdated => "your report was updated:",
                NoticeEvent::ReportCode => "your code, for 10 minutes. Nobody will ask you for it:",
                NoticeEvent::RetakeAsked => "one part of your intake is needed again:",
            },
            "Reply STOP to opt out.",
        ),
        Language::Spanish => (
            match event {
                NoticeEvent::IntakeReceived => "recibimos su formulario. Confirme este celular:",
                NoticeEvent::ReportReady => "ya puede leer su informe:",
                NoticeEvent::ReportUpdated => "su informe tiene cambios:",
                NoticeEvent::ReportCode => "su clave, por 10 minutos. Nadie se la va a pedir:",
                NoticeEvent::RetakeAsked => "falta de nuevo una parte de su formulario:",
            },
            "Responda STOP para no recibir SMS.",
        ),
    };
    format!("{clinic}: {words} {brings} {stop}")
}

/// The e-mail of an event. It brings a link, or a code of six digits.
pub(crate) fn email(
    event: NoticeEvent,
    language: Language,
    clinic: &str,
    contact: &str,
    brings: &str,
) -> Text {
    let words = match language {
        Language::English => english(event),
        Language::Spanish => spanish(event),
    };
    let Words { greeting, subject, opening, closing, questions } = words;
    Text {
        subject: format!("{clinic}: {subject}"),
        body: format!(
            "{greeting}\n\n{opening}\n\n{brings}\n\n{closing}\n\n{questions} {contact}.\n\n{clinic}\n"
        ),
    }
}

/// What an e-mail says around its link or code.
struct Words {
    greeting: &'static str,
    subject: &'static str,
    opening: &'static str,
    closing: &'static str,
    questions: &'static str,
}

fn english(event: NoticeEvent) -> Words {
    let (subject, opening, closing) = match event {
        NoticeEvent::IntakeReceived => (
            "we received your intake",
            "Thank you. Your intake arrived safely and a provider will look at it. Please confirm that we may write to \
             you at this address by opening:",
            "If you don't, the clinic will reach you in another way. If you didn't send us anything, simply delete this \
             message.",
        ),
        NoticeEvent::ReportReady => (
            "your report is ready",
            "Your report is ready. Open it here; you will be asked to show that it is you:",
            "The link works for 30 days and is meant for you alone. Please do not forward it.",
        ),
        NoticeEvent::ReportUpdated => (
            "your report was updated",
            "The clinic added to your report. Open the new version here; you will be asked to show that it is you:",
            "The link works for 30 days and is meant for you alone. Please do not forward it.",
        ),
        NoticeEvent::ReportCode => (
            "your code",
            "Enter this code on the page of your report:",
            "It works once, and for 10 minutes. Nobody at the clinic will ever ask you for it. If you didn't ask for it, \
             simply delete this message: by itself it opens nothing.",
        ),
        NoticeEvent::RetakeAsked => (
            "one part of your intake again, please",
            "One part of what you sent could not be used, or another try would help. Here you are told which and how, \
             and can send it again:",
            "The link works for 7 days, for this one part, and shows nothing that you sent before. Please do not \
             forward it.",
        ),
    };
    Words { greeting: "Hello,", subject, opening, closing, questions: "Questions? Write to" }
}

fn spanish(event: NoticeEvent) -> Words {
    let (subject, opening, closing) = match event {
        NoticeEvent::IntakeReceived => (
            "recibimos su formulario",
            "Gracias. Su formulario llegó bien y un profesional lo revisará. Confirme que podemos escribirle a esta \
             dirección abriendo:",
            "Si no lo hace, la clínica se comunicará con usted de otra manera. Si usted no nos envió nada, simplemente \
             borre este mensaje.",
        ),
        NoticeEvent::ReportReady => (
            "su informe está listo",
            "Su informe está listo. Ábralo aquí; le pediremos que demuestre que es usted:",
            "El enlace funciona durante 30 días y es solo para usted. Por favor, no lo reenvíe.",
        ),
        NoticeEvent::ReportUpdated => (
            "su informe se actualizó",
            "La clínica agregó algo a su informe. Abra aquí la nueva versión; le pediremos que demuestre que es usted:",
            "El enlace funciona durante 30 días y es solo para usted. Por favor, no lo reenvíe.",
        ),
        NoticeEvent::ReportCode => (
            "su código",
            "Escriba este código en la página de su informe:",
            "Sirve una sola vez y durante 10 minutos. Nadie de la clínica se lo va a pedir. Si usted no lo pidió, \
             simplemente borre este mensaje: por sí solo no abre nada.",
        ),
        NoticeEvent::RetakeAsked => (
            "una parte de su formulario otra vez, por favor",
            "Una parte de lo que nos envió no se pudo usar, o convendría repetirla. Aquí le decimos cuál y cómo, y puede \
             enviarla de nuevo:",
            "El enlace funciona durante 7 días, solo para esa parte, y no muestra nada de lo que usted envió. Por favor, \
             no lo reenvíe.",
        ),
    };
    Words { greeting: "Hola:", subject, opening, closing, questions: "¿Preguntas? Escriba a" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As long as links get in production.
    const LINK: &str = "https://app.visage.example/report#v1.cli_0123456789abcdefghjkmnpqr0.\
                        UR4DdTEisj97X3mxjDoocMEEBMi7HBfPvTXSokccMac";

    fn each(mut see: impl FnMut(NoticeEvent, Language)) {
        for event in NoticeEvent::ALL {
            Language::ALL.into_iter().for_each(|language| see(event, language));
        }
    }

    #[test]
    fn every_text_message_says_how_to_stop_and_carries_its_link() {
        each(|event, language| {
            let text = sms(event, language, "Glow", LINK);
            assert!(text.contains("STOP") && text.contains(LINK), "{text}");
            assert!(text.split(LINK).nth(1).is_some_and(|end| end.contains("STOP")), "{text}");
        });
    }

    #[test]
    fn a_text_message_takes_two_parts_at_most() {
        // 153 letters of the GSM alphabet to a part of several; our words use only these of it.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " .,:/#_-ñé".contains(c);
        each(|event, language| {
            let text = sms(event, language, &"N".repeat(100), LINK);
            assert!(text.chars().all(is_plain), "{text}");
            assert!(text.chars().count() <= 2 * 153, "{} letters: {text}", text.chars().count());
        });
    }

    #[test]
    fn every_mail_says_from_whom_it_is_and_whom_to_ask() {
        each(|event, language| {
            let mail = email(event, language, "Glow", "care@glow.example", LINK);
            assert!(mail.subject.starts_with("Glow: "));
            assert!(mail.body.contains(LINK) && mail.body.contains("care@glow.example"));
            assert!(mail.body.ends_with("Glow\n"));
        });
    }

    #[test]
    fn no_two_texts_are_the_same() {
        let mut texts = Vec::new();
        each(|event, language| {
            texts.push(sms(event, language, "Glow", LINK));
            texts.push(email(event, language, "Glow", "a@b.c", LINK).body);
        });
        let all = texts.len();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), all);
    }
}
