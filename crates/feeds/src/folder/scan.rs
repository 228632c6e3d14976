//! Which files of a folder are there, and which are whole.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Ends of names that senders give to files they are still writing.
const UNFINISHED_ENDS: [&str; 5] = [".tmp", ".part", ".filepart", ".crdownload", "~"];

/// A file as one look found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) length: u64,
    pub(super) modified: SystemTime,
}

/// What the look before found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    before: HashMap<PathBuf, (u64, SystemTime)>,
}

impl Scan {
    /// The files that two looks found unchanged, oldest first.
    pub(super) fn ready(&mut self, found: Vec<Found>) -> Vec<PathBuf> {
        let is_same =
            |file: &Found| self.before.get(&file.path) == Some(&(file.length, file.modified));
        let ready: Vec<PathBuf> =
            found.iter().filter(|file| is_same(file)).map(|file| file.path.clone()).collect();
        self.before =
            found.into_iter().map(|file| (file.path, (file.length, file.modified))).collect();
        ready
    }
}

/// Whether a name is one that a sender will change when the file is whole.
fn is_unfinished(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.starts_with('.') || UNFINISHED_ENDS.iter().any(|end| lower.ends_with(end))
}

/// The regular files of a folder that are not marked as unfinished, by time, then by name.
pub(super) fn files(folder: &Path) -> std::io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if is_unfinished(&entry.file_name().to_string_lossy()) {
            continue;
        }
        // A file that has gone since is none of ours.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            let modified = metadata.modified()?;
            found.push(Found { path: entry.path(), length: metadata.len(), modified });
        }
    }
    found.sort_by(|a, b| (a.modified, &a.path).cmp(&(b.modified, &b.path)));
    Ok(found)
}

/// A file's bytes, or its beginning where it is longer than `bytes_max`; and whether that is all.
pub(super) fn read(
    path: &Path,
    bytes_max: u64,
    beginning: u64,
) -> std::io::Result<(Vec<u8>, bool)> {
    let file = std::fs::File::open(path)?;
    let is_whole = file.metadata()?.len() <= bytes_max;
    let mut bytes = Vec::new();
    file.take(if is_whole { bytes_max } else { beginning.min(bytes_max) })
        .read_to_end(&mut bytes)?;
    Ok((bytes, is_whole))
}

/// A path in `place` that no file has: the name, or the name with `.2`, `.3`… behind it.
pub(super) fn free_name(place: &Path, name: &str) -> PathBuf {
    let mut path = place.join(name);
    let mut number = 2_u64;
    while path.exists() {
        path = place.join(format!("{name}.{number}"));
        number += 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Found, Scan, is_unfinished};

    #[test]
    fn names_of_unfinished_files() {
        for name in [".x.csv", "x.csv.tmp", "x.PART", "x.filepart", "x.csv~", "x.crdownload"] {
            assert!(is_unfinished(name), "{name}");
        }
        for name in ["x.csv", "tmp.csv", "part", "x.tmp.csv"] {
            assert!(!is_unfinished(name), "{name}");
        }
    }

    #[test]
    fn a_file_is_ready_when_two_looks_agree() {
        let found = |length, seconds| {
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            vec![Found { path: "a.csv".into(), length, modified }]
        };
        let mut scan = Scan::default();
        for (length, seconds, ready) in
            [(1, 1, 0), (2, 1, 0), (2, 2, 0), (2, 2, 1), (2, 2, 1), (3, 2, 0)]
        {
            assert_eq!(scan.ready(found(length, seconds)).len(), ready, "{length} {seconds}");
        }
        assert!(scan.ready(Vec::new()).is_empty());
        assert!(scan.ready(found(3, 2)).is_empty(), "it was gone in between");
    }
}
