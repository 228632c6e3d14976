//! What ends by itself: refresh tokens that rest or grow old, and the opening of an app from a record.

use identity::oauth::ErrorCode;
use interactions::AuthorizationStep;

use super::{
    LABS, area, asks, authorize, citizen, code, exchange, reads, redeem, refresh, sent, text, value,
};
use crate::fixture::id;
use crate::sign_in::MINUTE;

const DAY: i64 = 24 * 60 * MINUTE;

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_rests_for_a_month_is_over() {
    let world = area().await;
    let session = citizen(&world).await;
    let asked = asks("app", "launch/patient offline_access patient/Observation.rs");
    let given = code(&world, &asked, &session).await;
    let first = exchange(&world, &redeem("app", &given)).await;
    let first = first.unwrap_or_else(|_| panic!("the app may ask for {LABS}"));
    let mut token = text(&first, "refresh_token").to_owned();
    world.pass(30 * DAY - MINUTE);
    let second = exchange(&world, &refresh("app", &token)).await.unwrap();
    text(&second, "refresh_token").clone_into(&mut token);
    world.pass(30 * DAY);
    let over = exchange(&world, &refresh("app", &token)).await;
    assert_eq!(over, Err(ErrorCode::InvalidGrant));
    assert_eq!(reads(&world, text(&second, "access_token")).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_over_after_a_year_however_often_it_is_used() {
    let world = area().await;
    let session = citizen(&world).await;
    let asked = asks("app", "launch/patient offline_access patient/Observation.rs");
    let given = code(&world, &asked, &session).await;
    let first = exchange(&world, &redeem("app", &given)).await.unwrap();
    let mut token = text(&first, "refresh_token").to_owned();
    for _ in 0..14 {
        world.pass(25 * DAY);
        let next = exchange(&world, &refresh("app", &token)).await.unwrap();
        text(&next, "refresh_token").clone_into(&mut token);
    }
    world.pass(15 * DAY);
    assert_eq!(exchange(&world, &refresh("app", &token)).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_opened_from_a_record_must_come_soon() {
    let world = area().await;
    world.pass(MINUTE);
    let session = world.with_code("dr.a").await;
    let scope = format!("launch {LABS}");
    for (minutes, is_over) in [(4, false), (6, true)] {
        let opened = world.app.launch_app(&session, "ehr-app", &id("me")).await.unwrap();
        let opened = sent(&opened);
        world.pass(minutes * MINUTE);
        let launch = value(&opened, "launch").unwrap();
        let asked = [asks("ehr-app", &scope), vec![("launch", launch)]].concat();
        let step = authorize(&world, &asked, Some(&session)).await;
        let is_refused = match &step {
            AuthorizationStep::Redirect { location } => {
                value(&sent(location), "error") == Some("invalid_request")
            }
            _ => false,
        };
        assert_eq!(is_refused, is_over, "after {minutes} minutes: {step:?}");
    }
}
