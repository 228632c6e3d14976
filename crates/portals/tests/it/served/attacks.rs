//! What an attacker does to a browser or through one: planted cookies, other sites' forms, names and
//! documents with scripts in them, other people's ids in forms, the same form twice, the back button.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use interactions::{AccountKind, IdentityLevel};

use super::browser::{Browser, LINKAGE, code};
use super::every_route::{IDS, addresses, routes};
use super::{Answer, Area};

const RECORD: &str = "/clinician/person/amina";
const SCRIPT: &str = "<script>alert(1)</script>";
const IMAGE: &str = "<img src=x onerror=alert(1)>";

fn goes_to(answer: &Answer, address: &str) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.headers[header::LOCATION], address);
}

async fn signed_in<'a>(area: &'a Area, name: &str) -> Browser<'a> {
    let mut browser = area.browser();
    browser.sign_in(name, true).await;
    if name.contains('@') {
        browser.post("/sign-in/proof", "/sign-in/proof", &format!("key={LINKAGE}&to=/")).await;
    }
    browser
}

/// A session whose token the attacker knows is never the one that is signed in.
#[tokio::test]
async fn a_planted_session_is_never_signed_in() {
    let area = Area::with_accounts().await;
    let planted = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let mut browser = area.browser();
    browser.cookies.insert("careloom-session".to_owned(), planted.to_owned());
    browser.sign_in("dr.gp", true).await;
    browser.get(RECORD).await.says("Allergy to penicillin");
    assert_ne!(browser.cookies["careloom-session"], planted);
    let mut attacker = area.browser();
    attacker.cookies.insert("careloom-session".to_owned(), planted.to_owned());
    goes_to(&attacker.get(RECORD).await, &format!("/sign-in?to={RECORD}"));
}

/// A form's token that the attacker has put into the browser is of no use once somebody has signed in.
#[tokio::test]
async fn a_planted_token_of_forms_is_of_no_use() {
    let area = Area::with_accounts().await;
    let mut browser = signed_in(&area, "amina@example.test").await;
    let planted = "0123456789abcdef0123456789abcdef";
    browser.cookies.insert("careloom-form".to_owned(), planted.to_owned());
    let form = format!("csrf={planted}&sharing=no&research=no");
    let refused = browser.post_raw("/me/sharing", &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let other = signed_in(&area, "dr.gp").await.get("/clinician/find").await.token();
    let form = format!("csrf={other}&sharing=no&research=no");
    let refused = browser.post_raw("/me/sharing", &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "another session's token");
    let form = "sharing=no&research=no";
    goes_to(&browser.post("/me/sharing", "/me/sharing", form).await, "/me/sharing?saved=yes");
}

#[tokio::test]
async fn what_a_browser_says_comes_from_another_site_is_refused() {
    let area = Area::with_accounts().await;
    let mut browser = signed_in(&area, "amina@example.test").await;
    let token = browser.get("/me/sharing").await.token();
    for (site, status) in [
        (Some("cross-site"), StatusCode::FORBIDDEN),
        (Some("same-site"), StatusCode::FORBIDDEN),
        (Some(""), StatusCode::FORBIDDEN),
        (Some("same-origin"), StatusCode::SEE_OTHER),
        (Some("none"), StatusCode::SEE_OTHER),
        (None, StatusCode::SEE_OTHER),
    ] {
        let cookie = format!("careloom-session={}", browser.cookies["careloom-session"]);
        let mut request = Request::post("/me/sharing").header(header::COOKIE, cookie);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let form = format!("csrf={token}&sharing=no&research=no");
        let answer = area.send(request.body(Body::from(form)).expect("a request")).await;
        assert_eq!(answer.status, status, "{site:?}");
    }
}

/// Each step of signing in leads to pages of ours only.
#[tokio::test]
async fn no_step_of_signing_in_leads_elsewhere() {
    let area = Area::with_accounts().await;
    for to in
        ["//evil.example/", "https://evil.example/", "/%5Cevil.example", "javascript:alert(1)"]
    {
        let name = format!("a{}@example.test", to.len());
        let citizen = AccountKind::Citizen { person: "amina".to_owned() };
        area.account(&name, "A", IdentityLevel::P5, citizen).await;
        let mut browser = area.browser();
        browser.sign_in(&name, false).await;
        let page = browser.get(&format!("/sign-in/code?to={to}")).await;
        page.says_not("evil.example").says_not("alert(1)");
        let form = format!("code={}&to={to}", code());
        goes_to(&browser.post("/sign-in/code", "/sign-in/code", &form).await, "/");
        let page = browser.get(&format!("/sign-in/proof?to={to}")).await;
        page.says_not("evil.example").says_not("alert(1)");
        let form = format!("key={LINKAGE}&to={to}");
        goes_to(&browser.post("/sign-in/proof", "/sign-in/proof", &form).await, "/");
    }
}

/// What the store holds of everything but the audit's own trail: types with their counts, and the versions
/// of what is Amina's.
async fn state(area: &Area) -> (BTreeMap<String, u64>, Vec<(String, String)>) {
    let counts = area.app.store.type_counts().await.expect("counts").into_iter();
    let counts = counts.map(|(name, count)| (name.to_string(), count));
    let counts = counts.filter(|(name, _)| name != "AuditEvent").collect();
    let mut versions = Vec::new();
    for key in ["Person/amina", "Patient/hosp", "Patient/gp", "AllergyIntolerance/allergy"] {
        let (name, id) = key.split_once('/').expect("a key");
        let resource_type = area.app.resource_type(name).expect("a type");
        let id = fhir::ResourceId::parse(id).expect("an id");
        let key = store::ResourceKey { resource_type, id };
        let stored = area.app.store.read(&key).await.expect("read").expect("there");
        versions.push((key.to_string(), format!("{:?}", stored.version)));
    }
    (counts, versions)
}

/// Every form of every route, with a token that holds and somebody else's ids in the address and in every
/// field that takes one: nothing changes and nothing is told.
#[tokio::test]
async fn forms_with_others_ids_change_nothing() {
    let area = Area::with_accounts().await;
    let citizen = AccountKind::Citizen { person: "nobody".to_owned() };
    area.account("bea@example.test", "Bea", IdentityLevel::P9, citizen).await;
    for (name, role) in [
        ("dr.strange", "clinician"),
        ("mgr.strange", "practice-manager"),
        ("desk.strange", "receptionist"),
    ] {
        let post = AccountKind::Staff {
            practitioner: name.replace('.', "-"),
            role: role.to_owned(),
            organisation: "Elsewhere".to_owned(),
            sources: vec!["urn:careloom:feed:elsewhere".to_owned()],
        };
        area.account(name, name, IdentityLevel::P9, post).await;
    }
    let before = state(&area).await;
    for who in ["bea@example.test", "dr.strange", "mgr.strange", "desk.strange"] {
        let mut browser = area.browser();
        browser.sign_in(who, true).await;
        let page = if who.contains('@') { "/me/feedback" } else { "/sign-out" };
        let token = browser.get(page).await.token();
        let ours = ["/sign-out", "/sign-in", "/sign-in/code", "/sign-in/proof", "/me/feedback"];
        // What breaks the glass is for emergencies, and leaves its trace.
        let is_tried = |path: &str| !ours.contains(&path) && !path.ends_with("/open");
        for route in routes().iter().filter(|route| route.is_posted && is_tried(&route.path)) {
            for address in addresses(route) {
                for id in &IDS[..4] {
                    let fields = [
                        "person",
                        "patient",
                        "id",
                        "slot",
                        "service",
                        "appointment",
                        "agreement",
                        "task",
                        "thread",
                        "client",
                        "delegate",
                        "number",
                        "for",
                    ];
                    let mut form =
                        format!("csrf={token}&do=answer&decision=yes&level=full&hide=yes");
                    for field in fields {
                        form.push_str(&format!("&{field}={id}"));
                    }
                    form.push_str(
                        "&reason=I+want+to+see+it+very+much&words=hello&step=save&answer=yes",
                    );
                    let answer = browser.post_raw(&address, &form).await;
                    let text = answer.text.to_lowercase();
                    for hers in ["penicillin", "shah", "999 001 0005"] {
                        let around =
                            text.find(hers).map(|at| &answer.text[at.saturating_sub(200)..]);
                        assert!(around.is_none(), "{who} reads {hers} at {address}: {around:?}");
                    }
                    assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{who} {address}");
                }
            }
        }
    }
    assert_eq!(state(&area).await, before);
}

/// A person whose names, documents, results and addresses are scripts.
async fn with_mallory(area: &Area) {
    let quoted = format!("{SCRIPT}{IMAGE}").replace('"', "\\\"");
    for json in [
        format!(r#"{{"resourceType":"Patient","id":"mp","meta":{{"source":"urn:careloom:feed:lvp-gp"}},"identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010021"}}],"name":[{{"family":"{quoted}","given":["{quoted}"],"prefix":["{quoted}"]}}],"birthDate":"1980-05-05","address":[{{"line":["{quoted}"],"city":"{quoted}","postalCode":"{quoted}"}}],"telecom":[{{"system":"phone","value":"{quoted}"}}],"generalPractitioner":[{{"display":"{quoted}"}}]}}"#),
        r#"{"resourceType":"Person","id":"mallory","link":[{"target":{"reference":"Patient/mp"}}]}"#.to_owned(),
        format!(r#"{{"resourceType":"Condition","id":"m1","meta":{{"source":"urn:careloom:feed:lvp-gp"}},"subject":{{"reference":"Patient/mp"}},"code":{{"text":"{quoted}"}},"note":[{{"text":"{quoted}"}}]}}"#),
        format!(r#"{{"resourceType":"AllergyIntolerance","id":"m2","meta":{{"source":"urn:careloom:feed:lvp-gp"}},"patient":{{"reference":"Patient/mp"}},"code":{{"text":"{quoted}"}},"reaction":[{{"manifestation":[{{"text":"{quoted}"}}]}}]}}"#),
        format!(r#"{{"resourceType":"Observation","id":"m3","meta":{{"source":"urn:careloom:feed:lvp-gp"}},"status":"final","subject":{{"reference":"Patient/mp"}},"category":[{{"coding":[{{"code":"laboratory"}}]}}],"effectiveDateTime":"2025-09-01","code":{{"text":"{quoted}"}},"valueQuantity":{{"value":5,"unit":"{quoted}"}},"note":[{{"text":"{quoted}"}}]}}"#),
        format!(r#"{{"resourceType":"MedicationRequest","id":"m4","meta":{{"source":"urn:careloom:feed:lvp-gp"}},"status":"active","intent":"order","subject":{{"reference":"Patient/mp"}},"medicationCodeableConcept":{{"text":"{quoted}"}},"dosageInstruction":[{{"text":"{quoted}"}}]}}"#),
        r#"{"resourceType":"DocumentReference","id":"m5","meta":{"source":"urn:careloom:feed:lvp-gp"},"status":"current","subject":{"reference":"Patient/mp"},"content":[{"attachment":{"contentType":"text/html","title":"<script>alert(1)</script>","data":"PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="}}]}"#.to_owned(),
        r#"{"resourceType":"DocumentReference","id":"m6","meta":{"source":"urn:careloom:feed:lvp-gp"},"status":"current","subject":{"reference":"Patient/mp"},"content":[{"attachment":{"contentType":"image/svg+xml","title":"<img src=x onerror=alert(1)>","data":"PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4="}}]}"#.to_owned(),
    ] {
        area.write(None, &json, &[]).await;
    }
    area.app.load_links().await.expect("links");
    let citizen = AccountKind::Citizen { person: "mallory".to_owned() };
    area.account("mallory@example.test", SCRIPT, IdentityLevel::P5, citizen).await;
}

#[tokio::test]
async fn scripts_in_names_and_documents_stay_text() {
    let area = Area::with_accounts().await;
    with_mallory(&area).await;
    let mut shown = 0;
    for who in ["mallory@example.test", "dr.gp", "manager", "desk", "privacy"] {
        let mut browser = signed_in(&area, who).await;
        for route in routes().iter().filter(|route| route.is_got && route.path != "/sign-out") {
            for id in ["mallory", "mp", "m1", "m3", "m5", "m6"] {
                let mut address = route.path.clone();
                while let (Some(start), Some(end)) = (address.find('{'), address.find('}')) {
                    let kind = if address[start..].starts_with("{kind}") {
                        "DocumentReference"
                    } else {
                        id
                    };
                    address.replace_range(start..=end, kind);
                }
                let answer = browser.get(&address).await;
                let kind = answer
                    .headers
                    .get(header::CONTENT_TYPE)
                    .map(|kind| kind.to_str().expect("text"));
                assert_ne!(kind, Some("image/svg+xml"), "{address}");
                if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
                    continue;
                }
                for script in [SCRIPT, IMAGE, "<script>alert", "onerror=alert(1)>"] {
                    assert!(!answer.text.contains(script), "{who} {address}: {script}");
                }
                shown += usize::from(answer.text.contains("alert(1)"));
            }
        }
    }
    assert!(shown > 20, "only {shown} pages show what is hostile at all");
}

/// The same form twice: a record is open once, and somebody acts for somebody once.
#[tokio::test]
async fn the_same_form_twice() {
    let area = Area::with_accounts().await;
    area.with_daughter().await;
    let mut far = signed_in(&area, "dr.far").await;
    let open = format!("{RECORD}/open");
    let token = far.get(&open).await.token();
    let form = format!("csrf={token}&reason=Collapsed+in+the+street,+allergies+needed");
    for _ in 0..2 {
        goes_to(&far.post_raw(&open, &form).await, RECORD);
    }
    far.get(RECORD).await.says("Allergy to penicillin");
    let mut manager = signed_in(&area, "manager").await;
    let page = "/practice/access/daughter";
    let token = manager.get(page).await.token();
    let form = format!("csrf={token}&delegate=9990010005&proxy-level=full&book=yes&until=");
    for _ in 0..2 {
        let done = manager.post_raw("/practice/access/daughter/proxy", &form).await;
        goes_to(&done, "/practice/access/daughter?done=proxy");
    }
    let listed = manager.get(page).await;
    assert_eq!(listed.text.matches(r#"name="agreement" value=""#).count(), 1);
}

/// After signing out, what was on the screen is asked for again, and is not answered.
#[tokio::test]
async fn the_back_button_shows_nothing() {
    let area = Area::with_accounts().await;
    for (who, id) in [("amina@example.test", "amina"), ("dr.gp", "amina"), ("engine", "lvp-gp")] {
        let mut browser = signed_in(&area, who).await;
        let mut seen = Vec::new();
        for route in
            routes().iter().filter(|route| route.is_got && !route.path.starts_with("/assets"))
        {
            let mut address = route.path.clone();
            while let (Some(start), Some(end)) = (address.find('{'), address.find('}')) {
                address.replace_range(start..=end, id);
            }
            let answer = browser.get(&address).await;
            let kept = answer.headers[header::CACHE_CONTROL].to_str().expect("text");
            assert!(kept.contains("no-store"), "{who} {address}: {kept}");
            if answer.status == StatusCode::OK {
                seen.push(address);
            }
        }
        assert!(seen.len() > 5, "{who} saw only {seen:?}");
        goes_to(&browser.post("/sign-out", "/sign-out", "").await, "/");
        for address in seen {
            let is_public = address.starts_with("/111") || address.starts_with("/sign-");
            let again = browser.get(&address).await;
            assert!(is_public || again.status == StatusCode::SEE_OTHER, "{who} {address}");
            again.says_not("penicillin").says_not("Shah");
        }
    }
}

/// What cannot be written down as looked at is not shown.
#[tokio::test]
async fn what_cannot_be_noted_is_not_shown() {
    let area = Area::with_accounts().await;
    let mut doctor = signed_in(&area, "dr.gp").await;
    doctor.get(RECORD).await.says("Allergy to penicillin");
    area.nothing_can_be_noted().await;
    for page in [RECORD.to_owned(), format!("{RECORD}/timeline"), format!("{RECORD}/allergies")] {
        let answer = doctor.get(&page).await;
        assert!(
            answer.status.is_server_error() || answer.status == 409,
            "{page}: {}",
            answer.status
        );
        for secret in ["penicillin", "Shah", "9990010005", "999 001 0005"] {
            assert!(!answer.text.contains(secret), "{page} shows {secret}");
        }
    }
}
