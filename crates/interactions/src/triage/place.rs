//! Where a person is: their postcode, and the middle of its district.
//!
//! The table holds the districts of the five demonstration sites, rounded by hand to about a kilometre; an
//! area that uses the directory brings its own. A postcode that it does not hold has no distance, and then
//! only services without a place are listed.

use std::sync::OnceLock;

use ::triage::directory::{Point, Postcodes};
use fhir::IssueCode;

use crate::app::App;
use crate::failure::{Category, Failure};

/// Characters of a postcode at the most, with spaces.
const POSTCODE_MAX: usize = 10;

/// The point of a postcode, if its district is in the table.
pub(super) fn point_of(postcode: &str) -> Option<Point> {
    static TABLE: OnceLock<Postcodes> = OnceLock::new();
    let table = TABLE
        .get_or_init(|| Postcodes::read(include_str!("outward_codes.csv")).unwrap_or_default());
    table.find(postcode)
}

impl App {
    /// Says where the person of a journey is. False where the postcode is not known here.
    pub async fn triage_place(&self, token: &str, postcode: &str) -> Result<bool, Failure> {
        let postcode = postcode.trim().to_uppercase();
        let is_shaped = (2..=POSTCODE_MAX).contains(&postcode.chars().count())
            && postcode.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
        if !is_shaped {
            let message = "a postcode has letters and numbers, such as L8 7NH";
            return Err(Failure::new(Category::Invalid, IssueCode::Value, "postcode", message));
        }
        self.triage_change(token, |journey| {
            journey.postcode.clone_from(&postcode);
            Ok(())
        })
        .await?;
        Ok(point_of(&postcode).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::point_of;

    #[test]
    fn districts() {
        for postcode in ["L8 7NH", "l87nh", " L8", "TN34 9ZZ", "BS16 9AA", "WR14 9XX"] {
            assert!(point_of(postcode).is_some(), "{postcode}");
        }
        for postcode in ["", "ZZ99 3VZ", "L8 7N8888", "L", "<script>"] {
            assert!(point_of(postcode).is_none(), "{postcode}");
        }
    }
}
