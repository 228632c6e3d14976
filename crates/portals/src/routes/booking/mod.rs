//! Appointments: a person's own pages, and a practice's. Each handler asks one use case of
//! `interactions::booking` and says its answer, or its refusal, in words.
//! To add a page: its handler in a file here, its route in [`routes`], its door in `gate`.

mod choose;
mod desk;
mod mine;
mod queue;
mod sessions;
mod waiting;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::portal::Portal;

/// The addresses of the pages about appointments.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/me/appointments", get(mine::list))
        .route("/me/appointments/book", get(choose::kinds).post(choose::book))
        .route("/me/appointments/book/{service}", get(choose::times))
        .route("/me/appointments/hold", post(choose::hold))
        .route("/me/appointments/extend", post(choose::extend))
        .route("/me/appointments/let-go", post(choose::let_go))
        .route("/me/appointments/slot/{slot}", get(choose::reason).post(choose::check))
        .route("/me/appointments/wait/{service}", get(waiting::ask).post(waiting::join))
        .route("/me/appointments/queue/{service}/{release}", get(queue::show).post(queue::answer))
        .route("/me/appointments/{id}", get(mine::one))
        .route("/me/appointments/{id}/calendar.ics", get(mine::calendar))
        .route("/me/appointments/{id}/cancel", get(mine::ask_cancel).post(mine::cancel))
        .route("/me/appointments/{id}/reason", get(mine::ask_reason).post(mine::change_reason))
        .route("/me/appointments/{id}/offer", get(waiting::offer).post(waiting::answer))
        .route("/practice/appointments", get(desk::day))
        .route("/practice/appointments/slot/{slot}", get(desk::explain))
        .route("/practice/appointments/slot/{slot}/book", get(desk::ask).post(desk::book))
        .route("/practice/appointments/cancel", post(desk::cancel))
        .route("/practice/sessions", get(sessions::list).post(sessions::keep))
        .route("/practice/sessions/drop", post(sessions::remove))
        .route("/practice/sessions/plan", get(sessions::plan).post(sessions::carry_out))
}
