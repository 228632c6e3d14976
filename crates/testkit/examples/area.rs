//! Makes an area, says how much each feed sends and how long it took.
//!
//! `cargo run --release -p testkit --example area -- 10000` counts; with `show` after the number it
//! prints what the first hero of Liverpool is sent as.

use std::time::Instant;

use testkit::{Area, AreaOptions, Site, System};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let people = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let show = arguments.next().is_some_and(|word| word == "show");
    let start = Instant::now();
    let area = Area::generate(AreaOptions::new(1, people, jiff::civil::date(2025, 11, 1)));
    println!("{people} people planned in {:.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let (mut count, mut bytes) = (0_u64, 0_u64);
    for site in Site::ALL {
        for system in System::ALL {
            for delivery in area.deliveries(site, system) {
                count += 1;
                bytes += delivery.payload.len() as u64;
                let hero = delivery.person.is_none_or(|person| person.0 == 0);
                if show && site == Site::Liverpool && hero {
                    let text = String::from_utf8_lossy(&delivery.payload).replace('\r', "\n");
                    println!("--- {} {} {}\n{text}", delivery.feed, delivery.at, delivery.name);
                }
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{count} deliveries, {} MB, written in {seconds:.2} s", bytes >> 20);
    for feed in area.truth().feeds() {
        println!("{feed:?}");
    }
    println!("{} records, {} true pairs", area.truth().records().len(), area.truth().pairs());
    println!("{} merges, {} visits", area.truth().merges().len(), area.truth().visits().len());
}
