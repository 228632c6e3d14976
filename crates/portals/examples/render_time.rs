//! Measures how long pages take to render: `cargo run --release -p portals --example render_time`.

#[expect(dead_code, reason = "the tests and the gallery use the rest")]
#[path = "../tests/it/fixtures/mod.rs"]
mod fixtures;

use askama::Template;
use std::time::Instant;

fn main() {
    measure("summary", &fixtures::record::summary());
    measure("timeline, 50 entries", &fixtures::record::timeline(false, 50));
    measure("timeline, 3,000 entries on one page", &fixtures::record::timeline(false, 3_000));
    measure("lineage", &fixtures::lineage::json());
    measure("feeds", &fixtures::console::feeds_page());
}

fn measure(name: &str, page: &impl Template) {
    const ROUNDS: u32 = 200;
    let start = Instant::now();
    let bytes: usize = (0..ROUNDS).map(|_| page.render().map_or(0, |html| html.len())).sum();
    let each = start.elapsed() / ROUNDS;
    println!("{name}: {each:?} for {} bytes", bytes / ROUNDS as usize);
}
