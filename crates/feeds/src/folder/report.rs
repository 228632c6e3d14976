//! The text beside a file that says what is wrong with it, for the people who sent it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use interactions::FileReceived;

/// `contacts.csv` → `contacts.csv.errors.txt`.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".errors.txt");
    path.with_file_name(name)
}

/// One line an error: its line and column, and what to do. No patient data.
pub(super) fn text(name: &str, received: &FileReceived) -> String {
    let mut text = String::new();
    let verdict = if received.accepted {
        format!(
            "{} of {} rows were set aside; the others were taken in",
            received.set_aside, received.rows
        )
    } else {
        "the file was rejected; none of it was taken in".to_owned()
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name}: {verdict}");
    for issue in &received.issues {
        let place = issue.expression.as_deref().filter(|place| !place.is_empty());
        let _ = writeln!(text, "{}: {}", place.unwrap_or("file"), issue.message);
    }
    text
}
