//! Opens what an import reads, and nothing else: regular files that lie in one folder once all links
//! are followed. Between the request and the reading hours may pass in which others change the
//! folder, so what was opened is looked at again before it is read.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Where a path leads to, if that is a regular file below `root`.
pub(super) fn find(root: &Path, path: &Path) -> Option<PathBuf> {
    let root = fs::canonicalize(root).ok()?;
    // Links are followed first, so that none leads out.
    let file = fs::canonicalize(root.join(path)).ok()?;
    // Opening a pipe would wait for somebody to write to it.
    (file.starts_with(&root) && fs::symlink_metadata(&file).ok()?.is_file()).then_some(file)
}

/// Opens a file that was found below `root`.
pub(super) fn open(root: &Path, path: &Path) -> io::Result<File> {
    let found = find(root, path).filter(|found| found == path).ok_or_else(moved)?;
    let file = File::open(&found)?;
    is_at(root, path, &file.metadata()?)?.then_some(file).ok_or_else(moved)
}

/// Whether what was opened is what stands at its path now, by no link.
fn is_at(root: &Path, path: &Path, opened: &Metadata) -> io::Result<bool> {
    let is_there = find(root, path).is_some_and(|found| found == path);
    Ok(is_there && opened.is_file() && is_same(&fs::symlink_metadata(path)?, opened))
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    (a.file_type(), a.len()) == (b.file_type(), b.len())
}

fn moved() -> io::Error {
    let message = "an input is no file below the import folder any more";
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::{find, is_at, open};

    #[test]
    fn only_what_lies_below_the_folder() {
        let outside = tempfile::tempdir().unwrap();
        let root = outside.path().join("in");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(outside.path().join("secret"), "secret").unwrap();
        std::fs::write(root.join("a/b/file"), "lines").unwrap();
        symlink(outside.path(), root.join("out")).unwrap();
        symlink("a/b/file", root.join("within")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let root = std::fs::canonicalize(root).unwrap();
        let absolute = root.join("a/b/file");
        let cases = [
            ("a/b/file", true),
            ("a/../a/b/file", true),
            ("within", true),
            (absolute.to_str().unwrap(), true),
            ("out/secret", false),
            ("../secret", false),
            ("a/../../secret", false),
            ("out/in/a/b/file", true),
            ("loop", false),
            ("socket", false),
            ("a", false),
            ("", false),
            ("none", false),
            ("/dev/zero", false),
            ("/etc/passwd", false),
            ("/proc/self/environ", false),
        ];
        for (path, is_found) in cases {
            let found = find(&root, Path::new(path));
            assert_eq!(found.is_some(), is_found, "{path}");
            assert!(found.is_none_or(|found| found == absolute), "{path}");
        }
        drop(socket);
        // The folder's own name must not be the beginning of another's.
        std::fs::create_dir(outside.path().join("inner")).unwrap();
        std::fs::write(outside.path().join("inner/file"), "").unwrap();
        assert_eq!(find(&root, Path::new("../inner/file")), None);
    }

    #[test]
    fn what_was_swapped_since_is_not_read() {
        let outside = tempfile::tempdir().unwrap();
        let root = outside.path().join("in");
        std::fs::create_dir_all(root.join("a")).unwrap();
        let root = std::fs::canonicalize(root).unwrap();
        let secret = outside.path().join("secret");
        std::fs::write(&secret, "secret").unwrap();
        let path = root.join("a/file");
        std::fs::write(&path, "lines").unwrap();
        let mut text = String::new();
        open(&root, &path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "lines");
        // The file becomes a link, within the folder or out of it.
        std::fs::remove_file(&path).unwrap();
        symlink(&secret, &path).unwrap();
        assert!(open(&root, &path).is_err());
        // A folder on the way becomes a link.
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_dir(root.join("a")).unwrap();
        std::fs::create_dir(outside.path().join("b")).unwrap();
        std::fs::write(outside.path().join("b/file"), "secret").unwrap();
        symlink(outside.path().join("b"), root.join("a")).unwrap();
        assert!(open(&root, &path).is_err());
        // What was opened is another file than the one that stands there.
        let other = std::fs::metadata(&secret).unwrap();
        std::fs::remove_file(root.join("a")).unwrap();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(&path, "lines").unwrap();
        assert!(!is_at(&root, &path, &other).unwrap());
        assert!(open(&root, &path).is_ok());
    }
}
