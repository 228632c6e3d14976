//! The frame of every page: header, navigation, skip link, footer.

use interactions::Duty;

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
    /// What is switched on where.
    Sites,
    /// How people get on with the app.
    Research,
    /// What is running here.
    System,
    /// Signing in.
    SignIn,
    /// A person's own front page.
    Me,
    /// A person's own record.
    MyRecord,
    /// A person's appointments.
    MyAppointments,
    /// A practice's appointments.
    Practice,
    /// A person's messages with their practice.
    MyMessages,
    /// Who looked at it.
    WhoLooked,
    /// What a person chooses about their record.
    Sharing,
    /// Acting for somebody.
    People,
    /// Results that wait for somebody to look at them.
    Reviews,
    /// What people write to a practice.
    Messages,
    /// What people see of their record online.
    OnlineAccess,
    /// Who looked at what, for who answers for privacy.
    Audit,
    /// 111 online.
    Triage,
}

/// Who is at the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Whoever reaches the server: there is no sign-in.
    Open,
    /// Nobody who has signed in.
    Nobody,
    /// A person, by what to call them.
    Citizen(String),
    /// A member of staff.
    Staff {
        /// What to call them.
        name: String,
        /// What their work is.
        duties: &'static [Duty],
        /// Records opened without a relationship that they are to review.
        to_review: usize,
    },
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
    /// Who is at the browser.
    pub viewer: Viewer,
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

impl NavigationEntry {
    /// What waits there for who is at the browser, for the navigation to say.
    pub fn waiting(&self, layout: &Layout) -> Option<usize> {
        match &layout.viewer {
            Viewer::Staff { to_review, .. } if self.area == Area::Audit && *to_review > 0 => {
                Some(*to_review)
            }
            _ => None,
        }
    }
}

/// Each with the duty that it is part of; `None` is everybody's.
const STAFF: [(Option<Duty>, NavigationEntry); 12] = [
    (None, NavigationEntry { area: Area::Home, words: "Home", href: "/" }),
    (
        Some(Duty::FindPeople),
        NavigationEntry { area: Area::Find, words: "Find a person", href: "/clinician/find" },
    ),
    (
        Some(Duty::Bookings),
        NavigationEntry {
            area: Area::Practice,
            words: "Appointments",
            href: "/practice/appointments",
        },
    ),
    (
        Some(Duty::ReviewResults),
        NavigationEntry {
            area: Area::Reviews,
            words: "Results to review",
            href: "/practice/results",
        },
    ),
    (
        Some(Duty::Messages),
        NavigationEntry { area: Area::Messages, words: "Messages", href: "/practice/messages" },
    ),
    (
        Some(Duty::OnlineAccess),
        NavigationEntry {
            area: Area::OnlineAccess,
            words: "Online access",
            href: "/practice/access",
        },
    ),
    (
        Some(Duty::Feeds),
        NavigationEntry { area: Area::Feeds, words: "Feeds", href: "/console/feeds" },
    ),
    (
        Some(Duty::Links),
        NavigationEntry { area: Area::Links, words: "Review links", href: "/console/links" },
    ),
    (
        Some(Duty::Audit),
        NavigationEntry { area: Area::Audit, words: "Broken glass", href: "/console/audit" },
    ),
    (
        Some(Duty::Settings),
        NavigationEntry { area: Area::Sites, words: "Roll-out", href: "/console/sites" },
    ),
    (
        Some(Duty::Settings),
        NavigationEntry {
            area: Area::Research,
            words: "How people get on",
            href: "/console/research",
        },
    ),
    (
        Some(Duty::Settings),
        NavigationEntry { area: Area::System, words: "System", href: "/console/system" },
    ),
];

/// The parts of a person's app that they can tell us about: the area, its id, the words.
pub(crate) const PARTS: [(Area, &str, &str); 8] = [
    (Area::Me, "home", "Your pages"),
    (Area::MyRecord, "record", "Your record"),
    (Area::MyAppointments, "appointments", "Appointments"),
    (Area::MyMessages, "messages", "Messages"),
    (Area::Triage, "111", "111 online"),
    (Area::WhoLooked, "who-looked", "Who looked at your record"),
    (Area::Sharing, "sharing", "Your choices"),
    (Area::People, "people", "Acting for somebody"),
];

const CITIZEN: [NavigationEntry; 8] = [
    NavigationEntry { area: Area::Me, words: "Home", href: "/me" },
    NavigationEntry { area: Area::MyRecord, words: "Your record", href: "/me/record" },
    NavigationEntry { area: Area::MyAppointments, words: "Appointments", href: "/me/appointments" },
    NavigationEntry { area: Area::MyMessages, words: "Messages", href: "/me/messages" },
    NavigationEntry { area: Area::Triage, words: "111", href: "/111" },
    NavigationEntry { area: Area::WhoLooked, words: "Who looked", href: "/me/who-looked" },
    NavigationEntry { area: Area::Sharing, words: "Your choices", href: "/me/sharing" },
    NavigationEntry { area: Area::People, words: "Acting for somebody", href: "/me/people" },
];

impl Layout {
    /// The entries of the navigation in their order.
    pub fn navigation(&self) -> Vec<NavigationEntry> {
        match &self.viewer {
            Viewer::Nobody => Vec::new(),
            Viewer::Citizen(_) => CITIZEN.to_vec(),
            Viewer::Open => STAFF.map(|(_, entry)| entry).to_vec(),
            Viewer::Staff { duties, .. } => STAFF
                .iter()
                .filter(|(duty, _)| duty.is_some_and(|duty| duties.contains(&duty)))
                .map(|(_, entry)| *entry)
                .collect(),
        }
    }

    /// Whether the navigation leads to an area.
    pub fn offers(&self, area: Area) -> bool {
        self.navigation().iter().any(|entry| entry.area == area)
    }

    /// What to call who has signed in; empty where nobody has.
    pub fn signed_in(&self) -> &str {
        match &self.viewer {
            Viewer::Citizen(name) | Viewer::Staff { name, .. } => name,
            Viewer::Open | Viewer::Nobody => "",
        }
    }

    /// Where a person tells us about this page; empty for who is none.
    pub fn feedback_href(&self) -> String {
        let part = PARTS.iter().find(|(area, ..)| *area == self.area);
        match (&self.viewer, part) {
            (Viewer::Citizen(_), Some((_, id, _))) => format!("/me/feedback?about={id}"),
            _ => String::new(),
        }
    }

    /// Whether the page says when it was made, on staff's clock: people read 12-hour times.
    pub fn tells_clock(&self) -> bool {
        matches!(self.viewer, Viewer::Open | Viewer::Staff { .. })
    }

    /// Whether there is no sign-in.
    pub fn is_open(&self) -> bool {
        self.viewer == Viewer::Open
    }

    /// The address of an asset by its plain name.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// The policy of a page whose form leads on to another place, such as back to an app: browsers hold
/// redirects of forms against it.
pub fn policy_with_form_target(source: &str) -> String {
    let (_, policy) = SECURITY_HEADERS[0];
    policy.replace("form-action 'self'", &format!("form-action 'self' {source}"))
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
