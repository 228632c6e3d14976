//! FHIR XML with the real type table: published examples both ways, and documents that must fail.

use std::fmt::Write as _;

use definitions::embedded;
use fhir::{Tree, xml};

use crate::package::{examples, shared_data};

/// Files of the package that XML cannot give back as they are, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn examples_survive_xml() {
    let Some(files) = examples() else { return };
    let mut wrong = Vec::new();
    for (name, bytes) in files {
        let tree = Tree::parse(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let survived = match xml::write(tree.root(), embedded()) {
            Err(issue) => Err(format!("{issue:?}")),
            Ok(text) => match xml::read(text.as_bytes(), embedded()) {
                Err(issues) => Err(format!("{issues:?}")),
                Ok(back) if back.root() == tree.root() => Ok(()),
                Ok(back) => Err(format!("differs at {}", difference(tree.root(), back.root()))),
            },
        };
        let is_known = EXCEPTIONS.iter().any(|(file, _)| file == name);
        match survived {
            Ok(()) if is_known => wrong.push(format!("{name}: no longer an exception")),
            Err(why) if !is_known => wrong.push(format!("{name}: {why}")),
            _ => {}
        }
    }
    assert!(files.len() > 5_000, "{}", files.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Where two values that are not equal begin to differ.
fn difference(a: fhir::Value<'_>, b: fhir::Value<'_>) -> String {
    let deeper = a.members().find_map(|member| match b.get(member.name()) {
        Some(other) if other == member => None,
        Some(other) => Some((member, other)),
        None => Some((member, member)),
    });
    let deeper = deeper.or_else(|| a.items().zip(b.items()).find(|(x, y)| x != y));
    match deeper {
        Some((x, y))
            if x.index() != a.index()
                && x.tree().root().index() != x.index()
                && !std::ptr::eq(x.tree(), y.tree()) =>
        {
            difference(x, y)
        }
        Some((x, _)) => format!("{} (lost)", x.expression()),
        None => a.expression(),
    }
}

#[test]
fn xml_files_survive_json() {
    let Some(folder) = shared_data("fhirpath") else { return };
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // tests-fhir-r4.xml is a list of tests, not a resource.
        if path.extension().is_none_or(|e| e != "xml") || name.starts_with("tests-") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let tree =
            xml::read(&bytes, embedded()).unwrap_or_else(|issues| panic!("{name}: {issues:#?}"));
        let issues = embedded().check_structure(tree.root());
        assert!(issues.is_empty(), "{name}: {issues:#?}");
        let written = xml::write(tree.root(), embedded()).unwrap();
        let again = xml::read(written.as_bytes(), embedded()).unwrap();
        assert_eq!(again.root(), tree.root(), "{name}");
        assert_eq!(xml::write(again.root(), embedded()).unwrap(), written, "{name}");
        count += 1;
    }
    assert!(count >= 6, "{count}");
}

/// Reads the members of a Patient in XML and gives its JSON, or the places of its issues.
fn read(members: &str) -> Result<String, Vec<String>> {
    read_document(format!(r#"<Patient xmlns="http://hl7.org/fhir">{members}</Patient>"#).as_bytes())
}

fn read_document(bytes: &[u8]) -> Result<String, Vec<String>> {
    match xml::read(bytes, embedded()) {
        Ok(tree) => Ok(tree.text().to_owned()),
        Err(issues) => {
            assert!(!issues.is_empty());
            Err(issues.into_iter().map(|i| i.expression.unwrap_or_default()).collect())
        }
    }
}

/// Members of a Patient in XML and in JSON.
const PAIRS: &[(&str, &str)] = &[
    (r#"<id value="a"/><active value=" true "/>"#, r#""id":"a","active":true"#),
    ("<!-- x --><?pi x?>\n<gender value='male'/>", r#""gender":"male""#),
    (
        r#"<birthDate id="b" value="1980-02"><extension url="http://x"><valueDecimal value="1.500"/></extension></birthDate>"#,
        r#""birthDate":"1980-02","_birthDate":{"id":"b","extension":[{"url":"http://x","valueDecimal":1.500}]}"#,
    ),
    (
        r#"<birthDate><extension url="http://x"><valueCode value="unknown"/></extension></birthDate>"#,
        r#""_birthDate":{"extension":[{"url":"http://x","valueCode":"unknown"}]}"#,
    ),
    (
        r#"<name id="n"><family value="&#xE9;&amp;&lt;&quot;&apos;&gt;&#10;"/><given value="A"/><given id="g"/><given value="C"/></name>"#,
        r#""name":[{"id":"n","family":"é&<\"'>\n","given":["A",null,"C"],"_given":[null,{"id":"g"},null]}]"#,
    ),
    (
        r#"<name><text value="a
b	c"/></name>"#,
        r#""name":[{"text":"a b c"}]"#,
    ),
    (
        r#"<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class='x'>a &amp; b<br/><!-- kept --> &#160;</p></div></text>"#,
        r#""text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='x'>a &amp; b<br/><!-- kept --> &#160;</p></div>"}"#,
    ),
    (
        r#"<contained><Organization><id value="o"/></Organization></contained><contained><Basic/></contained>"#,
        r#""contained":[{"resourceType":"Organization","id":"o"},{"resourceType":"Basic"}]"#,
    ),
    (r#"<multipleBirthInteger value="2"/>"#, r#""multipleBirthInteger":2"#),
    (r#"<f:gender xmlns:f="http://hl7.org/fhir" value="male"/>"#, r#""gender":"male""#),
    (r#"<gender value=""/>"#, r#""gender":"""#),
];

#[test]
fn right_documents() {
    for (members, json) in PAIRS {
        let expected = format!(r#"{{"resourceType":"Patient",{json}}}"#);
        let tree = Tree::parse(expected.as_bytes()).unwrap();
        assert_eq!(read(members).as_deref(), Ok(expected.as_str()), "{members}");
        let written = xml::write(tree.root(), embedded()).unwrap();
        assert_eq!(
            read_document(written.as_bytes()).as_deref(),
            Ok(expected.as_str()),
            "{written}"
        );
    }
}

#[test]
fn elements_are_written_in_order() {
    let json = br#"{"resourceType":"Patient","birthDate":"1980","_gender":{"id":"g"},"name":[{"given":["A"],"family":"B"}],"id":"x","gender":"male"}"#;
    let tree = Tree::parse(json).unwrap();
    let expected = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="x"/>"#,
        r#"<name><family value="B"/><given value="A"/></name><gender id="g" value="male"/><birthDate value="1980"/></Patient>"#,
    );
    assert_eq!(xml::write(tree.root(), embedded()).as_deref(), Ok(expected));
}

/// Members of a Patient in XML that are wrong, and where.
const WRONG_MEMBERS: &[(&str, &[&str])] = &[
    ("<nom value='x'/>", &["Patient.nom"]),
    ("<nom><a><b/></a></nom><gendre/>", &["Patient.nom", "Patient.gendre"]),
    (
        "<name><family value='a'/><familie/></name><name><x/></name>",
        &["Patient.name[0].familie", "Patient.name[1].x"],
    ),
    ("<gender xmlns='' value='male'/>", &["Patient.gender"]),
    ("<gender xmlns='http://example.org' value='male'/>", &["Patient.gender"]),
    ("<gender valeu='male'/>", &["Patient.gender", "Patient.gender"]),
    ("<gender/>", &["Patient.gender"]),
    ("<gender value='male' xml:lang='en'/>", &["Patient.gender"]),
    ("<gender value='male'>male</gender>", &["Patient.gender"]),
    ("<gender value='male'><![CDATA[x]]></gender>", &["Patient.gender"]),
    ("<gender value='male'/><gender value='male'/>", &["Patient.gender"]),
    ("<gender value='male'/>male", &["Patient"]),
    ("<active value='1'/>", &["Patient.active"]),
    ("<active value='True'/>", &["Patient.active"]),
    ("<multipleBirthInteger value='+2'/>", &["Patient.multipleBirthInteger"]),
    ("<multipleBirthInteger value='02'/>", &["Patient.multipleBirthInteger"]),
    ("<multipleBirthInteger value='two'/>", &["Patient.multipleBirthInteger"]),
    ("<multipleBirthInteger value=''/>", &["Patient.multipleBirthInteger"]),
    ("<name colour='x'><family value='a'/></name>", &["Patient.name[0]"]),
    ("<extension><url value='x'/></extension>", &["Patient.extension[0].url"]),
    ("<resourceType value='Patient'/>", &["Patient.resourceType"]),
    ("<_gender id='x'/>", &["Patient._gender"]),
    ("<contained/>", &["Patient.contained[0]"]),
    ("<contained><Thing/></contained>", &["Patient.contained[0]"]),
    ("<contained><Basic/><Basic/></contained>", &["Patient.contained[0]"]),
    ("<contained id='x'><Basic/></contained>", &["Patient.contained[0]"]),
    ("<contained><Basic><nom/></Basic></contained>", &["Patient.contained[0].nom"]),
    ("<text><div>x</div></text>", &["Patient.text.div"]),
    ("<text xmlns:h='http://www.w3.org/1999/xhtml'><h:div>x</h:div></text>", &["Patient.text.div"]),
    ("<text><div xmlns='http://www.w3.org/1999/xhtml'>&nbsp;</div></text>", &["Patient.text.div"]),
    (
        "<text><div xmlns='http://www.w3.org/1999/xhtml'><p xmlns='http://hl7.org/fhir'/></div></text>",
        &["Patient.text.div"],
    ),
    (
        "<text><div xmlns='http://www.w3.org/1999/xhtml'><p title='&x;'/></div></text>",
        &["Patient.text.div"],
    ),
    ("<gender value='&male;'/>", &["Patient.gender"]),
    ("<gender value='&#0;'/>", &["Patient.gender"]),
    ("<gender value='&#x1;'/>", &["Patient.gender"]),
    ("<gender value='&#xFFFF;'/>", &["Patient.gender"]),
    ("<gender value='a<b'/>", &["Patient.gender"]),
    ("<gender value='a' value='b'/>", &["Patient.gender"]),
    ("<gender value=male/>", &["Patient.gender"]),
    ("<gender value/>", &["Patient.gender"]),
    ("<gender value='male'>", &["Patient.gender"]),
    ("<gender value='male'></name>", &["Patient.gender"]),
    ("<p:gender value='male'/>", &["Patient.gender"]),
    ("<!-- a -- b -->", &["Patient"]),
    ("&lt;", &["Patient"]),
    ("\u{1}", &[""]),
];

/// Documents that are wrong as a whole.
const WRONG_DOCUMENTS: &[&str] = &[
    "",
    " ",
    "<",
    "{}",
    "<!-- only -->",
    "<Patient/>",
    "<Patient xmlns='http://hl7.org/fhir'>",
    "<Patient xmlns='http://hl7.org/fhir'/><Patient xmlns='http://hl7.org/fhir'/>",
    "<Patient xmlns='http://hl7.org/fhir'/>text",
    "text<Patient xmlns='http://hl7.org/fhir'/>",
    "<Patient xmlns='http://hl7.org/fhir'/></Patient>",
    "<Patients xmlns='http://hl7.org/fhir'/>",
    "<Resource xmlns='http://hl7.org/fhir'/>",
    "<HumanName xmlns='http://hl7.org/fhir'/>",
    "<Patient xmlns='http://hl7.org/fhir' id='x'/>",
    "<?xml version='1.1'?><Patient xmlns='http://hl7.org/fhir'/>",
    "\n<?xml version='1.0'?><Patient xmlns='http://hl7.org/fhir'/>",
    "<?xml version='1.0' encoding='klingon'?><Patient xmlns='http://hl7.org/fhir'/>",
    "<?xml version='1.0' encoding='utf-16'?><Patient xmlns='http://hl7.org/fhir'/>",
    // External entity, parameter entity, expansion: all need a document type.
    "<!DOCTYPE Patient><Patient xmlns='http://hl7.org/fhir'/>",
    "<!DOCTYPE p [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><Patient xmlns='http://hl7.org/fhir'><gender value='&x;'/></Patient>",
    "<!DOCTYPE p [<!ENTITY % x SYSTEM 'http://example.org/x.dtd'> %x;]><Patient xmlns='http://hl7.org/fhir'/>",
    "<!DOCTYPE p [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;'>]><Patient xmlns='http://hl7.org/fhir'><gender value='&c;'/></Patient>",
    "<Patient xmlns='http://hl7.org/fhir'><!DOCTYPE x></Patient>",
];

#[test]
fn wrong_documents() {
    let mut wrong = Vec::new();
    for (members, expected) in WRONG_MEMBERS {
        let places = read(members).expect_err(members);
        if places != *expected {
            wrong.push(format!("{members}: {places:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for document in WRONG_DOCUMENTS {
        assert!(read_document(document.as_bytes()).is_err(), "{document}");
    }
}

#[test]
fn issues_name_the_line() {
    let text = "<?xml version='1.0'?>\n<Patient xmlns='http://hl7.org/fhir'>\n  <active value='true'/>\n  <nom/>\n</Patient>";
    let issues = xml::read(text.as_bytes(), embedded()).unwrap_err();
    assert_eq!(issues.len(), 1);
    assert!(issues[0].message.ends_with("line 4 column 3"), "{}", issues[0].message);
}

#[test]
fn issues_and_depth_are_bounded() {
    let many = "<x/>".repeat(5_000);
    assert!(read(&many).unwrap_err().len() <= 100);
    for (open, close) in [
        ("<extension url='x'>", "</extension>"),
        ("<contained><Basic>", "</Basic></contained>"),
        ("<x>", "</x>"),
    ] {
        let deep = open.repeat(20_000) + &close.repeat(20_000);
        assert!(read(&deep).is_err(), "{open}");
        assert!(read(&open.repeat(20_000)).is_err(), "{open}");
    }
    let div = format!(
        "<text><div xmlns='http://www.w3.org/1999/xhtml'>{}{}</div></text>",
        "<b>".repeat(20_000),
        "</b>".repeat(20_000)
    );
    assert!(read(&div).is_err());
    let long = format!("<gender value='{}'/>", "a".repeat(1_000));
    let limits = fhir::Limits { bytes_max: 500, depth_max: 64 };
    assert!(xml::read_with(long.as_bytes(), embedded(), limits).is_err());
}

#[test]
fn encodings() {
    let document = |encoding: &str| {
        format!(
            "<?xml version='1.0' encoding='{encoding}'?><Patient xmlns='http://hl7.org/fhir'><name><family value='Müller'/></name></Patient>"
        )
    };
    let expected = r#"{"resourceType":"Patient","name":[{"family":"Müller"}]}"#;
    let utf16 = |big: bool, mark: bool| {
        let text = document("UTF-16");
        let text = if mark { format!("\u{FEFF}{text}") } else { text };
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let latin = |label: &str| document(label).chars().map(|c| c as u8).collect::<Vec<u8>>();
    for (name, bytes) in [
        ("utf-8", document("utf-8").into_bytes()),
        ("UTF-8 with mark", format!("\u{FEFF}{}", document("UTF-8")).into_bytes()),
        ("none declared", document("").replace(" encoding=''", "").into_bytes()),
        ("iso-8859-1", latin("ISO-8859-1")),
        ("windows-1252", latin("windows-1252")),
        ("utf-16 big with mark", utf16(true, true)),
        ("utf-16 little with mark", utf16(false, true)),
        ("utf-16 big", utf16(true, false)),
        ("utf-16 little", utf16(false, false)),
    ] {
        assert_eq!(read_document(&bytes).as_deref(), Ok(expected), "{name}");
    }
    for (name, bytes) in [
        ("latin bytes declared as utf-8", latin("utf-8")),
        ("cut utf-16", utf16(true, true)[..101].to_vec()),
        ("invalid utf-8", b"<Patient xmlns='http://hl7.org/fhir'>\xFF</Patient>".to_vec()),
        ("unclosed label", b"<?xml version='1.0' encoding='utf".to_vec()),
    ] {
        assert!(read_document(&bytes).is_err(), "{name}");
    }
}

/// JSON that XML cannot carry, and where.
const NOT_FOR_XML: &[(&str, &str)] = &[
    (r#"{"resourceType":"Patient","nom":"x"}"#, "Patient.nom"),
    (r#"{"resourceType":"Patient","_nom":{"id":"x"}}"#, "Patient._nom"),
    (r#"{"resourceType":"Patient","_name":[{"id":"x"}]}"#, "Patient._name"),
    (r#"{"resourceType":"Patient","name":{"family":"x"}}"#, "Patient.name"),
    (r#"{"resourceType":"Patient","name":[]}"#, "Patient.name"),
    (r#"{"resourceType":"Patient","name":["x"]}"#, "Patient.name[0]"),
    (r#"{"resourceType":"Patient","gender":["x"]}"#, "Patient.gender"),
    (r#"{"resourceType":"Patient","gender":null}"#, "Patient.gender"),
    (r#"{"resourceType":"Patient","gender":1}"#, "Patient.gender"),
    (r#"{"resourceType":"Patient","gender":"\u0001"}"#, "Patient.gender"),
    (r#"{"resourceType":"Patient","gender":"\uffff"}"#, "Patient.gender"),
    (r#"{"resourceType":"Patient","active":"true"}"#, "Patient.active"),
    (r#"{"resourceType":"Patient","name":[{"given":[null]}]}"#, "Patient.name[0].given[0]"),
    (
        r#"{"resourceType":"Patient","extension":[{"url":"x","_url":{"id":"y"}}]}"#,
        "Patient.extension[0]._url",
    ),
    (r#"{"resourceType":"Patient","contained":[{"resourceType":"X"}]}"#, "Patient.contained[0]"),
    (r#"{"resourceType":"Patient","text":{"div":"<div>x</div>"}}"#, "Patient.text.div"),
    (
        r#"{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">"}}"#,
        "Patient.text.div",
    ),
    (
        r#"{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"/><evil/>"}}"#,
        "Patient.text.div",
    ),
    (
        r#"{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"></div></text><active value=\"true\"/><text><div>"}}"#,
        "Patient.text.div",
    ),
    (
        r#"{"resourceType":"Patient","text":{"div":"<p xmlns=\"http://www.w3.org/1999/xhtml\"/>"}}"#,
        "Patient.text.div",
    ),
    (r#"{"resourceType":"Patient","text":{"div":"plain"}}"#, "Patient.text.div"),
    (
        r#"{"resourceType":"Patient","text":{"div":"<!DOCTYPE a><div xmlns=\"http://www.w3.org/1999/xhtml\"/>"}}"#,
        "Patient.text.div",
    ),
    (
        r#"{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">&nbsp;</div>"}}"#,
        "Patient.text.div",
    ),
    (r#"{"resourceType":"X"}"#, "X"),
    ("[]", ""),
];

#[test]
fn what_xml_cannot_carry_is_an_issue() {
    for (json, place) in NOT_FOR_XML {
        let tree = Tree::parse(json.as_bytes()).unwrap();
        let issue = xml::write(tree.root(), embedded()).expect_err(json);
        assert_eq!(issue.expression.as_deref(), Some(*place), "{json}");
    }
}

#[test]
fn no_cut_or_changed_byte_makes_it_panic() {
    let mut members = String::new();
    for (xml, _) in PAIRS {
        let _ = write!(members, "{xml}");
    }
    let text =
        format!("<?xml version='1.0'?><Patient xmlns='http://hl7.org/fhir'>{members}</Patient>");
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        let _ = xml::read(&bytes[..at], embedded());
        for byte in [0, b'<', b'>', b'&', b'"', b'/', 0xFF] {
            let mut changed = bytes.to_vec();
            changed[at] = byte;
            let _ = xml::read(&changed, embedded());
        }
    }
}
