//! What the binary carries for the browser.

use portals::assets::{address, all, served_as};

#[test]
fn nothing_is_loaded_from_elsewhere_and_no_foreign_font_is_named() {
    for asset in all() {
        let text = String::from_utf8_lossy(asset.bytes);
        for banned in ["assets.nhs.uk", "Frutiger", "@font-face", "@import"] {
            assert!(!text.contains(banned), "{} has {banned}", asset.file);
        }
    }
}

#[test]
fn every_file_that_a_style_sheet_or_script_asks_for_is_there() {
    for asset in all() {
        let text = String::from_utf8_lossy(asset.bytes);
        let urls = text.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
        let imports = text.split("from \"./").skip(1).filter_map(|rest| rest.split('"').next());
        for wanted in urls.filter(|url| !url.contains("data:")).chain(imports) {
            assert!(served_as(wanted).is_some(), "{} asks for {wanted}", asset.file);
        }
    }
}

#[test]
fn names_contain_the_hash_and_lead_back() {
    for asset in all() {
        let served = address(asset.name);
        assert_eq!(served, format!("/assets/{}", asset.file));
        assert!(asset.file.len() >= asset.name.len() + 13, "{}", asset.file);
        assert!(asset.brotli.is_none_or(|smaller| smaller.len() < asset.bytes.len()));
    }
    assert!(served_as("app.css").is_none(), "a plain name could be kept by a browser for ever");
    assert!(served_as("../Cargo.toml").is_none());
}

#[test]
fn the_page_weighs_little() {
    let sent: usize =
        all().iter().map(|asset| asset.brotli.map_or(asset.bytes.len(), <[u8]>::len)).sum();
    assert!(sent < 60_000, "{sent} bytes on the wire");
}
