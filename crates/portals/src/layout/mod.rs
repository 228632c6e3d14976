//! The frame of every page: header, navigation, skip link, footer.

use crate::assets;
use crate::components::moment::Moment;

/// The areas that the navigation offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The front page.
    Home,
    /// Finding a person, and their record.
    Find,
    /// The feeds and their ledger.
    Feeds,
    /// Links between records that wait for a person.
    Links,
    /// What is running here.
    System,
}

/// What the frame of one page needs.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The page's own title; the template adds the product's name.
    pub title: String,
    /// Which entry of the navigation is current.
    pub area: Area,
    /// Whether a form on the page has errors, which the title then says first.
    pub has_errors: bool,
    /// A notice above every page, as that all people here are invented; empty for none.
    pub notice: String,
    /// The version of the program.
    pub version: String,
    /// When the page was made.
    pub made_at: Moment,
}

/// One entry of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct NavigationEntry {
    /// Which area it opens.
    pub area: Area,
    /// The words.
    pub words: &'static str,
    /// The address.
    pub href: &'static str,
}

const NAVIGATION: [NavigationEntry; 5] = [
    NavigationEntry { area: Area::Home, words: "Home", href: "/" },
    NavigationEntry { area: Area::Find, words: "Find a person", href: "/clinician/find" },
    NavigationEntry { area: Area::Feeds, words: "Feeds", href: "/console/feeds" },
    NavigationEntry { area: Area::Links, words: "Review links", href: "/console/links" },
    NavigationEntry { area: Area::System, words: "System", href: "/console/system" },
];

impl Layout {
    /// The entries of the navigation in their order.
    pub fn navigation(&self) -> [NavigationEntry; 5] {
        NAVIGATION
    }

    /// The address of an asset by its plain name.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// The headers that every page with a person's data is sent with.
///
/// Nothing may be loaded from, framed by or sent to another place, no script or style stands in the
/// page itself, and no copy is kept on the way.
pub const SECURITY_HEADERS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         font-src 'self'; connect-src 'self'; form-action 'self'; manifest-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
];
