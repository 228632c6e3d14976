//! Precision and recall on generated people, and what blocking misses.

use crate::area;
use crate::score::{link, score};

#[test]
fn ten_thousand_people_in_a_hard_area() {
    let records = area::records(2, 10_000);
    let (linker, waiting) = link(&records);
    let score = score(&records, &linker, &waiting);
    println!("{} records, {} persons\n{}", records.len(), 0, score.table());
    if std::env::var_os("SHOW").is_some() {
        for (a, b) in score.false_pairs.iter().take(12) {
            println!("FALSE\n{:?}\n{:?}", records[*a], records[*b]);
        }
        for (a, b) in score.missed_pairs.iter().take(12) {
            println!("MISSED\n{:?}\n{:?}", records[*a], records[*b]);
        }
    }
    assert!(score.all.precision() >= 0.999, "precision {}", score.all.precision());
    assert!(score.all.recall_with_review() >= 0.95, "{}", score.all.recall_with_review());
    // Links by themselves must carry most of the work, or people drown in reviews.
    assert!(score.all.recall() >= 0.9, "recall {}", score.all.recall());
}
