//! Random values of FHIR's data types.

use fhir::Element;

use super::prng::Prng;
use super::vocabulary as words;
use crate::render::OWN_BASE;

/// The members that are there; what would be empty is left out, as FHIR's JSON wants it.
pub(crate) fn object(members: Vec<(&str, Option<Element>)>) -> Element {
    let there = members.into_iter().filter_map(|(name, value)| {
        let value = match value? {
            Element::Array(items) => {
                Element::Array(items.into_iter().filter(|item| !is_empty(item)).collect())
            }
            other => other,
        };
        (!is_empty(&value)).then(|| (name.into(), value))
    });
    Element::Object(there.collect())
}

fn is_empty(element: &Element) -> bool {
    match element {
        Element::Array(items) => items.is_empty(),
        Element::Object(members) => members.is_empty(),
        _ => false,
    }
}

pub(crate) fn text(text: &str) -> Element {
    Element::string(text)
}

pub(crate) fn number(digits: &str) -> Element {
    Element::Number(digits.into())
}

impl Prng {
    /// `make` so many times out of a hundred.
    pub(crate) fn maybe<T>(
        &mut self,
        times: usize,
        make: impl FnOnce(&mut Prng) -> T,
    ) -> Option<T> {
        self.percent(times).then(|| make(self))
    }

    /// Up to `most` of them; none as absent.
    pub(crate) fn some(
        &mut self,
        most: usize,
        make: impl Fn(&mut Prng) -> Element,
    ) -> Option<Element> {
        let count = self.between(0, most);
        (count > 0).then(|| Element::Array((0..count).map(|_| make(self)).collect()))
    }

    pub(crate) fn one(&mut self, texts: &[&str]) -> Element {
        text(self.any(texts))
    }

    pub(crate) fn name(&mut self) -> Element {
        let name = |prng: &mut Prng| prng.one(&words::NAMES);
        object(vec![
            ("use", self.maybe(30, |prng| prng.one(&["official", "usual"]))),
            ("text", self.maybe(20, name)),
            ("family", self.maybe(80, name)),
            ("given", self.some(2, name)),
            ("prefix", self.maybe(10, |_| Element::Array(vec![text("Dr.")]))),
        ])
    }

    pub(crate) fn address(&mut self) -> Element {
        object(vec![
            ("use", self.maybe(50, |prng| prng.one(&["home", "work"]))),
            ("text", self.maybe(20, |prng| prng.one(&words::CITIES))),
            ("line", self.some(2, |prng| prng.one(&words::NAMES))),
            ("city", self.maybe(70, |prng| prng.one(&words::CITIES))),
            ("postalCode", self.maybe(70, |prng| prng.one(&words::POSTCODES))),
            ("country", self.maybe(20, |prng| prng.one(&["GB", "gb", "Great Britain"]))),
        ])
    }

    pub(crate) fn telecom(&mut self) -> Element {
        object(vec![
            ("system", self.maybe(80, |prng| prng.one(&["phone", "email"]))),
            ("value", self.maybe(90, |prng| prng.one(&["0161 496 0000", "a@b.test", "A@b.test"]))),
            ("use", self.maybe(50, |prng| prng.one(&["home", "work", "mobile"]))),
        ])
    }

    pub(crate) fn identifier(&mut self) -> Element {
        object(vec![
            ("system", self.maybe(80, |prng| prng.one(&words::SYSTEMS))),
            ("value", self.maybe(90, |prng| prng.one(&words::VALUES))),
            ("type", self.maybe(40, Prng::identifier_type)),
        ])
    }

    fn identifier_type(&mut self) -> Element {
        let coding = |prng: &mut Prng| {
            object(vec![
                ("system", Some(text(words::IDENTIFIER_TYPE))),
                ("code", Some(prng.one(&["MR", "NH", "DL"]))),
            ])
        };
        object(vec![
            ("coding", Some(Element::Array(vec![coding(self)]))),
            ("text", self.maybe(40, |prng| prng.one(&words::TEXTS))),
        ])
    }

    pub(crate) fn coding(&mut self) -> Element {
        if self.percent(25) {
            return self.coded(words::ROLE, &words::ROLE_CODES);
        }
        object(vec![
            ("system", self.maybe(75, |prng| prng.one(&words::SYSTEMS))),
            ("code", self.maybe(90, |prng| prng.one(&words::CODES))),
            ("display", self.maybe(40, |prng| prng.one(&words::TEXTS))),
        ])
    }

    /// A Coding with one of these codes.
    pub(crate) fn coded(&mut self, system: &str, codes: &[&str]) -> Element {
        object(vec![
            ("system", Some(text(system))),
            ("code", Some(self.one(codes))),
            ("display", self.maybe(30, |prng| prng.one(&words::TEXTS))),
        ])
    }

    pub(crate) fn concept(&mut self) -> Element {
        object(vec![
            ("coding", self.some(2, Prng::coding)),
            ("text", self.maybe(40, |prng| prng.one(&words::TEXTS))),
        ])
    }

    /// A CodeableConcept of one coding with one of these codes.
    pub(crate) fn concept_of(&mut self, system: &str, codes: &[&str]) -> Element {
        object(vec![("coding", Some(Element::Array(vec![self.coded(system, codes)])))])
    }

    pub(crate) fn date(&mut self) -> Element {
        self.one(&words::DATES)
    }

    /// A day with a time, as an instant is.
    pub(crate) fn instant(&mut self) -> Element {
        let days: Vec<&str> = words::DATES.into_iter().filter(|date| date.len() == 10).collect();
        let day = self.any(&days);
        text(&format!("{day}{}", self.pick(&words::TIMES)))
    }

    pub(crate) fn date_time(&mut self) -> Element {
        if self.percent(50) { self.date() } else { self.instant() }
    }

    /// A Period whose end is not before its start.
    pub(crate) fn period(&mut self) -> Element {
        let (mut start, mut end) = (self.date_time(), self.date_time());
        let first = |element: &Element| crate::time::moments(element.as_str().unwrap_or(""));
        if first(&start) > first(&end) {
            (start, end) = (end, start);
        }
        // Half of a day or month may begin before its start, so the ends are looked at too.
        let has_order = first(&start).zip(first(&end)).is_some_and(|(a, b)| a.0 < b.1);
        let which = if has_order { self.below(4) } else { 1 };
        object(vec![("start", (which != 2).then_some(start)), ("end", (which != 1).then_some(end))])
    }

    pub(crate) fn timing(&mut self) -> Element {
        object(vec![
            ("event", self.some(3, Prng::date_time)),
            (
                "repeat",
                self.maybe(50, |prng| {
                    object(vec![
                        ("boundsPeriod", prng.maybe(70, Prng::period)),
                        ("frequency", Some(number("1"))),
                    ])
                }),
            ),
        ])
    }

    pub(crate) fn quantity(&mut self) -> Element {
        let (system, code, unit) = self.any(&words::UNITS);
        object(vec![
            ("value", self.maybe(95, |prng| number(prng.any(&words::NUMBERS)))),
            ("comparator", self.maybe(15, |prng| prng.one(&["<", "<=", ">", ">="]))),
            ("unit", unit.map(text)),
            ("system", system.map(text)),
            ("code", code.map(text)),
        ])
    }

    /// A Range whose low end is not above its high end.
    pub(crate) fn range(&mut self) -> Element {
        let (system, code, unit) = self.any(&words::UNITS);
        let read = |digits: &str| crate::decimal::Decimal::parse(digits);
        let (mut low, mut high) = (self.any(&words::NUMBERS), self.any(&words::NUMBERS));
        if read(low) > read(high) {
            (low, high) = (high, low);
        }
        let end = |digits| {
            object(vec![
                ("value", Some(number(digits))),
                ("unit", unit.map(text)),
                ("system", system.map(text)),
                ("code", code.map(text)),
            ])
        };
        let which = self.below(4);
        object(vec![
            ("low", (which != 2).then(|| end(low))),
            ("high", (which != 1).then(|| end(high))),
        ])
    }

    pub(crate) fn id(&mut self) -> &'static str {
        // The first ones come most often, so that references meet.
        let among = self.between(1, words::IDS.len());
        words::IDS[self.below(among)]
    }

    /// A Reference to a resource of one of these types, in one of the ways to write it.
    pub(crate) fn reference(&mut self, types: &[&str]) -> Element {
        let (resource_type, id) = (self.any(types), self.id());
        let literal = match self.below(100) {
            0..75 => format!("{resource_type}/{id}"),
            75..82 => format!("{OWN_BASE}/{resource_type}/{id}"),
            82..86 => format!("{resource_type}/{id}/_history/1"),
            86..90 => format!("http://other.test/fhir/{resource_type}/{id}"),
            90..92 => "urn:uuid:6f0cf0b6-9a4b-4a5b-8f0e-1c2d3e4f5a6b".to_owned(),
            _ => {
                return object(vec![
                    ("type", Some(text(resource_type))),
                    ("identifier", self.maybe(80, Prng::identifier)),
                    ("display", self.maybe(50, |prng| prng.one(&words::NAMES))),
                ]);
            }
        };
        object(vec![
            ("reference", Some(text(&literal))),
            ("identifier", self.maybe(15, Prng::identifier)),
            ("display", self.maybe(10, |prng| prng.one(&words::NAMES))),
        ])
    }

    pub(crate) fn narrative(&mut self) -> Element {
        let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
        let (a, b) = (self.pick(&words::TEXTS), self.pick(&words::TEXTS));
        let body = match self.below(3) {
            0 => format!("{div}<p>{a}</p><p class=\"blood\">{b}</p></div>"),
            1 => format!("{div}{a} <b>{b}</b> &amp; fever&lt;3</div>"),
            _ => format!("{div}<table><tr><td>{a}</td><td>{b}</td></tr></table></div>"),
        };
        object(vec![("status", Some(text("generated"))), ("div", Some(text(&body)))])
    }

    pub(crate) fn meta(&mut self) -> Element {
        object(vec![
            ("source", self.maybe(30, |prng| prng.one(&words::URLS))),
            ("profile", self.some(2, |prng| prng.one(&words::URLS))),
            ("security", self.some(1, Prng::coding)),
            ("tag", self.some(2, Prng::coding)),
        ])
    }
}
