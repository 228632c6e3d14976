//! A printout read back: by poppler's `pdftotext` and `pdfinfo` where they are installed, and by its bytes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use printout::{Block, Fonts, Pdf, PrintError, Printout, print};

/// The fonts as npm installed them for the pages.
fn fonts() -> Fonts {
    // Asked at run time: where it was built may be another checkout.
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("run by cargo");
    let folder = format!("{package}/../../web/node_modules/dejavu-fonts-ttf/ttf");
    let read = |name: &str| -> &'static [u8] {
        let path = format!("{folder}/{name}");
        let bytes = std::fs::read(&path);
        bytes.unwrap_or_else(|e| panic!("{path}: {e}; run `make assets`")).leak()
    };
    Fonts { regular: read("DejaVuSans.ttf"), bold: read("DejaVuSans-Bold.ttf") }
}

fn printout(blocks: Vec<Block>) -> Printout {
    Printout {
        title: "Your health record".to_owned(),
        language: "en-GB",
        about: "Siân LLEWELLYN-PRICE · born 14 February 1958 · NHS number 999 001 0005".to_owned(),
        printed: "Printed on 22 November 2025, 12pm from Careloom".to_owned(),
        at: [2025, 11, 22, 12, 0, 0],
        blocks,
    }
}

fn entry(title: &str, facts: &[(&str, &str)], source: &str) -> Block {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Block::Entry { title: title.to_owned(), facts: facts.collect(), source: source.to_owned() }
}

fn printed(blocks: Vec<Block>) -> Pdf {
    print(&printout(blocks), fonts(), 2_000, &|| true).unwrap()
}

/// What a program of poppler says of a PDF; `None` where it is not installed.
fn asked(program: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let mut child = match Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => {
            let is_required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|v| v == "1");
            assert!(!is_required, "{program} is needed (poppler-utils): {error}");
            eprintln!("skipped: {program} is not installed (poppler-utils)");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    let bytes = pdf.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program} cannot read it");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The text of a PDF with one space between words.
fn text(pdf: &Pdf) -> Option<String> {
    let text = asked("pdftotext", &["-raw", "-enc", "UTF-8", "-", "-"], &pdf.bytes)?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn names_come_back_as_they_were() {
    let names = [
        "Stanisław Wójcik",
        "Siân Llewellyn-Price",
        "Zoë O’Connor-Ðurić",
        "Ngọc Nguyễn Thị",
        "Þórður Łukasz Ștefan Ģirts",
        "Αλέξανδρος Παπαδόπουλος",
        "Дмитрий Щербаков",
        "<script>alert(1)</script> & \"quoted\" (brackets) \\n %PDF-1.7 endobj",
        "fi ffl office Fluß",
        "½ mg ≥ 5 µg — 37 °C €",
    ];
    let entries = names.iter().map(|name| entry(name, &[("Name", name)], "A GP surgery"));
    let pdf = printed(entries.collect());
    assert_eq!(pdf.not_shown, 0);
    let Some(text) = text(&pdf) else { return };
    for name in names {
        assert_eq!(text.matches(name).count(), 2, "{name}: {text}");
    }
    // Text that was typed with separate marks is composed.
    let pdf = printed(vec![Block::Paragraph("Sia\u{302}n Wo\u{301}jcik".to_owned())]);
    assert!(self::text(&pdf).unwrap().contains("Siân Wójcik"));
}

#[test]
fn what_cannot_be_drawn_is_still_the_text() {
    let texts = ["محمد علي", "李小龙", "👩‍⚕️ called", "שלום", "ไทย", "\u{E000}\u{F8FF}"];
    let blocks = texts.iter().map(|text| Block::Paragraph(format!("Name {text} end")));
    let pdf = printed(blocks.collect());
    assert!(pdf.not_shown > 10, "{}", pdf.not_shown);
    let Some(text) = text(&pdf) else { return };
    for name in ["محمد", "李小龙", "שלום"] {
        // Programs may turn the order of letters that run from right to left.
        let turned: String = name.chars().rev().collect();
        assert!(text.contains(name) || text.contains(&turned), "{name}: {text}");
    }
    assert_eq!(text.matches("end").count(), texts.len());
}

#[test]
fn what_nobody_sees_breaks_nothing() {
    let table = [
        "",
        " ",
        "\n\n",
        "\u{0}\u{1}\u{7}",
        "\u{200B}",
        "\u{FEFF}",
        "\u{FFFE}",
        "\u{202E}abc",
        "a\u{0}b",
        "\r\n\r\n",
        "\u{AD}",
        "\u{2028}",
    ];
    for text in table {
        let all = vec![
            Block::Heading(text.to_owned()),
            Block::Subheading(text.to_owned()),
            Block::Paragraph(text.to_owned()),
            entry(text, &[(text, text), ("", text)], text),
        ];
        assert!(printed(all).bytes.starts_with(b"%PDF-"), "{text:?}");
    }
    assert_eq!(printed(Vec::new()).pages, 1);
}

#[test]
fn long_texts_are_broken_and_nothing_is_lost() {
    let word = "x".repeat(3_000);
    let lines: Vec<String> = (0..400).map(|number| format!("line{number} of the letter")).collect();
    let many = "word ".repeat(2_000);
    let pdf = printed(vec![
        Block::Paragraph(word.clone()),
        entry("A letter", &[("What it says", &lines.join("\n"))], "A hospital"),
        Block::Paragraph(many),
    ]);
    assert!(pdf.pages > 10, "{}", pdf.pages);
    let Some(text) = text(&pdf) else { return };
    for line in &lines {
        assert!(text.contains(line.as_str()), "{line}");
    }
    assert_eq!(text.matches("word").count(), 2_000);
    assert_eq!(text.matches('x').count() - text.matches('x').count() % 3_000, 3_000);
}

#[test]
fn every_page_says_whose_it_is_and_which() {
    let entries = (0..200).map(|number| entry(&format!("Entry {number}"), &[], "A GP surgery"));
    let pdf = printed(entries.collect());
    for page in 1..=pdf.pages {
        let number = page.to_string();
        let arguments = ["-raw", "-f", &number, "-l", &number, "-enc", "UTF-8", "-", "-"];
        let Some(text) = asked("pdftotext", &arguments, &pdf.bytes) else { return };
        for words in [
            "Siân LLEWELLYN-PRICE · born 14 February 1958 · NHS number 999 001 0005",
            "Printed on 22 November 2025, 12pm from Careloom",
            &format!("Page {page} of {}", pdf.pages),
        ] {
            assert_eq!(text.matches(words).count(), 1, "{words} on page {page}: {text}");
        }
    }
}

#[test]
fn it_is_tagged_and_says_its_language() {
    let pdf = printed(vec![
        Block::Heading("Medicines".to_owned()),
        Block::Subheading("Now".to_owned()),
        entry("Metformin 500 mg", &[("How to take it", "1 twice a day")], "A GP surgery"),
        entry("Aspirin", &[], ""),
        Block::Heading("Allergies".to_owned()),
        Block::Paragraph("None".to_owned()),
    ]);
    let says_language = pdf.bytes.windows(13).any(|part| part == b"/Lang (en-GB)");
    assert!(says_language, "the language is not set");
    let Some(info) = asked("pdfinfo", &["-"], &pdf.bytes) else { return };
    assert!(info.contains("Tagged:          yes"), "{info}");
    assert!(info.contains("Your health record") && info.contains("595.28 x 841.89"), "{info}");
    let structure = asked("pdfinfo", &["-struct-text", "-"], &pdf.bytes).unwrap();
    let tags: Vec<&str> = structure
        .lines()
        .map(str::trim)
        // Text and attributes stand under their tags.
        .filter(|line| !line.starts_with(['"', '/']))
        .map(|line| line.split([' ', '(']).next().unwrap())
        .collect();
    let expected = [
        "Document", "H1", "H2", "H3", "L", "LI", "LBody", "P", "P", "P", "LI", "LBody", "P", "H2",
        "P",
    ];
    assert_eq!(tags, expected, "{structure}");
}

#[test]
fn limits_hold() {
    let long = || vec![Block::Paragraph("word ".repeat(20_000))];
    let refused = print(&printout(long()), fonts(), 3, &|| true).unwrap_err();
    assert_eq!(refused, PrintError::TooLong);
    let refused = print(&printout(long()), fonts(), 2_000, &|| false).unwrap_err();
    assert_eq!(refused, PrintError::TooSlow);
    let no_font = Fonts { regular: b"no font", bold: b"" };
    let refused = print(&printout(Vec::new()), no_font, 3, &|| true).unwrap_err();
    assert_eq!(refused, PrintError::Font);
}

/// A record of 3,000 entries is printed in a second or two of a debug build.
#[test]
fn a_long_record() {
    let facts = [("Result", "61 mmol/mol"), ("Usual range", "20 to 41 mmol/mol")];
    let entries =
        (0..3_000).map(|number| entry(&format!("HbA1c {number}"), &facts, "A GP surgery"));
    let started = std::time::Instant::now();
    let pdf = printed(entries.collect());
    eprintln!("{} pages, {} KiB, {:?}", pdf.pages, pdf.bytes.len() / 1024, started.elapsed());
    assert!(pdf.pages > 100 && pdf.bytes.len() < 8 << 20);
}
