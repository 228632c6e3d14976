//! The two ways in, walked as a browser walks them: from the app, and from the record.

use serde_json::json;

use super::site::{BACK, Site, asking, new_client, parameter};

const LABS: &str = "patient/Observation.rs?category=laboratory";

#[tokio::test(flavor = "multi_thread")]
async fn standalone_by_a_person() {
    let site = Site::open().await;
    let scope = format!("openid fhirUser offline_access launch/patient {LABS}");
    site.app("app", &scope).await;
    let mut ada = site.browser();
    // The app sends her here; she signs in, and is asked in words that she knows.
    let asked = ada.get(&asking("app", &format!("{scope} patient/*.cruds"), &[])).await;
    assert_eq!(asked.status, 303, "{}", asked.text);
    let address = ada.sign_in_at(asked.header("location"), "ada").await;
    let page = ada.get(&address).await;
    for words in [
        "Let The app see your record?",
        "test results and measurements (laboratory tests only)",
        "app.test",
        "for up to 1 year",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    for scope in ["patient/", "offline_access", "everything"] {
        assert!(!page.text.contains(scope), "{scope}: {}", page.text);
    }
    // The form may lead back to the app, and nowhere else; the page stands in no frame.
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://app.test;"), "{policy}");
    assert_eq!(page.header("x-frame-options"), "DENY");
    // A form without its token is refused, and so is one that says neither yes nor no.
    assert_eq!(ada.send("POST", &address, "decision=allow").await.status, 403);
    assert_eq!(ada.post(&page, &address, &[("decision", "perhaps")]).await.status, 400);
    let code = ada.agree(&page, &address).await;
    let answer = site.redeem("app", &code).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let tokens = answer.json();
    assert_eq!((&tokens["patient"], &tokens["scope"]), (&json!("mine"), &json!(scope)));
    let token = tokens["access_token"].as_str().expect("a token");
    let found = site.fhir(token, "GET", "/Observation?category=laboratory", "").await;
    assert_eq!((found.status.as_u16(), &found.json()["total"]), (200, &json!(1)), "{}", found.text);
    // She sees it among her apps, and stops it.
    let page = ada.get("/me/apps").await;
    assert!(
        page.text.contains("The app") && page.text.contains("laboratory tests only"),
        "{}",
        page.text
    );
    let (_, rest) = page.text.split_once(r#"name="app" value=""#).expect("a key");
    let key = rest.split('"').next().expect("its end").to_owned();
    assert_eq!(ada.post(&page, "/me/apps", &[("app", &key)]).await.status, 303);
    assert!(ada.get("/me/apps").await.text.contains("no app"));
    assert_eq!(site.fhir(token, "GET", "/Observation/mine-lab", "").await.status, 401);
    // What was read stands in her record's audit with the app's name.
    let events = site.server.get("/AuditEvent?patient=mine").await.json();
    assert!(events.to_string().contains("\"app\""), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agreed_is_not_asked_twice_and_who_says_no_shares_nothing() {
    let site = Site::open().await;
    site.app("app", LABS).await;
    let mut ada = site.browser();
    let asked = ada.get(&asking("app", LABS, &[])).await;
    let address = ada.sign_in_at(asked.header("location"), "ada").await;
    let page = ada.get(&address).await;
    let no = ada.post(&page, &address, &[("decision", "deny")]).await;
    let location = no.header("location");
    assert!(location.starts_with(BACK), "{location}");
    assert_eq!(parameter(location, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(location, "state").as_deref(), Some("st&te"));
    // The request has been answered.
    assert_eq!(ada.get(&address).await.status, 400);
    let page = ada.get(&asking("app", LABS, &[])).await;
    let (_, rest) = page.text.split_once(r#"<form action=""#).expect("a form");
    let address = rest.split('"').next().expect("its end").to_owned();
    ada.agree(&page, &address).await;
    let again = ada.get(&asking("app", LABS, &[])).await;
    assert!(again.header("location").starts_with(&format!("{BACK}?code=")), "{}", again.text);
    // By a form of the app's, as well.
    let (_, query) = asking("app", LABS, &[])
        .split_once('?')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("a query");
    let posted = ada.send("POST", "/oauth/authorize", &query).await;
    assert!(posted.header("location").starts_with(&format!("{BACK}?code=")), "{}", posted.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn standalone_by_staff_who_choose_a_person() {
    let site = Site::open().await;
    site.app("app", &format!("launch/patient {LABS}")).await;
    let mut doctor = site.browser();
    let asked = doctor.get(&asking("app", &format!("launch/patient {LABS}"), &[])).await;
    let address = doctor.sign_in_at(asked.header("location"), "dr.a").await;
    let page = doctor.get(&address).await;
    assert!(page.text.contains("Whose record is it about?"), "{}", page.text);
    let born = [("family", "x"), ("given", ""), ("born-day", "1")];
    let wrong = doctor.post(&page, &format!("{address}/find"), &born).await;
    assert!(wrong.text.contains("There is a problem"), "{}", wrong.text);
    // Of somebody whom the doctor has nothing to do with, the record must be opened with a reason.
    let choose = format!("{address}/choose");
    let stranger = doctor.post(&page, &choose, &[("person", "them")]).await;
    assert_eq!(stranger.header("location"), "/clinician/person/them/open");
    for (person, status) in [("nobody", 404), ("", 400), ("../x", 400)] {
        assert_eq!(
            doctor.post(&page, &choose, &[("person", person)]).await.status,
            status,
            "{person}"
        );
    }
    let page = doctor.post(&page, &choose, &[("person", "me")]).await;
    assert!(page.text.contains("zqownnameqz"), "{}", page.text);
    let code = doctor.agree(&page, &address).await;
    let tokens = site.redeem("app", &code).await.json();
    assert_eq!(tokens["patient"], "mine");
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(site.fhir(token, "GET", "/Observation/mine-lab", "").await.status, 200);
    assert_eq!(site.fhir(token, "GET", "/Observation/mine-vital", "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_record() {
    let site = Site::open().await;
    let scope = format!("launch {LABS}");
    site.app("app", &scope).await;
    site.client(interactions::NewClient {
        launch_uri: String::new(),
        ..new_client("hidden", &scope)
    })
    .await;
    let mut doctor = site.browser();
    doctor.sign_in_at("/sign-in?to=/", "dr.a").await;
    let address = "/clinician/person/me/apps";
    let page = doctor.get(address).await;
    assert!(
        page.text.contains("Open The app") && !page.text.contains("The hidden"),
        "{}",
        page.text
    );
    assert!(
        page.header("content-security-policy").contains("form-action 'self' https://app.test;")
    );
    let elsewhere = doctor.post(&page, "/clinician/person/them/apps", &[("app", "app")]).await;
    assert_eq!(elsewhere.header("location"), "/clinician/person/them/open");
    assert_eq!(doctor.post(&page, address, &[("app", "hidden")]).await.status, 404);
    let opened = doctor.post(&page, address, &[("app", "app")]).await;
    let location = opened.header("location").to_owned();
    assert!(location.starts_with("https://app.test/launch?iss="), "{location}");
    assert_eq!(parameter(&location, "iss").as_deref(), Some(crate::setup::BASE));
    let launch = parameter(&location, "launch").expect("a launch");
    // The app asks with what it was given, in the doctor's browser; in another's it is worth nothing.
    let mut ada = site.browser();
    ada.sign_in_at("/sign-in?to=/", "ada").await;
    let with_launch = asking("app", &scope, &[("launch", &launch)]);
    let stolen = ada.get(&with_launch).await;
    assert_eq!(parameter(stolen.header("location"), "error").as_deref(), Some("invalid_request"));
    let page = doctor.get(&with_launch).await;
    assert!(page.text.contains("zqownnameqz"), "{}", page.text);
    let (_, rest) = page.text.split_once(r#"<form action=""#).expect("a form");
    let address = rest.split('"').next().expect("its end").to_owned();
    let code = doctor.agree(&page, &address).await;
    let tokens = site.redeem("app", &code).await.json();
    assert_eq!(
        (&tokens["patient"], &tokens["need_patient_banner"]),
        (&json!("mine"), &json!(true))
    );
    let token = tokens["access_token"].as_str().expect("a token");
    let found = site.fhir(token, "GET", "/Observation", "").await.json();
    assert_eq!(found["total"], 1, "{found}");
    // The launch was used once.
    let again = doctor.get(&with_launch).await;
    assert_eq!(parameter(again.header("location"), "error").as_deref(), Some("invalid_request"));
    // It ends with the doctor's session.
    let page = doctor.get("/sign-out").await;
    doctor.post(&page, "/sign-out", &[]).await;
    assert_eq!(site.fhir(token, "GET", "/Observation/mine-lab", "").await.status, 401);
}

/// Where it is not certain where an answer belongs, nothing is sent anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_not_sent_back() {
    let site = Site::open().await;
    site.app("app", LABS).await;
    let mut ada = site.browser();
    let table: [&[(&str, &str)]; 5] = [
        &[("client_id", "nobody")],
        &[("client_id", "")],
        &[("redirect_uri", "https://evil.test/back")],
        &[("redirect_uri", "https://app.test/back?x")],
        &[("redirect_uri", "")],
    ];
    for changes in table {
        let page = ada.get(&asking("app", LABS, changes)).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (400, ""), "{changes:?}");
        assert!(page.text.contains("shared nothing"), "{}", page.text);
    }
    let twice = format!("{}&state=x", asking("app", LABS, &[]));
    assert_eq!(ada.get(&twice).await.status, 400);
    let markup = asking("app", LABS, &[("client_id", "<script>alert(1)</script>")]);
    assert!(!ada.get(&markup).await.text.contains("<script>alert"));
    // A wrong state is the app's to notice: it comes back as it was sent, with what is wrong.
    let refused = ada.get(&asking("app", LABS, &[("code_challenge_method", "plain")])).await;
    let location = refused.header("location");
    assert_eq!(parameter(location, "error").as_deref(), Some("invalid_request"), "{location}");
    assert_eq!(parameter(location, "iss").as_deref(), Some("http://127.0.0.1"));
    for path in ["/oauth/continue/nonsense", "/oauth/continue/%3Cscript%3E"] {
        assert_eq!(ada.get(path).await.status, 400, "{path}");
    }
}
