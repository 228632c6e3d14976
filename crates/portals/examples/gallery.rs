//! Writes every page of the gallery and the assets into a folder, for eyes and for browser checks:
//! `cargo run -p portals --example gallery -- DIR`, then `node web/check.mjs DIR`.

#[path = "../tests/it/fixtures/mod.rs"]
mod fixtures;
#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/gallery.rs"]
mod gallery;

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("say where to write: gallery DIR"));
    };
    fs::create_dir_all(folder.join("assets"))?;
    for asset in portals::assets::all() {
        fs::write(folder.join("assets").join(asset.file), asset.bytes)?;
    }
    for (name, html) in gallery::pages() {
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}
