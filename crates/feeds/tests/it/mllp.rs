//! Packets in, acknowledgements and ledger states out.

use feeds::{FeedConfig, MllpOptions};
use hl7v2::Message;
use store::ItemState;

use crate::client::{Client, block, of_version, update};
use crate::system::{System, app_on, local, open};

/// Sends packets on one connection and ends it; the answers and the ledger are as expected.
async fn check(name: &str, packets: &[Vec<u8>], answers: &[&str], states: &[&str]) {
    let system = System::mllp().await;
    let mut client = system.client().await;
    for packet in packets {
        client.send(packet).await;
    }
    assert_eq!(client.finish().await, answers, "{name}: answers");
    assert_eq!(system.states().await, states, "{name}: ledger");
    system.stop().await;
}

fn good(control_id: &str) -> Vec<u8> {
    block(&update(control_id, control_id, "SHAH", 1))
}

#[tokio::test(flavor = "multi_thread")]
async fn packets() {
    check("one", &[good("1")], &["AA 1"], &["stored"]).await;
    check(
        "two in one packet",
        &[[good("1"), good("2")].concat()],
        &["AA 1", "AA 2"],
        &["stored"; 2],
    )
    .await;
    check("two packets", &[good("1"), good("2")], &["AA 1", "AA 2"], &["stored"; 2]).await;
    let bytes: Vec<Vec<u8>> = good("1").into_iter().map(|byte| vec![byte]).collect();
    check("byte by byte", &bytes, &["AA 1"], &["stored"]).await;
    let one_and_a_half = [good("1"), good("2")[..30].to_vec()].concat();
    let rest = good("2")[30..].to_vec();
    check("one and a half", &[one_and_a_half.clone(), rest], &["AA 1", "AA 2"], &["stored"; 2])
        .await;
    check("cut in the second", &[one_and_a_half], &["AA 1"], &["stored", "set-aside truncated"])
        .await;
    check("cut before anything", &[b"\x0B".to_vec()], &[], &[]).await;
    check("an empty block", &[b"\x0B\x1C\r".to_vec(), good("1")], &["AE ", "AA 1"], &["stored"])
        .await;
    check(
        "garbage between",
        &[b"hello".to_vec(), good("1"), b"\0\0".to_vec(), good("2")],
        &["AA 1", "AA 2"],
        &["stored"; 2],
    )
    .await;
    check(
        "begun anew",
        &[[&b"\x0BMSH|^~"[..], &good("1")].concat()],
        &["AA 1"],
        &["set-aside truncated", "stored"],
    )
    .await;
    check("nothing", &[], &[], &[]).await;
}

/// The one message `text` is answered and ends as expected.
async fn check_message(name: &str, message: &[u8], answer: &str, state: &str) {
    let packet = hl7v2::mllp::encode(message);
    let answers: Vec<&str> = [answer].into_iter().filter(|answer| !answer.is_empty()).collect();
    check(name, &[packet], &answers, &[state]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_taken() {
    for version in ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", ""] {
        check_message(version, of_version("7", version).as_bytes(), "AA 7", "stored").await;
    }
    let message = update("7", "7", "ZO\u{CB}", 1);
    check_message("byte-order mark", format!("\u{FEFF}{message}").as_bytes(), "AA 7", "stored")
        .await;
    check_message("line feeds", message.replace('\r', "\n").as_bytes(), "AA 7", "stored").await;
    check_message("both", message.replace('\r', "\r\n").as_bytes(), "AA 7", "stored").await;
    let latin = message.replacen("|P|2.4", "|P|2.4||||||8859/1", 1).replace('\u{CB}', "?");
    let latin: Vec<u8> = latin.bytes().map(|b| if b == b'?' { 0xCB } else { b }).collect();
    check_message("Latin 1", &latin, "AA 7", "stored").await;
    check_message("unknown event", message.replace("A31", "Z99").as_bytes(), "AA 7", "stored")
        .await;
    check_message("Z segment", format!("{message}ZZZ|1|kept\r").as_bytes(), "AA 7", "stored").await;
    let wants = |accept, application| {
        message.replacen("|P|2.4", &format!("|P|2.4|||{accept}|{application}"), 1)
    };
    check_message("enhanced", wants("AL", "NE").as_bytes(), "CA 7", "stored").await;
    check_message("enhanced, application only", wants("NE", "AL").as_bytes(), "AA 7", "stored")
        .await;
    check_message("no answer wanted", wants("NE", "NE").as_bytes(), "", "stored").await;
    check_message("errors only", wants("ER", "NE").as_bytes(), "", "stored").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_not() {
    let message = update("7", "7", "SHAH", 1);
    let with = |from: &str, to: &str| message.replacen(from, to, 1).into_bytes();
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("version 3", with("|2.4", "|3.0"), "AR 7", "set-aside unsupported-version"),
        ("version in words", with("|2.4", "|two"), "AR 7", "set-aside unsupported-version"),
        ("processing id", with("|P|", "|X|"), "AR 7", "set-aside unsupported-processing-id"),
        ("no type", with("ADT^A31", ""), "AR 7", "set-aside unsupported-type"),
        ("no control id", with("|7|P", "||P"), "AE ", "set-aside no-control-id"),
        ("character set", with("|2.4", "|2.4||||||EBCDIC"), "AE 7", "set-aside unknown-charset"),
        ("no header", b"PID|1||7\r".to_vec(), "AE ", "set-aside no-header"),
        ("not HL7", b"hello world".to_vec(), "AE ", "set-aside no-header"),
        ("delimiters", with("|^~\\&|", "||"), "AE 7", "set-aside bad-delimiters"),
        ("same delimiters", with("|^~\\&|", "|^^\\&|"), "AE 7", "set-aside bad-delimiters"),
        ("segment name", with("PID|", "pid|"), "AE 7", "set-aside bad-segment"),
        ("UTF-16", b"\xFF\xFEM\0S\0H\0".to_vec(), "AE ", "set-aside unknown-charset"),
        ("nobody", with("PID|1||7^^^ZZL^MR", "PID|1||"), "AE 7", "set-aside required"),
        (
            "errors wanted",
            with("|P|2.4", "|Q|2.4|||ER|NE"),
            "CR 7",
            "set-aside unsupported-processing-id",
        ),
    ];
    for (name, bytes, answer, state) in cases {
        check_message(name, &bytes, answer, state).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_filtered_and_changes_are_not() {
    let changed = block(&update("1", "1", "SHAW", 2));
    check(
        "repeats",
        &[[good("1"), good("1")].concat(), good("1"), changed],
        &["AA 1"; 4],
        &["stored", "filtered repeat", "filtered repeat", "stored"],
    )
    .await;
    let wrong = block("PID|1\r");
    check(
        "wrong twice",
        &[wrong.clone(), wrong],
        &["AE "; 2],
        &["set-aside no-header", "filtered repeat"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_what_came_and_what_was_answered() {
    let system = System::mllp().await;
    let message = format!("\u{FEFF}{}", update("1", "1", "SHAH", 1).replace('\r', "\r\n"));
    let mut client = system.client().await;
    client.send(&block(&message)).await;
    let answer = client.answer().await.unwrap();
    let id = system.items().await[0].id;
    let (item, _) = system.app.store.item(id).await.unwrap().unwrap();
    assert_eq!(&*item.content.bytes, message.as_bytes());
    assert_eq!(item.content.acknowledgement, answer);
    assert_eq!((item.content.kind.as_str(), item.content.control_id.as_str()), ("ADT^A31", "1"));
    assert_eq!(item.content.subject, "1");
    system.stop().await;
}

async fn with_options(change: impl FnOnce(&mut FeedConfig, &mut MllpOptions)) -> System {
    let folder = tempfile::tempdir().unwrap();
    let app = app_on(open(folder.path()));
    let mut options = local();
    let mut config = FeedConfig::mllp("pas", local());
    change(&mut config, &mut options);
    config.transport = feeds::Transport::Mllp(options);
    System::start(folder, app, vec![config]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_too_long_is_answered_and_its_beginning_kept() {
    let system = with_options(|config, _| config.feed.limits.bytes_max = 1000).await;
    let mut client = system.client().await;
    let long = format!("{}ZZZ|{}\r", update("1", "1", "SHAH", 1), "x".repeat(200_000));
    client.send(&block(&long)).await;
    assert_eq!(client.verdict().await.unwrap(), "AE 1");
    client.send(&good("2")).await;
    assert_eq!(client.finish().await, ["AA 2"]);
    assert_eq!(system.states().await, ["set-aside too-long", "stored"]);
    assert_eq!(system.items().await[0].length, 1000);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_above_the_limit_are_closed_and_the_others_go_on() {
    let system = with_options(|_, options| options.connections_max = 2).await;
    let (mut first, mut second) = (system.client().await, system.client().await);
    first.send(&good("1")).await;
    assert_eq!(first.verdict().await.unwrap(), "AA 1");
    second.send(&good("2")).await;
    assert_eq!(second.verdict().await.unwrap(), "AA 2");
    assert_eq!(system.client().await.verdict().await, None);
    first.send(&good("3")).await;
    assert_eq!(first.verdict().await.unwrap(), "AA 3");
    assert_eq!(system.feeds.counts()[0].1.refused, 1);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_are_closed_and_what_was_begun_is_kept() {
    let brief = std::time::Duration::from_millis(50);
    let system = with_options(|_, options| {
        options.idle_timeout = brief;
        options.block_timeout = brief;
    })
    .await;
    assert_eq!(system.client().await.verdict().await, None);
    let mut client = system.client().await;
    client.send(&good("1")[..40]).await;
    assert_eq!(client.verdict().await, None);
    assert_eq!(system.states().await, ["set-aside truncated"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_speaks_something_else_is_cut_off() {
    let system = System::mllp().await;
    let mut client = system.client().await;
    client.send(&vec![b'x'; 200_000]).await;
    assert_eq!(client.verdict().await, None);
    assert!(system.feeds.counts()[0].1.garbage_bytes > 64 * 1024);
    assert_eq!(system.states().await, [""; 0]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_connections_at_once() {
    let system = System::mllp().await;
    let address = system.feeds.address("pas").unwrap();
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..40 {
        senders.spawn(async move {
            let mut client = Client::connect(address).await;
            for number in 0..5 {
                let id = format!("{sender}-{number}");
                client.send(&block(&update(&id, &format!("P{sender}"), "SHAH", number))).await;
                assert_eq!(client.verdict().await.unwrap(), format!("AA {id}"));
            }
        });
    }
    senders.join_all().await;
    assert_eq!(system.states().await, ["stored"; 200]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_samples_are_accepted_and_the_ledger_balances() {
    let beside = std::path::PathBuf::from(
        std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"),
    )
    .join("../../../shared/data");
    let data = std::env::var_os("CARELOOM_DATA").map_or(beside, std::path::PathBuf::from);
    let folder = data.join("hl7v2/messages");
    if !folder.is_dir() {
        let is_required = std::env::var_os("CARELOOM_DATA_REQUIRED").is_some_and(|v| v == "1");
        assert!(!is_required, "{} is missing but CARELOOM_DATA_REQUIRED=1", folder.display());
        eprintln!("skipped: {} is missing", folder.display());
        return;
    }
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hl7"))
        .collect();
    paths.sort();
    assert_eq!(paths.len(), 66);
    let system = System::mllp().await;
    let mut client = system.client().await;
    for path in &paths {
        let bytes = std::fs::read(path).unwrap();
        let message = Message::parse(&bytes).unwrap();
        client.send(&hl7v2::mllp::encode(&bytes)).await;
        // MSH-15 of one sample asks for a commit acknowledgement.
        let code = if message.header().accept_acknowledgement() == "AL" { "CA" } else { "AA" };
        let expected = format!("{code} {}", message.header().control_id());
        assert_eq!(client.verdict().await.unwrap(), expected, "{}", path.display());
    }
    let states = system.states().await;
    assert_eq!(states.len(), 66);
    let unsettled: Vec<_> = system
        .items()
        .await
        .into_iter()
        .filter(|item| item.state != ItemState::Stored && item.cause != "repeat")
        .collect();
    assert!(unsettled.is_empty(), "{unsettled:?}");
    system.stop().await;
}
