//! One person with very many entries, for the benchmark of the record page.

use fhir::Element;
use jiff::civil::Date;

use crate::calendar::{days_later, iso_date, later};
use crate::gp::dense::{entry, patient};
use crate::heroes::hero_nhs_number;
use crate::prng::Prng;
use crate::sites::Site;

/// The NHS number of the dense person.
pub fn dense_nhs_number() -> String {
    // The last of the numbers that are kept for the first site's heroes is nobody's.
    hero_nhs_number(Site::Liverpool, 99)
}

/// Transaction Bundles of at most 500 entries that together give one person `entries` clinical
/// resources: results in the main, then contacts, medicines, problems, letters and vaccinations.
pub fn dense_person(seed: u64, entries: usize, as_of: Date) -> Vec<Vec<u8>> {
    let mut prng = Prng::keyed(seed, "dense", 0);
    let mut bundles = Vec::new();
    let mut made = 0;
    while made < entries || bundles.is_empty() {
        let url = format!("urn:uuid:{}", prng.uuid());
        let mut list = vec![patient(&url, &dense_nhs_number())];
        for _ in 0..(entries - made).min(499) {
            let ago = i64::from(prng.range(1, 12 * 365));
            let at = later(days_later(as_of, -ago).at(8, 0, 0, 0), i64::from(prng.range(0, 600)));
            list.push(entry(&mut prng, made, &url, at));
            made += 1;
        }
        let number = bundles.len();
        bundles.push(bundle(list, number, as_of).to_compact());
    }
    bundles
}

fn bundle(entries: Vec<Element>, number: usize, as_of: Date) -> Element {
    let text = |value: &str| Element::string(value);
    let identifier = Element::Object(vec![
        ("system".into(), text("https://gp.lvp.example/Id/bundle")),
        ("value".into(), text(&format!("dense-{number:03}"))),
    ]);
    Element::Object(vec![
        ("resourceType".into(), text("Bundle")),
        ("identifier".into(), identifier),
        ("type".into(), text("transaction")),
        ("timestamp".into(), text(&format!("{}T06:00:00+00:00", iso_date(as_of)))),
        ("entry".into(), Element::Array(entries)),
    ])
}
