//! A one-page PDF of lines of text, small and valid. Spec: ISO 32000-1, sections 7.5 and 9.

use std::fmt::Write as _;

/// The page.
pub(crate) fn page(lines: &[String]) -> Vec<u8> {
    let mut text = String::from("BT /F1 11 Tf 14 TL 56 790 Td\n");
    for line in lines {
        text.push('(');
        for letter in line.chars() {
            match letter {
                '(' | ')' | '\\' => {
                    text.push('\\');
                    text.push(letter);
                }
                ' '..='~' => text.push(letter),
                // The built-in fonts have no other letters in every encoding.
                _ => text.push('?'),
            }
        }
        text.push_str(") Tj T*\n");
    }
    text.push_str("ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{text}\nendstream", text.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = writeln!(out, "{} 0 obj{object}endobj", index + 1);
    }
    let start = out.len();
    let trailer = "trailer<</Size 6/Root 1 0 R>>";
    let _ = write!(out, "xref\n0 6\n{table}{trailer}\nstartxref\n{start}\n%%EOF\n");
    out.into_bytes()
}
