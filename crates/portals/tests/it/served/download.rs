//! Taking one's record away, on the pages.

use axum::http::{StatusCode, header};

use super::Area;
use super::browser::{Browser, LINKAGE};

const PAGES: [&str; 3] =
    ["/me/record/download", "/me/record/download/fhir", "/me/record/download/pdf"];

async fn signed_in<'a>(area: &'a Area, name: &str) -> Browser<'a> {
    let mut browser = area.browser();
    browser.sign_in(name, true).await;
    if name.contains('@') {
        browser.post("/sign-in/proof", "/sign-in/proof", &format!("key={LINKAGE}&to=/")).await;
    }
    browser
}

/// The text of a PDF by poppler; `None` where that is not installed.
fn text_of(pdf: &[u8]) -> Option<String> {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = match Command::new("pdftotext")
        .args(["-raw", "-enc", "UTF-8", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(error) => {
            let is_required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|v| v == "1");
            assert!(!is_required, "pdftotext is needed (poppler-utils): {error}");
            eprintln!("skipped: pdftotext is not installed (poppler-utils)");
            return None;
        }
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(pdf).expect("the PDF is taken");
    drop(stdin);
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success(), "it is no PDF");
    Some(String::from_utf8(output.stdout).expect("text"))
}

#[tokio::test]
async fn a_record_as_fhir_and_as_pdf() {
    let area = Area::with_accounts().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    amina.get("/me/record").await.says("/me/record/download");
    let page = amina.get("/me/record/download").await;
    page.says("Download as PDF").says("Download as FHIR").says("The file is not protected.");
    for (address, media_type, name) in [
        (PAGES[1], "application/fhir+json", "health-record.json"),
        (PAGES[2], "application/pdf", "health-record.pdf"),
    ] {
        let file = amina.get(address).await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.text);
        assert_eq!(file.headers[header::CONTENT_TYPE], media_type);
        assert_eq!(file.headers[header::CACHE_CONTROL], "no-store");
        let how = format!("attachment; filename=\"{name}\"");
        assert_eq!(file.headers[header::CONTENT_DISPOSITION], how.as_str());
        assert!(!file.text.is_empty());
    }
    let bundle = amina.get(PAGES[1]).await;
    let tree = fhir::Tree::parse(&bundle.bytes).expect("a whole Bundle");
    assert_eq!(tree.root().text_of("resourceType"), Some("Bundle"));
    bundle.says("penicillin").says("AllergyIntolerance/allergy");
    assert!(amina.get(PAGES[2]).await.bytes.starts_with(b"%PDF-1.7"));
    // A look like any other.
    amina.get("/me/who-looked?own=yes").await.says("Read your record");
}

#[tokio::test]
async fn what_is_hidden_is_in_neither() {
    let area = Area::with_accounts().await;
    let mut amina = signed_in(&area, "amina@example.test").await;
    let mut gp = signed_in(&area, "dr.gp").await;
    let before = text_of(&amina.get(PAGES[2]).await.bytes);
    assert!(before.is_none_or(|text| text.contains("penicillin") && text.contains("SHAH, Amina")));
    let page = "/clinician/hide/AllergyIntolerance/allergy";
    gp.post(page, page, "hide=yes&reason=About+somebody+else").await;
    let bundle = amina.get(PAGES[1]).await;
    bundle.says_not("penicillin").says_not("AllergyIntolerance/allergy").says("chosen not to show");
    amina.get(PAGES[0]).await.says("Something that a doctor or nurse has chosen not to show");
    let after = text_of(&amina.get(PAGES[2]).await.bytes);
    let is_out = |text: String| !text.contains("penicillin") && text.contains("chosen not to show");
    assert!(after.is_none_or(is_out));
}

#[tokio::test]
async fn nobody_else_takes_it_away() {
    let area = Area::with_accounts().await;
    area.with_daughter().await;
    let citizen = interactions::AccountKind::Citizen { person: "daughter".to_owned() };
    area.account("bea@example.test", "Bea", interactions::IdentityLevel::P9, citizen).await;
    let mut bea = signed_in(&area, "bea@example.test").await;
    for address in ["/me/record/download/fhir?person=amina", "/me/record/download/fhir?patient=gp"]
    {
        bea.get(address).await.says_not("penicillin");
    }
    for address in ["/me/record/download/amina", "/me/record/download/fhir/amina"] {
        assert_eq!(bea.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let mut desk = signed_in(&area, "desk").await;
    let mut unproven = area.browser();
    unproven.sign_in("amina@example.test", false).await;
    let mut nobody = area.browser();
    for address in PAGES {
        assert_eq!(desk.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
        let to = unproven.get(address).await;
        assert_eq!(to.headers[header::LOCATION], "/me/step-up", "{address}");
        let to = nobody.get(address).await;
        assert_eq!(to.headers[header::LOCATION], format!("/sign-in?to={address}").as_str());
    }
}
