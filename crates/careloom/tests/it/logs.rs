//! What the program logs says what happened to it, and nothing of anybody.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use crate::process::{Process, configure, http_exchange, http_request};

/// What stands in requests and messages of this test and must stand in no line of the log.
const SECRETS: [&str; 9] = [
    "QUIXOTINA",
    "Dulcinea",
    "9990019994",
    "1961-11-23",
    "penicillin-secret",
    "hunter2-hunter2",
    "tobosa@example.test",
    "bearer-of-secrets",
    "family=",
];

const PATIENT: &str = r#"{"resourceType":"Patient","id":"px","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990019994"}],"name":[{"family":"QUIXOTINA","given":["Dulcinea"]}],"birthDate":"1961-11-23"}"#;

fn requests(http: &str) {
    let put = |body: &str| http_request(http, "PUT", "/fhir/Patient/px", body.as_bytes());
    let found = |path: &str| http_request(http, "GET", path, b"").map_or(0, |answer| answer.0);
    assert!(matches!(put(PATIENT), Some((200 | 201, _))));
    for (body, status) in [
        (PATIENT.replace("\"Patient\"", "\"Fish\""), 400),
        (PATIENT.replace("1961-11-23\"", "1961-11-23T\""), 400),
        (PATIENT.replace("}]", "}"), 400),
    ] {
        assert_eq!(put(&body).map(|answer| answer.0), Some(status), "{body}");
    }
    assert_eq!(found("/fhir/Patient?family=QUIXOTINA&birthdate=1961-11-23"), 200);
    assert_eq!(found("/fhir/Patient?family:nonsense=QUIXOTINA"), 400);
    assert_eq!(found("/fhir/Patient?identifier=9990019994&_count=x"), 400);
    assert_eq!(found("/clinician/find?family=QUIXOTINA&birth-day=23"), 200);
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"resource":{PATIENT},"request":{{"method":"PUT","url":"Patient/other?x=QUIXOTINA"}}}}]}}"#
    );
    let answer = http_request(http, "POST", "/fhir", bundle.as_bytes()).expect("an answer");
    assert_ne!(answer.0, 200, "{}", answer.1);
    let bearer = [("authorization", "Bearer bearer-of-secrets")];
    http_exchange(http, "GET", "/fhir/Patient/px", &bearer, b"").expect("an answer");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let typed = b"name=tobosa@example.test&password=hunter2-hunter2";
    http_exchange(http, "POST", "/sign-in", &form, typed).expect("an answer");
}

fn messages(mllp: &str) {
    let mut stream = TcpStream::connect(mllp).expect("connect");
    let message = |number: u32, rest: &str| {
        format!(
            "\x0bMSH|^~\\&|PAS|ZZL|R|R|20251120101500||ADT^A31^ADT_A05|L{number}|P|2.4|||||GBR|UNICODE UTF-8\r{rest}\x1c\r"
        )
    };
    for (number, rest) in [
        (
            1,
            "PID|1||9990019994^^^NHS^NH~L7^^^ZZL^MR||QUIXOTINA^Dulcinea||19611123|2\rAL1|1|DA|1^penicillin-secret^L|SV|x\r",
        ),
        (2, "PID|1||9990019994^^^NHS^NH||QUIXOTINA^Dulcinea||1961-11-23|2\r"),
        (3, "penicillin-secret\rPID|QUIXOTINA\r"),
    ] {
        stream.write_all(message(number, rest).as_bytes()).expect("sent");
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer).expect("an acknowledgement");
        assert!(length > 0);
    }
    // Bytes outside a block, then the end.
    stream.write_all(b"QUIXOTINA penicillin-secret").expect("sent");
}

#[test]
fn nobodys_name_number_or_words_reach_the_log() {
    let folder = tempfile::tempdir().expect("folder");
    let config = configure(folder.path());
    for wanted in [
        "info",
        "debug",
        "info,careloom=trace,interactions=trace,server=trace,portals=trace,feeds=trace,store_sqlite=trace,mapping=trace",
    ] {
        let path = folder.path().join("log");
        let log = std::fs::File::create(&path).expect("a file");
        let process = Process::logging(&config, wanted, Stdio::from(log));
        requests(&process.http);
        messages(&process.mllp);
        // The last page is answered after what was sent before it has been taken in.
        http_request(&process.http, "GET", "/console/feeds", b"").expect("an answer");
        process.kill();
        let logged = std::fs::read_to_string(&path).expect("the log");
        assert!(logged.contains("careloom"), "nothing is logged at {wanted}: {logged}");
        for secret in SECRETS {
            let line = logged.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{wanted}: {secret} in {line:?}");
        }
    }
}
