//! A team that drops CSV files: written under a name that is passed over, then renamed.

use std::path::Path;

use anyhow::Context;
use testkit::{Area, Site, System};

use super::Progress;

pub(super) async fn run(
    area: &Area,
    site: Site,
    system: System,
    folder: &Path,
    progress: &Progress,
) -> anyhow::Result<()> {
    tokio::fs::create_dir_all(folder)
        .await
        .with_context(|| format!("make {}", folder.display()))?;
    for delivery in area.deliveries(site, system) {
        let partial = folder.join(format!("{}.part", delivery.name));
        tokio::fs::write(&partial, &delivery.payload).await?;
        tokio::fs::rename(&partial, folder.join(&delivery.name)).await?;
        progress.count(true);
    }
    Ok(())
}
