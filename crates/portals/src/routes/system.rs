//! What is running here.

use std::sync::Arc;

use super::answer::Answer;
use super::gate::State;
use super::portal::Portal;
use crate::console::ledger::grouped;
use crate::console::system::SystemPage;
use crate::layout::Area;

pub(super) async fn show(State(portal): State<Arc<Portal>>) -> Answer {
    let totals = portal.app.totals().await.map_err(|failure| portal.failure(&failure))?;
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let groups = vec![
        (
            "Program".to_owned(),
            vec![
                fact("Version", portal.options.version.clone()),
                fact("FHIR address", portal.app.options.base_url.clone()),
                fact("Sign-in", "None yet: only this machine can reach the server".to_owned()),
            ],
        ),
        (
            "Store".to_owned(),
            vec![
                fact("People", grouped(totals.people)),
                fact("Source records of people", grouped(totals.patients)),
                fact("Resources", grouped(totals.resources)),
                fact("Source records waiting to be linked", grouped(portal.app.linking.pending())),
            ],
        ),
    ];
    portal.page(&SystemPage { layout: portal.layout(Area::System, "System"), groups })
}
