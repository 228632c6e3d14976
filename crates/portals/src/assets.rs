//! The style sheet, scripts and icons that the binary carries.
//!
//! They are built by `web/build.mjs` and embedded by `build.rs`; the name of each file contains its
//! hash, so a browser may keep it for ever. To add one, emit it in `web/build.mjs` and ask for it
//! here by its plain name.

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// The plain name that templates use, as `app.css`.
    pub name: &'static str,
    /// The name that is served, with the hash of the content in it.
    pub file: &'static str,
    /// The media type, ready for `Content-Type`.
    pub media_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    /// The same content compressed with Brotli, where that gains anything.
    pub brotli: Option<&'static [u8]>,
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The fonts of printed records, which are sent to no browser.
static FONTS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/fonts.rs"));

/// A font of printed records.
///
/// # Panics
/// When a font is asked for that was never built in, which every test of printing would show.
pub fn font(name: &str) -> &'static [u8] {
    let font = FONTS.iter().find(|(known, _)| *known == name);
    font.unwrap_or_else(|| panic!("no font is called {name}")).1
}

/// Every embedded file.
pub fn all() -> &'static [Asset] {
    ASSETS
}

/// The file served as `/assets/{file}`.
pub fn served_as(file: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.file == file)
}

/// The address of an asset, by its plain name.
///
/// # Panics
/// When a template names an asset that was never built, which every page test would show.
pub fn address(name: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset = asset.unwrap_or_else(|| panic!("no asset is called {name}"));
    format!("/assets/{}", asset.file)
}
