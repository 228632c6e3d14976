//! What expressions answer: the specification's own examples, and what the suite leaves out.
//! Each row is an expression and its answer as text, items separated by `, `.

use fhirpath::{DateTime, Environment, Expression, Item};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","active":true,
    "name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},
            {"use":"usual","given":["Jim"]}],
    "birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"urn:time","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
    "_gender":{"extension":[{"url":"urn:absent","valueCode":"unknown"}]},
    "deceasedBoolean":false,
    "contact":[{"relationship":[{"coding":[{"code":"N"}]}],"name":{"family":"du Marché"}}],
    "managingOrganization":{"reference":"Organization/1"}}"#;

/// The answer of an expression on the patient, or its error.
pub(crate) fn answer(text: &str) -> Result<String, fhirpath::Error> {
    let definitions = definitions::embedded();
    let tree = fhir::Tree::parse(PATIENT.as_bytes()).unwrap();
    let mut environment = Environment::new(definitions);
    environment.now = DateTime::parse("2026-03-04T05:06:07.089+01:00");
    let focus = Item::resource(tree.root(), definitions);
    let items = Expression::parse(text)?.evaluate(&environment, focus)?;
    let shown = items.iter().map(|item| match item.system() {
        Some(value) => value.to_string(),
        None => item.type_name().to_owned(),
    });
    Ok(shown.collect::<Vec<_>>().join(", "))
}

fn check(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let found = answer(text);
        assert_eq!(found.as_deref(), Ok(*expected), "{text}");
    }
}

#[test]
fn paths() {
    check(&[
        ("name.given", "Peter, James, Jim"),
        ("Patient.name.given", "Peter, James, Jim"),
        ("Resource.id", "p1"),
        ("DomainResource.id", "p1"),
        ("Observation.id", ""),
        ("name[0].given[1]", "James"),
        ("name[7]", ""),
        ("name[-1]", ""),
        ("deceased", "false"),
        ("deceasedBoolean", ""),
        ("deceased is boolean", "true"),
        ("deceased is dateTime", "false"),
        ("(deceased as boolean)", "false"),
        ("deceased.ofType(dateTime)", ""),
        ("birthDate.extension('urn:time').value", "1974-12-25T14:35:45-05:00"),
        ("birthDate.extension.url", "urn:time"),
        ("gender", "code"),
        ("gender.extension.value", "unknown"),
        ("gender.exists()", "true"),
        ("gender.hasValue()", "false"),
        ("gender.getValue()", ""),
        ("birthDate.value is System.Date", "true"),
        ("active.as(System.Boolean) is System.Boolean", "true"),
        ("active.as(FHIR.boolean) is System.Boolean", "false"),
        ("name.given.ofType(System.String).count()", "3"),
        ("name.given.ofType(Integer)", ""),
        ("contact.name.family", "du Marché"),
        ("contact.relationship.coding.code", "N"),
        ("contact is BackboneElement", "true"),
        ("name.type().name.distinct()", "HumanName"),
        ("contact.type().name", "BackboneElement"),
        ("children().count() = Patient.children().count()", "true"),
        ("descendants().where($this is HumanName).count()", "3"),
        ("name.$this.given.first()", "Peter"),
        ("`name`.`given`.first()", "Peter"),
        ("%context.id", "p1"),
        ("%resource.id", "p1"),
        ("name.where(given = 'Jim').select(%resource.id)", "p1"),
    ]);
}

#[test]
fn collections() {
    check(&[
        ("{}.exists()", "false"),
        ("name.exists(use = 'usual')", "true"),
        ("name.all(given.exists())", "true"),
        ("(true | false).anyFalse()", "true"),
        ("(true).allFalse()", "false"),
        ("{}.allTrue() and {}.anyTrue().not()", "true"),
        ("(1 | 2).subsetOf(1 | 2 | 3)", "true"),
        ("(1 | 2 | 3).supersetOf(1 | 4)", "false"),
        ("{}.subsetOf({})", "true"),
        ("('a' | 'b').combine('a')", "a, b, a"),
        ("(1).combine(1.0).distinct().count()", "1"),
        ("(3 | 1 | 2).sort()", "1, 2, 3"),
        ("(3 | 1 | 2).sort($this desc)", "3, 2, 1"),
        ("(2 | 2.0 | 1).combine(1).sort()", "1, 1, 2"),
        ("(@2012-02 | @2011 | @2012-01).sort()", "2011, 2012-01, 2012-02"),
        ("('b' | 'a' | 'c').select($this).sort($this.length(), $this desc)", "c, b, a"),
        ("name.sort(given.first()).given.first()", "Jim"),
        ("(1 | 2 | 3).take(2)", "1, 2"),
        ("(1 | 2 | 3).take(-1)", ""),
        ("(1 | 2 | 3).skip(-1)", "1, 2, 3"),
        ("(1 | 2 | 3).tail().last()", "3"),
        ("(1 | 2 | 3).where($index > 0)", "2, 3"),
        ("(1 | 2 | 3).aggregate($total + $this, 0)", "6"),
        ("(1 | 2).repeatAll(iif($this < 3, $this + 1))", "2, 3, 3"),
        ("coalesce({}, name.given.first(), 'none')", "Peter"),
        ("1 in {}", "false"),
        ("{} in (1)", ""),
        ("(1 | 2) contains 2", "true"),
        ("name.given | name.family", "Peter, James, Jim, Chalmers"),
        ("iif(false, 1)", ""),
        ("name.first().iif(given.count() > 1, 'many', 'one')", "many"),
    ]);
}

#[test]
fn sorting_what_has_no_order_among_all_ends() {
    // 2012 is neither before nor after each of its months, which are in order themselves.
    let months: Vec<String> = (0..400)
        .map(|at| match at % 5 {
            0 => "@2012".to_owned(),
            _ => format!("@2012-{:02}-{:02}", at * 7 % 12 + 1, at * 5 % 28 + 1),
        })
        .collect();
    for part in months.chunks(80) {
        let text = format!("({}).sort().count()", part.join(").combine("));
        assert!(answer(&text).is_ok(), "{text}");
    }
    assert!(answer("(1 | 'a').sort()").is_err());
}

#[test]
fn arithmetic_and_units() {
    check(&[
        ("7 div 2", "3"),
        ("(-7) div 2", "-3"),
        ("(-7) mod 3", "-1"),
        ("5.5 div 0.7", "7"),
        ("1 / 4", "0.25"),
        ("2147483647 + 1", ""),
        ("9223372036854775807L + 1L", ""),
        ("2147483647L + 1", "2147483648"),
        ("5L is Long", "true"),
        ("0.1 + 0.2 = 0.3", "true"),
        ("1.10 + 2", "3.10"),
        ("3 'm' + 3 'cm'", "303 'cm'"),
        ("3 'm' - 3 'cm'", "297 'cm'"),
        ("12 'cm' * 3 'cm'", "36 'cm2'"),
        ("3 'cm' * 12 'cm2'", "36 'cm3'"),
        ("12 'cm2' / 3 'cm'", "4 'cm'"),
        ("4 'g' / 2 'L'", "2 'g/L'"),
        ("10 'mg' * 2", "20 'mg'"),
        ("1 'm' + 1 'g'", ""),
        ("1 'm' = 1 'g'", ""),
        ("1 'm' ~ 1 'g'", "false"),
        ("98.6 '[degF]' = 37 'Cel'", "true"),
        ("1 '[in_i]' > 2.5 'cm'", "true"),
        ("1 year = 1 'a'", ""),
        ("1 year ~ 1 'a'", "true"),
        ("1 second = 1 's'", "true"),
        ("1 year = 12 months", "true"),
        ("2 years > 23 months", "true"),
        ("1 week + 1 day", "8 days"),
        ("1000 'mg'.toQuantity('g')", "1 'g'"),
        ("5 = 5 '1'", "true"),
        ("(5.5 'mg').value + 1", "6.5"),
        ("2.power(10)", "1024"),
        ("2.power(-1)", ""),
        ("2.0.power(-1)", "0.5"),
        ("0.power(0)", "1"),
        ("(-8).abs()", "8"),
        ("100.log(10)", "2"),
        ("0.ln()", ""),
        ("(-1).ln()", ""),
        ("2.sqrt().round(8)", "1.41421356"),
        ("1000.exp()", ""),
        ("(-2.5).round()", "-3"),
        ("1.25.round(1)", "1.3"),
    ]);
}

/// The answer on an Observation with a value.
fn measured(quantity: &str, text: &str) -> String {
    let definitions = definitions::embedded();
    let json = format!(r#"{{"resourceType":"Observation","valueQuantity":{quantity}}}"#);
    let tree = fhir::Tree::parse(json.as_bytes()).unwrap();
    let focus = Item::resource(tree.root(), definitions);
    let found = Expression::parse(text).unwrap().evaluate(&Environment::new(definitions), focus);
    let items = found.unwrap_or_else(|error| panic!("{text}: {error}"));
    items.iter().map(|item| item.system().unwrap().to_string()).collect::<Vec<_>>().join(", ")
}

#[test]
fn quantities_of_resources() {
    const UCUM: &str = r#""system":"http://unitsofmeasure.org""#;
    let cases = [
        (format!(r#"{{"value":1.50,"code":"g",{UCUM}}}"#), "value = 1500 'mg'", "true"),
        (format!(r#"{{"value":1.50,"code":"g",{UCUM}}}"#), "value.toString()", "1.50 'g'"),
        (format!(r#"{{"value":2,"code":"a",{UCUM}}}"#), "@2020-02-29 + value", "2022-02-28"),
        (format!(r#"{{"value":2,"code":"a",{UCUM}}}"#), "value = 2 years", "true"),
        (format!(r#"{{"value":2,"code":"d",{UCUM}}}"#), "value.toString()", "2 days"),
        // A limit is no amount, and a unit of no system is no unit.
        (format!(r#"{{"value":2,"comparator":"<","code":"g",{UCUM}}}"#), "value < 3 'g'", ""),
        (r#"{"value":2,"unit":"g"}"#.to_owned(), "value < 3 'g'", ""),
        (r#"{"value":2,"unit":"g"}"#.to_owned(), "value.value < 3", "true"),
        (r#"{"value":1e2,"unit":"g"}"#.to_owned(), "value.value = 100", "true"),
        (
            r#"{"value":1.123456789012345678901234567890123,"unit":"g"}"#.to_owned(),
            "value.value < 1.2",
            "true",
        ),
    ];
    for (quantity, text, expected) in cases {
        assert_eq!(measured(&quantity, text), expected, "{text} on {quantity}");
    }
}

#[test]
fn dates() {
    check(&[
        ("@2014 + 24 months", "2016"),
        ("@2014 + 23 months", "2015"),
        ("@2016 + 365 days", "2017"),
        ("@2019-03-01 + 24 months", "2021-03-01"),
        ("@2020-02-29 + 1 year", "2021-02-28"),
        ("@2020-01-31 + 1 month", "2020-02-29"),
        ("@2020-03-31 - 1 month", "2020-02-29"),
        ("@9999-12-31 + 1 day", ""),
        ("@0001-01-01 - 1 day", ""),
        ("@T23:30 + 45 minutes", "00:15"),
        ("@T00:15 - 30 minutes", "23:45"),
        ("@2020-02-28T23:59:59Z + 1 second", "2020-02-29T00:00:00Z"),
        ("@2020-01-01T10 + 90 minutes", "2020-01-01T11"),
        ("@2012-01 = @2012", ""),
        ("@2012 = @2013", "false"),
        ("@2012-01 ~ @2012", "false"),
        ("@2012-01-01T10:30 = @2012-01-01T10:31", "false"),
        ("@2020-12-31T23:00:00-02:00 = @2021-01-01T01:00:00Z", "true"),
        ("@0001-01-01T00:00:00+14:00 < @0001-01-01T00:00:00Z", "true"),
        ("@T10:30 < @T10:30:30", ""),
        ("today()", "2026-03-04"),
        ("now()", "2026-03-04T05:06:07.089+01:00"),
        ("timeOfDay()", "05:06:07.089"),
        ("now() = now()", "true"),
        ("birthDate + 1 'd'", "1974-12-26"),
        ("birthDate.yearOf() + birthDate.monthOf()", "1986"),
        ("@2012-01-01T12:30:40.002-07:00.hourOf()", "12"),
        ("@2012-01-01T12:30:40.002-07:00.millisecondOf()", "2"),
        ("@2012-01-01T12:30:40.002-07:00.timezoneOffsetOf()", "-7"),
        ("@2012-01-01T12:30:00.000-07:00.dateOf()", "2012-01-01"),
        ("@2012-01-01T12:30:00.000-07:00.timeOf()", "12:30:00.000"),
        ("@2012.monthOf()", ""),
        ("@2012-02.highBoundary()", "2012-02-29"),
        ("@T10.highBoundary()", "10:59:59.999"),
        ("@2012-01-01T10:00:00.5Z.highBoundary()", "2012-01-01T10:00:00.599Z"),
    ]);
}

#[test]
fn strings_and_conversions() {
    check(&[
        (
            r"'11/30/1972'.replaceMatches('\\b(?<month>\\d{1,2})/(?<day>\\d{1,2})/(?<year>\\d{2,4})\\b', '${day}-${month}-${year}')",
            "30-11-1972",
        ),
        (r"'a1b2'.replaceMatches('([a-z])([0-9])', '$2$1')", "1a2b"),
        (r"'ab'.replaceMatches('b', '\\$1')", "a$1"),
        ("'ABC'.matches('abc', 'i')", "true"),
        ("'naïve'.length()", "5"),
        ("'naïve'.indexOf('v')", "3"),
        ("'naïve'.substring(2, 1)", "ï"),
        ("'abcb'.lastIndexOf('b')", "3"),
        ("'abc'.substring(3)", ""),
        ("'abc'.substring(1, 0)", ""),
        ("'abc'.substring(0, -1)", ""),
        ("'abc'.toChars()", "a, b, c"),
        ("'a,b'.split(',')", "a, b"),
        ("('a' | 'b').join()", "ab"),
        ("{}.join(',')", ""),
        ("'74657G'.decode('hex')", ""),
        ("'<a>'.escape('html').unescape('html')", "<a>"),
        ("'&#x41;&#66;&unknown;'.unescape('html')", "AB&unknown;"),
        ("'\\uD83D\\uDE00'.length()", "1"),
        ("'abc' & {} & 'd'", "abcd"),
        ("'abc' + {}", ""),
        ("'Hello   World' ~ 'hello world'", "true"),
        ("'1.5 days'.toQuantity()", "1.5 days"),
        ("'1 year'.toQuantity() is System.Quantity", "true"),
        ("'2014-13'.convertsToDate()", "false"),
        ("'2014-01-05T10:00'.toDate()", "2014-01-05"),
        ("@2014-01-05.toDateTime() is DateTime", "true"),
        ("'T'.toBoolean()", "true"),
        ("'+5'.toInteger()", "5"),
        ("'5000000000'.toLong()", "5000000000"),
        ("'5000000000'.toInteger()", ""),
        ("1.convertsToString()", "true"),
        ("name.first().convertsToString()", "false"),
        ("{}.convertsToString()", ""),
        ("name.given.first().type().name", "string"),
        ("1.type().baseType", "System.Any"),
    ]);
}

#[test]
fn variables() {
    check(&[
        ("defineVariable('n', name.given).select(%n.count())", "3"),
        ("name.select(defineVariable('g', given).select(%g.count()))", "2, 1"),
        ("name.defineVariable('x').select(%x.count()).first()", "2"),
        ("name.select(defineVariable('a', use).select(%a)).where($this = 'usual')", "usual"),
        ("defineVariable('a', 1).select(%a) | defineVariable('a', 2).select(%a)", "1, 2"),
        ("%`vs-administrative-gender`", "http://hl7.org/fhir/ValueSet/administrative-gender"),
        ("%'ext-data-absent-reason'", "http://hl7.org/fhir/StructureDefinition/data-absent-reason"),
    ]);
}

#[test]
fn three_valued_logic_evaluates_no_more_than_it_needs() {
    // Both sides of `and` may be asked; what one side decides needs no other.
    check(&[
        ("false and name.single().exists()", "false"),
        ("true or name.single().exists()", "true"),
        ("false implies name.single().exists()", "true"),
        ("name.first().exists() and 'text'", "true"),
    ]);
}
