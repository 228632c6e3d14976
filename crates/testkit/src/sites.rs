//! The five sites with their invented organisations: trust, wards, clinicians, practices, teams.
//!
//! To add a site, add it to [`Site`] and a row to the tables here and in `addresses.rs`.

use crate::names::{self, Heritage};
use crate::person::Sex;
use crate::prng::Prng;

/// A place of the simulated area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// Liverpool.
    Liverpool,
    /// Hastings.
    Hastings,
    /// Bristol.
    Bristol,
    /// Staffordshire.
    Staffordshire,
    /// South Worcestershire.
    SouthWorcestershire,
}

impl Site {
    /// Every site, in the order of the documentation.
    pub const ALL: [Site; 5] = [
        Site::Liverpool,
        Site::Hastings,
        Site::Bristol,
        Site::Staffordshire,
        Site::SouthWorcestershire,
    ];

    /// Three letters, used in feed and file names.
    pub fn code(self) -> &'static str {
        ["lvp", "hst", "brs", "stf", "swo"][self as usize]
    }

    /// The name of the place.
    pub fn name(self) -> &'static str {
        ["Liverpool", "Hastings", "Bristol", "Staffordshire", "South Worcestershire"][self as usize]
    }

    /// The letter that local numbers of the site begin with.
    pub fn letter(self) -> char {
        ['L', 'H', 'B', 'S', 'W'][self as usize]
    }

    /// The trust's organisation code; invented.
    pub fn trust(self) -> &'static str {
        ["ZZL", "ZZH", "ZZB", "ZZS", "ZZW"][self as usize]
    }

    /// The hospital's site code; invented.
    pub fn hospital(self) -> &'static str {
        ["ZZL01", "ZZH01", "ZZB01", "ZZS01", "ZZW01"][self as usize]
    }

    /// The name of the hospital trust; invented.
    pub fn trust_name(self) -> &'static str {
        [
            "Mersey Waterfront University Hospital",
            "Castle Hill General Hospital",
            "Avon Gorge Hospital",
            "Trent Vale Hospital",
            "Malvern View Hospital",
        ][self as usize]
    }

    /// The community team's code; invented.
    pub fn community_team(self) -> &'static str {
        ["ZZL90", "ZZH90", "ZZB90", "ZZS90", "ZZW90"][self as usize]
    }

    /// The local authority's code; invented.
    pub fn authority(self) -> &'static str {
        ["9L1", "9H1", "9B1", "9S1", "9W1"][self as usize]
    }

    /// The heritages of the people who live here, with weights.
    pub fn heritages(self) -> &'static [(Heritage, u32)] {
        use Heritage as H;
        match self {
            Site::Liverpool => &[
                (H::British, 680),
                (H::Irish, 110),
                (H::Welsh, 40),
                (H::Chinese, 25),
                (H::Arab, 30),
                (H::WestAfrican, 30),
                (H::Polish, 30),
                (H::MuslimSouthAsian, 25),
                (H::Indian, 15),
                (H::European, 15),
            ],
            Site::Hastings => &[
                (H::British, 830),
                (H::Irish, 30),
                (H::European, 50),
                (H::Polish, 25),
                (H::MuslimSouthAsian, 20),
                (H::Indian, 10),
                (H::Arab, 15),
                (H::Chinese, 10),
                (H::Caribbean, 10),
            ],
            Site::Bristol => &[
                (H::British, 700),
                (H::Welsh, 50),
                (H::Caribbean, 50),
                (H::Arab, 45),
                (H::Polish, 40),
                (H::MuslimSouthAsian, 40),
                (H::Indian, 25),
                (H::European, 25),
                (H::WestAfrican, 15),
                (H::Irish, 10),
            ],
            Site::Staffordshire => &[
                (H::British, 820),
                (H::MuslimSouthAsian, 75),
                (H::Polish, 35),
                (H::Indian, 20),
                (H::Welsh, 20),
                (H::Irish, 15),
                (H::European, 10),
                (H::Caribbean, 5),
            ],
            Site::SouthWorcestershire => &[
                (H::British, 860),
                (H::Polish, 40),
                (H::European, 35),
                (H::Welsh, 30),
                (H::MuslimSouthAsian, 15),
                (H::Irish, 10),
                (H::Indian, 10),
            ],
        }
    }
}

/// One of the four kinds of system that a site has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum System {
    /// The hospital: HL7 v2.
    Hospital,
    /// The practices' system: FHIR.
    Gp,
    /// District nursing: CSV.
    Community,
    /// Adult social care: CSV.
    SocialCare,
}

impl System {
    /// Every kind.
    pub const ALL: [System; 4] =
        [System::Hospital, System::Gp, System::Community, System::SocialCare];

    /// The second part of the feed's name.
    pub fn name(self) -> &'static str {
        ["hospital", "gp", "community", "social-care"][self as usize]
    }

    /// The feed of this kind of system at a site, such as `lvp-hospital`.
    pub fn feed(self, site: Site) -> String {
        format!("{}-{}", site.code(), self.name())
    }
}

/// Someone who treats, cares or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clinician {
    /// GMC (`C…`), GMP (`G…`), NMC-shaped or local number; invented.
    pub code: String,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// `Dr`, `Mr`, `Ms` …
    pub prefix: &'static str,
    /// What the person does, in words.
    pub role: &'static str,
}

impl Clinician {
    /// The name as letters write it.
    pub fn full_name(&self) -> String {
        format!("{} {} {}", self.prefix, self.given, self.family)
    }
}

/// A general practice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practice {
    /// Organisation code; invented.
    pub code: String,
    /// Name.
    pub name: String,
    /// Street address.
    pub street: String,
    /// Postcode.
    pub postcode: String,
    /// Its doctors.
    pub doctors: Vec<Clinician>,
}

/// A ward of the hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ward {
    /// Code in PV1-3.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Treatment function that it mostly serves.
    pub function: &'static str,
    /// Bays.
    pub bays: u32,
    /// Beds in a bay.
    pub beds: u32,
}

/// The wards; every hospital has the same ones.
#[rustfmt::skip]
pub const WARDS: &[Ward] = &[
    Ward { code: "ED", name: "Emergency department", function: "180", bays: 6, beds: 4 },
    Ward { code: "AMU", name: "Acute medical unit", function: "326", bays: 5, beds: 6 },
    Ward { code: "W07", name: "General medicine ward 7", function: "300", bays: 4, beds: 6 },
    Ward { code: "W08", name: "Respiratory ward 8", function: "340", bays: 4, beds: 6 },
    Ward { code: "W11", name: "Care of older people ward 11", function: "430", bays: 5, beds: 6 },
    Ward { code: "W14", name: "Orthopaedic ward 14", function: "110", bays: 4, beds: 6 },
    Ward { code: "W16", name: "Surgical ward 16", function: "100", bays: 4, beds: 6 },
    Ward { code: "CCU", name: "Coronary care", function: "320", bays: 2, beds: 5 },
];

/// Treatment functions: code, name, prefix of the consultant's title.
#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[(&str, &str)] = &[
    ("100", "General surgery"), ("110", "Trauma and orthopaedics"), ("180", "Emergency medicine"),
    ("300", "General medicine"), ("307", "Diabetes"), ("320", "Cardiology"),
    ("326", "Acute internal medicine"), ("340", "Respiratory medicine"), ("361", "Renal medicine"),
    ("430", "Elderly medicine"),
];

/// The name of a treatment function.
pub(crate) fn function_name(code: &str) -> &'static str {
    FUNCTIONS.iter().find(|(known, _)| *known == code).map_or("General medicine", |(_, name)| name)
}

/// What a site has.
#[derive(Clone, Debug)]
pub struct SiteData {
    /// Which.
    pub site: Site,
    /// Practices.
    pub practices: Vec<Practice>,
    /// Consultants, two for each treatment function, with its code.
    pub consultants: Vec<(&'static str, Clinician)>,
    /// Community nurses and therapists.
    pub nurses: Vec<Clinician>,
    /// Social workers.
    pub social_workers: Vec<Clinician>,
    /// Ward clerks, who record.
    pub clerks: Vec<Clinician>,
    /// Home care providers: code, name; invented.
    pub providers: Vec<(String, &'static str)>,
}

const PRACTICE_NAMES: [&str; 12] = [
    "Lime Tree Surgery",
    "Riverside Medical Centre",
    "Park Lane Practice",
    "The Old Forge Surgery",
    "St Anne's Health Centre",
    "Meadow View Practice",
    "Victoria Road Surgery",
    "The Lighthouse Practice",
    "Hope Street Medical Centre",
    "Orchard House Surgery",
    "Beacon Hill Practice",
    "Station Approach Surgery",
];

impl SiteData {
    /// The site's organisations for a seed.
    pub fn generate(seed: u64, site: Site) -> SiteData {
        let mut prng = Prng::keyed(seed, "site", site as u64);
        let number = site as u32 + 1;
        let practices = (0..12_u32)
            .map(|index| {
                let doctors = (0..5)
                    .map(|n| {
                        clinician(
                            &mut prng,
                            site,
                            "Dr",
                            "General practitioner",
                            format!("G9{number}{:03}{:02}", index + 1, n + 1),
                        )
                    })
                    .collect();
                Practice {
                    code: format!("Z9{number}{:03}", index + 1),
                    name: PRACTICE_NAMES[index as usize].to_owned(),
                    street: crate::addresses::street(&mut prng, site),
                    postcode: crate::addresses::postcode(&mut prng, site),
                    doctors,
                }
            })
            .collect();
        let consultants = FUNCTIONS
            .iter()
            .flat_map(|(code, _)| [(*code, 0), (*code, 1)])
            .enumerate()
            .map(|(n, (code, _))| {
                let prefix = if matches!(code, "100" | "110") { "Mr" } else { "Dr" };
                let number = format!("C9{number}{n:05}");
                (code, clinician(&mut prng, site, prefix, "Consultant", number))
            })
            .collect();
        let staff = |prng: &mut Prng, role: &'static str, letter: char, count: u32| {
            (0..count)
                .map(|n| {
                    clinician(prng, site, "Ms", role, format!("{}-{letter}{n:03}", site.trust()))
                })
                .collect::<Vec<_>>()
        };
        SiteData {
            site,
            practices,
            consultants,
            nurses: staff(&mut prng, "District nurse", 'N', 14),
            social_workers: staff(&mut prng, "Social worker", 'S', 8),
            clerks: staff(&mut prng, "Ward clerk", 'U', 10),
            providers: [
                "Harbour Home Care",
                "Kindly at Home",
                "Oakleaf Support",
                "Brightside Care",
            ]
            .iter()
            .enumerate()
            .map(|(n, name)| (format!("{}P{n}", site.authority()), *name))
            .collect(),
        }
    }

    /// A consultant of a treatment function; `which` chooses among them.
    pub fn consultant(&self, function: &str, which: u32) -> &Clinician {
        let mut found = self.consultants.iter().filter(|(code, _)| *code == function);
        let first = found.next().unwrap_or(&self.consultants[0]);
        let second = found.next().unwrap_or(first);
        if which.is_multiple_of(2) { &first.1 } else { &second.1 }
    }
}

fn clinician(
    prng: &mut Prng,
    site: Site,
    prefix: &'static str,
    role: &'static str,
    code: String,
) -> Clinician {
    let heritage = prng.weighted(site.heritages());
    let female = prefix == "Ms" || (prefix == "Dr" && prng.chance(0.5));
    let sex = if female { Sex::Female } else { Sex::Male };
    let family = names::family(prng, heritage, sex);
    let given = names::given(prng, heritage, sex, 1975).to_owned();
    Clinician { code, family, given, prefix, role }
}
