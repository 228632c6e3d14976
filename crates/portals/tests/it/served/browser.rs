//! A browser as far as the pages notice: it keeps cookies, follows redirects, sends forms with their token.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use identity::totp;
use interactions::{AccountKind, IdentityLevel, NewAccount};

use super::area::NOW;
use super::{Answer, Area};

pub(crate) const PASSWORD: &str = "coffee-window-tram";
pub(crate) const LINKAGE: &str = "AB12-CD34-EF56";
const SECRET: &[u8] = b"a secret of twenty b";

/// One browser at an area.
pub(crate) struct Browser<'a> {
    area: &'a Area,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Area {
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { area: self, cookies: BTreeMap::new() }
    }

    /// Accounts of everybody whom the tests need.
    pub(crate) async fn with_accounts() -> Area {
        let area = Area::with_amina().await.signing_in();
        let citizen = AccountKind::Citizen { person: "amina".to_owned() };
        area.account("amina@example.test", "Amina Shah", IdentityLevel::P5, citizen).await;
        for (name, role, feed) in [
            ("dr.gp", "clinician", "lvp-gp"),
            ("dr.far", "clinician", "lvp-community"),
            ("engine", "integration", "lvp-hospital"),
            ("privacy", "privacy-officer", "lvp-hospital"),
            ("desk", "receptionist", "lvp-gp"),
            ("manager", "practice-manager", "lvp-gp"),
            ("admin", "administrator", "lvp-gp"),
        ] {
            let post = AccountKind::Staff {
                practitioner: name.replace('.', "-"),
                role: role.to_owned(),
                organisation: "Rowan Surgery".to_owned(),
                sources: vec![format!("urn:careloom:feed:{feed}")],
            };
            area.account(name, name, IdentityLevel::P9, post).await;
        }
        area
    }

    /// Amina's daughter, a patient of the same practice.
    pub(crate) async fn with_daughter(&self) {
        for json in [
            r#"{"resourceType":"Patient","id":"daughter","meta":{"source":"urn:careloom:feed:lvp-gp"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010021"}],"name":[{"family":"Shah","given":["Bea"]}],"birthDate":"2017-01-05"}"#,
            r#"{"resourceType":"Condition","id":"asthma","meta":{"source":"urn:careloom:feed:lvp-gp"},"subject":{"reference":"Patient/daughter"},"code":{"text":"Asthma"}}"#,
        ] {
            self.write(None, json, &[]).await;
        }
    }

    pub(crate) async fn account(
        &self,
        name: &str,
        words: &str,
        level: IdentityLevel,
        kind: AccountKind,
    ) {
        let new = NewAccount {
            name: name.to_owned(),
            words: words.to_owned(),
            kind,
            level,
            password: PASSWORD.to_owned(),
            code_secret: SECRET.to_vec(),
            linkage: LINKAGE.to_owned(),
        };
        self.app.create_account(new).await.expect("an account");
    }
}

/// The code of the device now.
pub(crate) fn code() -> String {
    totp::code(SECRET, totp::step_at(NOW / 1_000_000))
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, address: &str) -> Answer {
        self.send(Method::GET, address, Body::empty()).await
    }

    /// Sends a form of the page at `page` and says what came back, not following it.
    pub(crate) async fn post(&mut self, page: &str, address: &str, form: &str) -> Answer {
        let token = self.get(page).await.token();
        self.post_raw(address, &format!("csrf={token}&{form}")).await
    }

    pub(crate) async fn post_raw(&mut self, address: &str, form: &str) -> Answer {
        self.send(Method::POST, address, Body::from(form.to_owned())).await
    }

    /// Signs in with the password, and the code where `with_code`.
    pub(crate) async fn sign_in(&mut self, name: &str, with_code: bool) {
        let form = format!("name={name}&password={PASSWORD}&to=/");
        let done = self.post("/sign-in", "/sign-in", &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        if with_code {
            let form = format!("code={}&to=/", code());
            let done = self.post("/sign-in/code", "/sign-in/code", &form).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        }
    }

    async fn send(&mut self, method: Method, address: &str, body: Body) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.area.send(request.body(body).expect("a request")).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            let (name, rest) = cookie.split_once('=').expect("a pair");
            let value = rest.split(';').next().unwrap_or("");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}
