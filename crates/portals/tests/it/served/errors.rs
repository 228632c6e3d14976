//! What cannot be answered: the right status, a page that says what to do, nothing of anybody.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use super::Area;

#[tokio::test]
async fn what_is_not_there() {
    let area = Area::with_amina().await;
    for address in [
        "/nothing",
        "/clinician/person/nobody",
        "/clinician/person/no%20id",
        "/clinician/person/amina/nothing",
        "/clinician/lineage/Patient/nobody?path=name",
        "/clinician/lineage/Patient/hosp?path=photo",
        "/clinician/lineage/Nothing/hosp?path=name",
        "/clinician/document/allergy",
        "/console/items/999",
        "/console/items/x",
        "/console/feeds/nothing",
        "/console/links/gp/gp",
        "/console/links/gp/nobody",
        "/assets/nothing.css",
    ] {
        let page = area.get(address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        page.says("Page not found").says("Find a person");
    }
}

#[tokio::test]
async fn addresses_that_cannot_be_understood() {
    let area = Area::with_amina().await;
    for address in [
        "/console/feeds/lvp-gp?state=lost",
        "/console/feeds/lvp-gp?before=x",
        "/clinician/lineage/Patient/hosp?path=name&version=latest",
        "/clinician/person/amina/results/x?after=-1",
    ] {
        assert_eq!(area.get(address).await.status, StatusCode::BAD_REQUEST, "{address}");
    }
    let wrong = Request::delete("/clinician/find").body(Body::empty()).expect("a request");
    assert_eq!(area.send(wrong).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn forms_need_the_token_of_their_page() {
    let area = Area::with_amina().await;
    let page = area.get("/clinician/find").await;
    let (cookie, token) = (page.cookie(), page.token());
    let form = "nhs-number=9990010005";
    let zeros = "0".repeat(32);
    let cases = [
        (String::new(), format!("csrf={token}&{form}")),
        (cookie.clone(), form.to_owned()),
        (cookie.clone(), format!("csrf={zeros}&{form}")),
        (cookie.clone(), format!("csrf=&{form}")),
        ("careloom-form=".to_owned(), format!("csrf=&{form}")),
    ];
    for (cookie, body) in cases {
        for address in ["/clinician/find", "/console/links/gp/hosp", "/console/links/gp/hosp/undo"]
        {
            let refused = area.post(address, &cookie, body.clone()).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address} {body}");
            refused.says("Nothing was changed").says_not("SHAH");
        }
    }
    let large = area.post("/clinician/find", &cookie, vec![b'a'; 70_000]).await;
    assert_eq!(large.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let area = Area::with_amina().await;
    for address in ["/", "/clinician/person/amina", "/nothing", "/clinician/find"] {
        let page = area.get(address).await;
        for (name, value) in portals::layout::SECURITY_HEADERS {
            assert_eq!(page.headers[name], value, "{address} {name}");
        }
        page.says_not("<style")
            .says_not(" style=")
            .says_not("onclick")
            .says("There is no sign-in here");
    }
    let css = portals::assets::address("app.css");
    let asset = area.get(&css).await;
    assert_eq!(asset.status, StatusCode::OK);
    assert!(asset.headers[header::CACHE_CONTROL].to_str().expect("text").contains("immutable"));
}

#[tokio::test]
async fn an_empty_server_says_so() {
    let area = Area::empty();
    area.get("/").await.says("Nothing is connected");
    area.get("/console/feeds").await.says("No feed is set up");
    area.get("/console/links").await.says("Review links");
}
