//! Files dropped in a folder.

use std::path::Path;
use std::time::Duration;

use feeds::{FeedConfig, FolderOptions};
use interactions::{Feed, FileArrival, Format};
use store::ItemState;

use crate::client::PATIENCE;
use crate::system::{System, app_on, open};

const HEADER: &str = "client_id,nhs_number,nhs_number_status,title,forename,middle_name,surname,\
    known_as,previous_surname,date_of_birth,gender,ethnic_category,preferred_language,\
    address_line_1,address_line_2,town,county,postcode,home_phone,mobile_phone,gp_practice_code,\
    gp_practice_name,date_of_death,referral_id,referral_date,referral_source,referral_reason,\
    discharge_date,last_updated";
const NAME: &str = "community_lvp_20260301_1_patients.csv";

fn row(client: &str, surname: &str) -> String {
    format!(
        "{client},,,,Ann,,{surname},,,01/02/1960,F,,,1 High St,,Liverpool,,L1 1AA,,,,,,,,,,,01/03/2026"
    )
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"))
}

fn options(folder: &Path) -> FolderOptions {
    FolderOptions { poll_interval: Duration::from_millis(10), ..FolderOptions::at(folder) }
}

async fn system(change: impl FnOnce(&mut FeedConfig, &mut FolderOptions)) -> System {
    let folder = tempfile::tempdir().unwrap();
    let app = app_on(open(folder.path()));
    let mut options = options(&folder.path().join("drop"));
    let mut config = FeedConfig::folder("community", options.clone());
    change(&mut config, &mut options);
    config.transport = feeds::Transport::Folder(options);
    System::start(folder, app, vec![config]).await
}

impl System {
    fn drop_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("drop")
    }

    /// Drops a file and waits until so many have been finished.
    async fn drop_file(&self, name: &str, bytes: impl AsRef<[u8]>, files: u64) {
        std::fs::write(self.drop_folder().join(name), bytes).unwrap();
        self.finished(files).await;
    }

    async fn finished(&self, files: u64) {
        let finished = async {
            while self.feeds.counts()[0].1.files < files {
                self.feeds.changed().await;
            }
        };
        tokio::time::timeout(PATIENCE, finished).await.expect("files finished in time");
    }

    fn names(&self, place: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.drop_folder().join(place))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn good_files_in_every_encoding() {
    let good = file(&[row("1", "SHAH"), row("2", "ZO\u{CB}")]);
    let latin: Vec<u8> = good.chars().map(|c| if c == '\u{CB}' { 0xCB } else { c as u8 }).collect();
    let quoted = format!("{HEADER}\n{}\n\n{}", row("1", "\"O\"\"NEIL, A\r\nB\""), row("2", "X"));
    let cases: Vec<(&str, Vec<u8>, mapping::Encoding)> = vec![
        ("utf-8", good.clone().into_bytes(), mapping::Encoding::Utf8),
        ("byte-order mark", format!("\u{FEFF}{good}").into_bytes(), mapping::Encoding::Utf8),
        ("mark wins", format!("\u{FEFF}{good}").into_bytes(), mapping::Encoding::Windows1252),
        ("windows-1252", latin, mapping::Encoding::Windows1252),
        ("quotes and line ends", quoted.into_bytes(), mapping::Encoding::Utf8),
    ];
    for (name, bytes, encoding) in cases {
        let system = system(|config, _| {
            let mut profile = mapping::FeedProfile::new("community");
            profile.encoding = encoding;
            config.feed.profile = profile.into();
        })
        .await;
        system.drop_file(NAME, bytes, 1).await;
        assert_eq!(system.states().await, ["stored", "stored"], "{name}");
        assert_eq!(system.names("done"), [NAME], "{name}");
        assert!(system.names("processing").is_empty() && system.names("").is_empty());
        let items = system.items().await;
        assert_eq!(items[0].subject, "1", "{name}");
        system.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_set_aside_and_the_others_go_on() {
    let system = system(|_, _| {}).await;
    let short = "3,too,short".to_owned();
    let nameless = row("", "SHAH");
    let rows = [row("1", "A"), nameless, row("2", "B"), short];
    system.drop_file(NAME, file(&rows), 1).await;
    let states = system.states().await;
    assert_eq!(states, ["stored", "set-aside required", "stored", "set-aside structure"]);
    let report = format!("{NAME}.errors.txt");
    assert_eq!(system.names("done"), [NAME.to_owned(), report.clone()]);
    let text = std::fs::read_to_string(system.drop_folder().join("done").join(report)).unwrap();
    assert!(text.contains("2 of 4 rows were set aside"), "{text}");
    assert!(text.contains("line 3, column client_id: ") && text.contains("line 5: "), "{text}");
    assert!(!text.contains("SHAH"), "no patient data: {text}");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_do_not_fit_are_rejected_whole() {
    let good = file(&[row("1", "A")]);
    let cases: Vec<(&str, &str, Vec<u8>, &str, &str)> = vec![
        ("unknown name", "letters.csv", good.clone().into_bytes(), "not-supported", "file name: "),
        ("empty", NAME, Vec::new(), "structure", "line 1: the file is empty"),
        (
            "column missing",
            NAME,
            good.replacen(",surname", "", 1).into_bytes(),
            "required",
            "lacks column `surname`",
        ),
        (
            "column unknown",
            NAME,
            good.replacen(",surname", ",surname,shoe_size", 1).into_bytes(),
            "structure",
            "line 1, column",
        ),
        (
            "open quote",
            NAME,
            good.replacen("High", "\"High", 1).into_bytes(),
            "structure",
            "a quote is not closed",
        ),
        (
            "too long",
            NAME,
            file(&vec![row("1", "A"); 200]).into_bytes(),
            "too-long",
            "longer than 10000 bytes",
        ),
    ];
    for (name, file_name, bytes, cause, text) in cases {
        let system = system(|_, options| options.file_bytes_max = 10_000).await;
        system.drop_file(file_name, &bytes, 1).await;
        assert_eq!(system.states().await, [format!("set-aside {cause}")], "{name}");
        let report = format!("{file_name}.errors.txt");
        assert_eq!(system.names("rejected"), [file_name.to_owned(), report.clone()], "{name}");
        let path = system.drop_folder().join("rejected");
        assert_eq!(std::fs::read(path.join(file_name)).unwrap(), bytes, "{name}");
        let said = std::fs::read_to_string(path.join(report)).unwrap();
        assert!(said.contains(text), "{name}: {said}");
        system.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_twice_is_filtered_and_both_are_kept() {
    let system = system(|_, _| {}).await;
    let good = file(&[row("1", "A"), row("2", "B")]);
    system.drop_file(NAME, &good, 1).await;
    system.drop_file(NAME, &good, 2).await;
    let states = system.states().await;
    assert_eq!(states, ["stored", "stored", "filtered repeat", "filtered repeat"]);
    assert_eq!(system.names("done"), [NAME.to_owned(), format!("{NAME}.2")]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_unfinished_files_are_left_until_they_are_renamed() {
    let system = system(|_, _| {}).await;
    let inside = |name: &str| system.drop_folder().join(name);
    let good = file(&[row("1", "A")]);
    for name in [".hidden.csv", "a.csv.tmp", "a.csv.part", "a.filepart", "a.csv~"] {
        std::fs::write(inside(name), &good).unwrap();
    }
    // A whole file that comes later is taken while those lie there.
    system.drop_file("community_x_patients.csv", file(&[row("2", "B")]), 1).await;
    assert_eq!(system.names("").len(), 5);
    std::fs::rename(inside("a.csv.tmp"), inside(NAME)).unwrap();
    system.finished(2).await;
    assert_eq!(system.names("").len(), 4);
    assert_eq!(system.states().await, ["stored", "stored"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_off_by_a_crash_is_received_again_without_doubling() {
    let good = file(&[row("1", "A"), row("2", "B"), "bad".to_owned()]);
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let processing = folder.path().join("drop/processing");
    std::fs::create_dir_all(&processing).unwrap();
    std::fs::write(processing.join(NAME), &good).unwrap();
    // The process ended after the rows were stored and before the file was put away.
    let app = app_on(store);
    let feed = Feed::new("community", Format::Csv);
    let bytes: std::sync::Arc<[u8]> = good.clone().into_bytes().into();
    let first = app.receive_file(&feed, NAME, bytes, FileArrival::New).await.unwrap();
    assert_eq!((first.rows, first.waiting, first.set_aside), (3, 2, 1));
    let configs = vec![FeedConfig::folder("community", options(&folder.path().join("drop")))];
    let system = System::start(folder, app, configs).await;
    system.finished(1).await;
    assert_eq!(system.states().await, ["stored", "stored", "set-aside structure"]);
    assert_eq!(system.names("done"), [NAME.to_owned(), format!("{NAME}.errors.txt")]);
    assert_eq!(system.count(ItemState::Filtered).await, 0);
    system.stop().await;
}
