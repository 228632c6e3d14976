//! Addresses of the five sites: real towns and postcode districts, invented houses and unit codes.
//!
//! The unit of every postcode begins with 9 and ends with a letter pair from those that Royal Mail
//! uses, so the shape is right and the place is not. To add a site, add a row to [`TOWNS`].

use crate::prng::Prng;
use crate::sites::Site;

/// Where someone lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// House and street, or flat.
    pub line1: String,
    /// Second line, often empty.
    pub line2: String,
    /// Post town.
    pub town: String,
    /// County.
    pub county: &'static str,
    /// Postcode; none where it was not recorded.
    pub postcode: Option<String>,
}

impl Address {
    /// The address in one field, as social care keeps it.
    pub fn in_one_line(&self) -> String {
        [self.line1.as_str(), self.line2.as_str(), self.town.as_str(), self.county]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Town, its postcode districts, weight.
type Town = (&'static str, &'static [&'static str], u32);

#[rustfmt::skip]
const TOWNS: [(&str, &[Town]); 5] = [
    ("Merseyside", &[
        ("Liverpool", &["L1", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L11", "L13", "L15", "L17", "L18", "L19", "L25"], 90),
        ("Bootle", &["L20", "L30"], 10),
    ]),
    ("East Sussex", &[
        ("Hastings", &["TN34", "TN35"], 55), ("St Leonards-on-Sea", &["TN37", "TN38"], 35),
        ("Battle", &["TN33"], 10),
    ]),
    ("Avon", &[
        ("Bristol", &["BS1", "BS2", "BS3", "BS4", "BS5", "BS6", "BS7", "BS8", "BS9", "BS10", "BS14", "BS15", "BS16"], 100),
    ]),
    ("Staffordshire", &[
        ("Stafford", &["ST16", "ST17"], 35), ("Stoke-on-Trent", &["ST1", "ST3", "ST4", "ST6"], 30),
        ("Cannock", &["WS11", "WS12"], 15), ("Leek", &["ST13"], 8), ("Burton-on-Trent", &["DE14", "DE15"], 12),
    ]),
    ("Worcestershire", &[
        ("Worcester", &["WR1", "WR2", "WR3", "WR4", "WR5"], 50), ("Malvern", &["WR14"], 20),
        ("Evesham", &["WR11"], 15), ("Pershore", &["WR10"], 10), ("Upton-upon-Severn", &["WR8"], 5),
    ]),
];

#[rustfmt::skip]
const STREET_NAMES: &[&str] = &[
    "Church", "Station", "Victoria", "Park", "Mill", "Queen", "King", "Albert", "Chapel", "Grange",
    "Green", "London", "Manor", "School", "Springfield", "George", "Stanley", "Alexandra", "York",
    "Richmond", "West", "North", "South", "Grove", "Windsor", "Highfield", "New", "Oak", "Beech",
    "Elm", "Cedar", "Lime", "Hawthorn", "Rowan", "Willow", "Bramble", "Orchard", "Meadow", "Bridge",
    "Canal", "River", "Harbour", "Priory", "Abbey", "Castle", "Warwick", "Salisbury", "Clarence",
    "Nelson", "Wellington", "Trafalgar", "Cromwell", "Milton", "Shelley", "Tennyson", "Wordsworth",
    "Lansdowne", "Cavendish", "Devonshire", "St John's", "St Mary's", "Holly", "Ivy", "Juniper",
    "Kestrel", "Lark", "Nightingale", "Swallow", "Quarry", "Foundry", "Market", "Smithy", "Tannery",
    "Weavers", "Potters", "Hop Pole", "Cider Mill", "Rope Walk", "Sandon", "Aigburth", "Ebrington",
];
#[rustfmt::skip]
const STREET_KINDS: &[(&str, u32)] = &[
    ("Road", 34), ("Street", 24), ("Avenue", 14), ("Close", 10), ("Lane", 8), ("Drive", 5),
    ("Gardens", 3), ("Terrace", 2), ("Crescent", 2), ("Court", 2),
];
#[rustfmt::skip]
const HOUSES: &[&str] = &[
    "Rose Cottage", "The Old Vicarage", "Orchard House", "Ivy Bank", "Fairview", "The Barn",
    "Holly Lodge", "Woodside", "Hillcrest", "Mill House",
];

/// A street name.
pub(crate) fn street(prng: &mut Prng, _site: Site) -> String {
    format!("{} {}", prng.pick(STREET_NAMES), prng.weighted(STREET_KINDS))
}

fn unit(prng: &mut Prng) -> String {
    const LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
    let first = *prng.pick(LETTERS) as char;
    let second = *prng.pick(LETTERS) as char;
    format!("9{first}{second}")
}

fn town(prng: &mut Prng, site: Site) -> Town {
    let (_, towns) = TOWNS[site as usize];
    let total: u32 = towns.iter().map(|town| town.2).sum();
    let mut left = prng.below(total);
    for town in towns {
        if left < town.2 {
            return *town;
        }
        left -= town.2;
    }
    towns[0]
}

/// A postcode of the site.
pub(crate) fn postcode(prng: &mut Prng, site: Site) -> String {
    let (_, districts, _) = town(prng, site);
    format!("{} {}", prng.pick(districts), unit(prng))
}

/// An address of the site.
pub(crate) fn address(prng: &mut Prng, site: Site) -> Address {
    let (town, districts, _) = town(prng, site);
    let street = street(prng, site);
    let number = 1 + prng.below(180);
    let (line1, line2) = if prng.chance(0.12) {
        (format!("Flat {}", 1 + prng.below(24)), format!("{number} {street}"))
    } else if prng.chance(0.05) {
        ((*prng.pick(HOUSES)).to_owned(), street)
    } else {
        (format!("{number} {street}"), String::new())
    };
    let postcode = Some(format!("{} {}", prng.pick(districts), unit(prng)));
    Address { line1, line2, town: town.to_owned(), county: TOWNS[site as usize].0, postcode }
}

/// The post codes of having no fixed abode.
pub(crate) fn no_fixed_abode(site: Site) -> Address {
    Address {
        line1: "No fixed abode".to_owned(),
        line2: String::new(),
        town: site.name().to_owned(),
        county: TOWNS[site as usize].0,
        postcode: Some("ZZ99 3VZ".to_owned()),
    }
}
