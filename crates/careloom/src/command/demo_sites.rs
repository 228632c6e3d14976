//! What is switched on where in the demonstration: all in Liverpool, less at the sites that follow.

use std::sync::Arc;

use interactions::App;
use interactions::rollout::NewChange;
use interactions::rollout::rules::{Eligibility, FEATURES, State};
use testkit::{Site, System};

/// Decides, once the server runs.
pub(crate) async fn make(app: &Arc<App>) -> anyhow::Result<()> {
    let failed = |failure: interactions::Failure| anyhow::anyhow!("{failure}");
    let today = app.rollout_day();
    for site in Site::ALL {
        let id = site.name().to_lowercase().replace(' ', "-");
        let practices = [format!("feed:{}", System::Gp.feed(site))];
        app.save_site(&id, site.name(), &practices).await.map_err(failed)?;
        for feature in &FEATURES {
            let (state, note) = at(site, feature.id);
            let why = "Demonstration of a roll-out in steps".to_owned();
            let (from, note) = (today.clone(), note.to_owned());
            let new = NewChange { state, from, note, why };
            app.change_feature(&id, feature.id, &new, "careloom demo").await.map_err(failed)?;
        }
    }
    Ok(())
}

fn at(site: Site, feature: &str) -> (State, &'static str) {
    let half = |share| {
        State::Pilot(Eligibility { practices: Vec::new(), age_from: Some(16), age_to: None, share })
    };
    match (site, feature) {
        (Site::Hastings, "messages" | "waiting-list") => {
            (State::Off, "Phone your GP surgery. Its number is on its letters to you.")
        }
        (Site::Bristol, "booking" | "waiting-list") => {
            (half(50), "Half of the people here try this first. Phone your GP surgery to book.")
        }
        (Site::Staffordshire, "booking" | "waiting-list" | "messages" | "apps") => {
            (State::Off, "Your GP surgery starts this later. Please phone for now.")
        }
        (Site::SouthWorcestershire, "record" | "111" | "sharing" | "proxies") => (State::On, ""),
        (Site::SouthWorcestershire, _) => (State::Off, "This comes after the other places."),
        _ => (State::On, ""),
    }
}
