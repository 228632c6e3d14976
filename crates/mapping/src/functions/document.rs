//! Documents: base64 of texts, media types, units.

use super::{Context, Definition, Fault, Produced};

pub(super) const FUNCTIONS: &[Definition] = &[
    Definition {
        name: "base64",
        arguments: 0..=0,
        call: base64,
        purpose: "the text's bytes in base64",
    },
    Definition {
        name: "base64-sent",
        arguments: 1..=1,
        call: base64_sent,
        purpose: "base64 as sent, white space gone; with `checked`, a fault where it is none",
    },
    Definition {
        name: "media-type",
        arguments: 0..=0,
        call: media_type,
        purpose: "`application/pdf` of ED-2 and ED-3 joined by `/`, or of a file's ending",
    },
    Definition {
        name: "ucum",
        arguments: 0..=0,
        call: ucum,
        purpose: "the UCUM code of a unit as written, else nothing",
    },
];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place) & 63) as usize;
            out.push(if place <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    Ok(Produced::Text(out))
}

fn base64_sent(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let sent: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let body = sent.trim_end_matches('=');
    let is_base64 = sent.len().is_multiple_of(4)
        && sent.len() - body.len() <= 2
        && body.bytes().all(|b| ALPHABET.contains(&b));
    if !is_base64 || body.is_empty() {
        return Err(Fault::value("the document is not in base64: send it encoded as ED-4 says"));
    }
    Ok(Produced::Text(sent))
}

const MEDIA_TYPES: [(&str, &str); 16] = [
    ("pdf", "application/pdf"),
    ("rtf", "application/rtf"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("html", "text/html"),
    ("xml", "application/xml"),
    ("txt", "text/plain"),
    ("plain", "text/plain"),
    ("text", "text/plain"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("tiff", "image/tiff"),
    ("dicom", "application/dicom"),
    ("hl7v3", "text/xml"),
];

fn media_type(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let lower = text.trim().to_ascii_lowercase();
    let ending = lower.rsplit(['/', '.']).next().unwrap_or("");
    let known = MEDIA_TYPES.iter().find(|(name, _)| *name == ending);
    if let Some((_, media_type)) = known {
        return Ok(Produced::Text((*media_type).to_owned()));
    }
    let is_type = lower.split_once('/').is_some_and(|(kind, sub)| {
        ["application", "audio", "image", "text", "video", "multipart"].contains(&kind)
            && !sub.is_empty()
            && sub.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b))
    });
    Ok(if is_type { Produced::Text(lower) } else { Produced::Nothing })
}

/// Units as they are written, and their UCUM codes.
const UNITS: [(&str, &str); 60] = [
    ("mmol/l", "mmol/L"),
    ("umol/l", "umol/L"),
    ("µmol/l", "umol/L"),
    ("nmol/l", "nmol/L"),
    ("pmol/l", "pmol/L"),
    ("mol/l", "mol/L"),
    ("g/l", "g/L"),
    ("g/dl", "g/dL"),
    ("mg/dl", "mg/dL"),
    ("mg/l", "mg/L"),
    ("ug/l", "ug/L"),
    ("µg/l", "ug/L"),
    ("ng/ml", "ng/mL"),
    ("ng/l", "ng/L"),
    ("u/l", "U/L"),
    ("iu/l", "[IU]/L"),
    ("iu/ml", "[IU]/mL"),
    ("[iu]/ml", "[IU]/mL"),
    ("[iu]/l", "[IU]/L"),
    ("miu/l", "m[IU]/L"),
    ("mu/l", "mU/L"),
    ("mm[hg]", "mm[Hg]"),
    ("mmhg", "mm[Hg]"),
    ("kpa", "kPa"),
    ("%", "%"),
    ("fl", "fL"),
    ("pg", "pg"),
    ("l/l", "L/L"),
    ("10*9/l", "10*9/L"),
    ("10^9/l", "10*9/L"),
    ("x10^9/l", "10*9/L"),
    ("10*12/l", "10*12/L"),
    ("10^12/l", "10*12/L"),
    ("x10^12/l", "10*12/L"),
    ("10*6/l", "10*6/L"),
    ("mmol/mol", "mmol/mol"),
    ("ml/min", "mL/min"),
    ("ml/min/1.73m2", "mL/min/{1.73_m2}"),
    ("ml/min/{1.73_m2}", "mL/min/{1.73_m2}"),
    ("kg", "kg"),
    ("g", "g"),
    ("mg", "mg"),
    ("ml", "mL"),
    ("l", "L"),
    ("cm", "cm"),
    ("m", "m"),
    ("mm", "mm"),
    ("kg/m2", "kg/m2"),
    ("cel", "Cel"),
    ("c", "Cel"),
    ("°c", "Cel"),
    ("deg c", "Cel"),
    ("/min", "/min"),
    ("beats/min", "/min"),
    ("bpm", "/min"),
    ("breaths/min", "/min"),
    ("h", "h"),
    ("min", "min"),
    ("d", "d"),
    ("{score}", "{score}"),
];

fn ucum(text: &str, _: &[Box<str>], _: &Context<'_>) -> Result<Produced, Fault> {
    let lower = text.trim().to_lowercase();
    let known = UNITS.iter().find(|(name, _)| *name == lower);
    Ok(known.map_or(Produced::Nothing, |(_, code)| Produced::Text((*code).to_owned())))
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::Produced as P;

    #[test]
    fn encodes_and_checks() {
        let text = |t: &str| Ok(P::Text(t.to_owned()));
        for (input, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("£", "wqM=")]
        {
            assert_eq!(check("base64", &[], input), text(expected), "{input}");
        }
        assert_eq!(check("base64-sent", &["checked"], "Zm 9v"), text("Zm9v"));
        for input in ["Zm9", "Zm9v=", "====", "Zm*v", ""] {
            assert!(check("base64-sent", &["checked"], input).is_err(), "{input}");
        }
        assert_eq!(check("media-type", &[], "application/pdf"), text("application/pdf"));
        assert_eq!(check("media-type", &[], "IM/JPEG"), text("image/jpeg"));
        assert_eq!(check("media-type", &[], "nothing"), Ok(P::Nothing));
        assert_eq!(check("ucum", &[], "mg/dl"), text("mg/dL"));
        assert_eq!(check("ucum", &[], "furlongs"), Ok(P::Nothing));
    }
}
