//! The whole area: people, what each system knows of them, and what it sends, from one seed.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::delivery::{self, Deliveries};
use crate::drop_files::{DropFile, Row, files};
use crate::gp::{self, GpRecord};
use crate::lives::chart::Chart;
use crate::lives::{Making, Window, away_chart, home_chart};
use crate::mess::MessRates;
use crate::person::{Person, PersonId};
use crate::record::SourceRecord;
use crate::sites::{Site, SiteData, System};
use crate::truth::Truth;
use crate::{community, heroes, people, social_care};

/// What to make.
#[derive(Clone, Debug)]
pub struct AreaOptions {
    /// The same seed and options give the same bytes.
    pub seed: u64,
    /// How many people, heroes included.
    pub people: u32,
    /// Heroes for each site: people in all four systems, with fixed NHS numbers.
    pub heroes: u32,
    /// The last day; nothing happens on it or after it.
    pub as_of: Date,
    /// How many years of life are simulated.
    pub years: i16,
    /// How much is wrong.
    pub mess: MessRates,
}

impl AreaOptions {
    /// A seed and a number of people; two years, one hero a site, the mess of real life.
    pub fn new(seed: u64, people: u32, as_of: Date) -> AreaOptions {
        AreaOptions { seed, people, heroes: 1, as_of, years: 2, mess: MessRates::REAL }
    }
}

/// Five sites and their people.
#[derive(Debug)]
pub struct Area {
    pub(crate) options: AreaOptions,
    pub(crate) sites: Vec<SiteData>,
    pub(crate) people: Vec<Person>,
    pub(crate) charts: Vec<Chart>,
    pub(crate) gp: Vec<GpRecord>,
    pub(crate) files: Vec<(Site, System, DropFile)>,
    pub(crate) truth: Truth,
}

/// Everything planned so far.
#[derive(Default)]
struct Plans {
    records: Vec<SourceRecord>,
    charts: Vec<Chart>,
    gp: Vec<GpRecord>,
    rows: Vec<(Site, System, Row)>,
}

impl Area {
    /// Makes the area.
    pub fn generate(options: AreaOptions) -> Area {
        let sites = Site::ALL.map(|site| SiteData::generate(options.seed, site)).to_vec();
        let people = everybody(&options);
        let window = Window {
            start: options.as_of.saturating_sub(options.years.max(1).years()),
            end: options.as_of,
        };
        let mut plans = Plans::default();
        for (index, person) in people.iter().enumerate() {
            let other = index.checked_sub(1).and_then(|before| people.get(before));
            let making = Making {
                seed: options.seed,
                window,
                rates: &options.mess,
                other_number: other.map(|person| person.nhs_number.as_str()),
            };
            plans.add(&making, &sites[person.site as usize], person);
        }
        let files = drop_all(plans.rows, window);
        let truth = Truth::new(&people, plans.records, &plans.charts, &plans.gp, &files);
        Area { options, sites, people, charts: plans.charts, gp: plans.gp, files, truth }
    }

    /// The options that it was made from.
    pub fn options(&self) -> &AreaOptions {
        &self.options
    }

    /// The true people; the index is the id.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// A true person.
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(id.0 as usize)
    }

    /// The people who are in all four systems.
    pub fn heroes(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.hero)
    }

    /// A site's organisations.
    pub fn site(&self, site: Site) -> &SiteData {
        &self.sites[site as usize]
    }

    /// What each hospital knows of each person.
    pub fn charts(&self) -> &[Chart] {
        &self.charts
    }

    /// What is true, to score against.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// What a system sends, in the order of sending; each payload is made when it is asked for.
    pub fn deliveries(&self, site: Site, system: System) -> Deliveries<'_> {
        delivery::deliveries(self, site, system)
    }
}

fn everybody(options: &AreaOptions) -> Vec<Person> {
    let mut people = heroes::generate(options.seed, options.as_of, options.heroes);
    people.truncate(options.people as usize);
    let first = people.len() as u32;
    let rest = options.people - first;
    people.extend(people::generate(options.seed, options.as_of, first, rest));
    people
}

impl Plans {
    fn add(&mut self, making: &Making<'_>, site: &SiteData, person: &Person) {
        if let Some((gp, record)) = gp::plan(making, person, self.records.len()) {
            self.records.push(record);
            self.gp.push(gp);
        }
        let home = home_chart(making, person, self.records.len());
        self.chart(home);
        let away = away_chart(making, person, self.records.len());
        self.chart(away);
        if let Some((records, rows)) = community::plan(making, site, person) {
            self.records.extend(records);
            self.rows.extend(rows.into_iter().map(|row| (person.site, System::Community, row)));
        }
        if let Some((record, rows)) = social_care::plan(making, site, person) {
            self.records.push(record);
            self.rows.extend(rows.into_iter().map(|row| (person.site, System::SocialCare, row)));
        }
    }

    fn chart(&mut self, planned: Option<(Chart, Vec<SourceRecord>)>) {
        if let Some((chart, records)) = planned {
            self.records.extend(records);
            self.charts.push(chart);
        }
    }
}

fn drop_all(rows: Vec<(Site, System, Row)>, window: Window) -> Vec<(Site, System, DropFile)> {
    let mut by_feed: Vec<Vec<Row>> = vec![Vec::new(); Site::ALL.len() * 2];
    for (site, system, row) in rows {
        let second = usize::from(system == System::SocialCare);
        by_feed[site as usize * 2 + second].push(row);
    }
    let mut all = Vec::new();
    for (index, rows) in by_feed.into_iter().enumerate() {
        let site = Site::ALL[index / 2];
        let (system, style) = if index.is_multiple_of(2) {
            (System::Community, community::style(site))
        } else {
            (System::SocialCare, social_care::style(site))
        };
        let made = files(&style, rows, window.start, window.end);
        all.extend(made.into_iter().map(|file| (site, system, file)));
    }
    all
}
