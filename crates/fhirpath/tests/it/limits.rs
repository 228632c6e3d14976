//! Bounds: each is reached, said, and not passed.

use fhirpath::{Environment, Error, ErrorKind, Expression, Item, Limits};

fn run(text: &str, limits: Limits) -> Result<usize, Error> {
    let definitions = definitions::embedded();
    let tree =
        fhir::Tree::parse(br#"{"resourceType":"Patient","name":[{"given":["a"]}]}"#).unwrap();
    let mut environment = Environment::new(definitions);
    environment.limits = limits;
    let focus = Item::resource(tree.root(), definitions);
    Expression::parse_with(text, &limits)?.evaluate(&environment, focus).map(|items| items.len())
}

fn is_limited(text: &str, limits: Limits, words: &str) {
    match run(text, limits) {
        Err(error) => {
            assert_eq!(error.kind, ErrorKind::Limit, "{error}");
            assert!(error.message.contains(words), "{error}");
        }
        Ok(count) => panic!("{} gives {count} items", &text[..text.len().min(60)]),
    }
}

#[test]
fn texts() {
    let standard = Limits::STANDARD;
    is_limited(&"a".repeat(70_000), standard, "bytes");
    for deep in [
        format!("{}1{}", "(".repeat(5000), ")".repeat(5000)),
        "-".repeat(5000) + "1",
        format!("a{}", ".b".repeat(5000)),
        format!("1{}", "+1".repeat(5000)),
        format!("a{}", "[0]".repeat(5000)),
        format!("{}a{}", "a.where(".repeat(3000), ")".repeat(3000)),
        format!("1{}", " is Integer".repeat(3000)),
        format!("1{}", " implies 1".repeat(3000)),
    ] {
        is_limited(&deep, standard, "levels in one another");
    }
    assert_eq!(run(&format!("a{}", ".b".repeat(190)), standard), Ok(0));
}

#[test]
fn work() {
    let standard = Limits::STANDARD;
    // Each doubles what is before it.
    let doubling = format!("(1){}", ".select($this.combine($this))".repeat(40));
    is_limited(&doubling, standard, "more than");
    is_limited("(1).repeatAll($this + 1)", Limits { steps_max: 10_000, ..standard }, "steps");
    is_limited("(1).repeat($this + 1)", Limits { steps_max: 10_000, ..standard }, "steps");
    let growing = format!("(1 | 2 | 3 | 4){}", ".select(1 | 2 | 3 | 4)".repeat(20));
    is_limited(&growing, Limits { steps_max: 100_000, ..standard }, "steps");
    is_limited(
        "(1).combine(2).combine(3)",
        Limits { items_max: 2, ..standard },
        "more than 2 items",
    );
}

#[test]
fn strings() {
    let standard = Limits::STANDARD;
    let doubling = format!("'abcdefgh'{}", ".select($this & $this)".repeat(30));
    is_limited(&doubling, standard, "a text of more than");
    let replacing = format!("'aaaaaaaa'{}", ".replace('a', 'aaaaaaaa')".repeat(10));
    is_limited(&replacing, standard, "a text of more than");
    let replacing = format!("'aaaaaaaa'{}", ".replaceMatches('a', 'aaaaaaaa')".repeat(10));
    is_limited(&replacing, standard, "a text of more than");
    let joining = format!("'a'{}", ".toChars().combine('b').join('cccccccccccccccc')".repeat(40));
    is_limited(&joining, Limits { string_bytes_max: 1000, ..standard }, "a text of more than");
    let encoding = format!("'a'{}", ".encode('hex')".repeat(40));
    is_limited(&encoding, standard, "a text of more than");
}

#[test]
fn regular_expressions() {
    let standard = Limits::STANDARD;
    let long = format!("'a'.matches('{}')", "a".repeat(5000));
    is_limited(&long, standard, "a regular expression of more than");
    let error = run("'a'.matches('(((a{100}){100}){100}){100}')", standard).unwrap_err();
    assert!(error.message.contains("too large"), "{error}");
    // What would take a backtracking matcher longer than the universe's age.
    let text = format!("'{}b'.matches('^(a+)+$')", "a".repeat(5000));
    assert_eq!(run(&text, standard), Ok(1));
}

#[test]
fn the_deepest_expressions_fit_a_small_stack() {
    // A worker's stack has 2 MiB; a half of it must do.
    let deepest = || {
        let inside = |open: &str, middle: &str, close: &str, times: usize| {
            format!("{}{middle}{}", open.repeat(times), close.repeat(times))
        };
        let texts = [
            inside("(", "1", ")", 198),
            inside("(1 + ", "1", ")", 98),
            inside("-", "1", "", 190),
            inside("$this.select(", "id", ")", 98),
            inside("$this.where(", "true", ")", 98),
            inside("iif(true, ", "1", ")", 98),
            inside("(1).aggregate(", "1", ")", 98),
            inside("(1).sort(", "1", ")", 98),
            inside("(1).repeat(", "1", ")", 98),
            inside("defineVariable('a', ", "1", ")", 98),
            format!("Patient{}", ".select($this)".repeat(195)),
            format!("Patient{}", ".repeat($this)".repeat(195)),
            format!("Patient{}", ".children()".repeat(195)),
            format!("1{}", " | 1".repeat(195)),
            format!("1{}", " + 1".repeat(195)),
            format!("true{}", " and true".repeat(195)),
        ];
        for text in texts {
            // Some have no value, or too many; what counts is that each ends.
            let result = run(&text, Limits::STANDARD);
            let ends = |error: &Error| error.kind != ErrorKind::Syntax;
            assert!(result.as_ref().err().is_none_or(ends), "{}: {result:?}", &text[..30]);
            let expression = Expression::parse(&text).unwrap();
            expression.check(&fhirpath::CheckContext::new(definitions::embedded(), "Patient"));
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(deepest).unwrap();
    thread.join().unwrap();
}
