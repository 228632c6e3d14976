//! Broken JSON and broken FHIR in JSON.

use super::{Case, Expect, case};

/// The cases.
#[rustfmt::skip]
pub fn json() -> Vec<Case> {
    use Expect::{Accept, Refuse, Report};
    let patient = |inside: &str| format!("{{\"resourceType\":\"Patient\",{inside}}}");
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    vec![
        case("empty", "", "there is nothing", Refuse),
        case("white space", " \n\t ", "there is only white space", Refuse),
        case("null", "null", "a resource is an object", Refuse),
        case("array", "[]", "a resource is an object", Refuse),
        case("cut", "{\"resourceType\":\"Pat", "the text ends in a string", Refuse),
        case("open object", "{\"resourceType\":\"Patient\"", "the object does not end", Refuse),
        case("trailing comma", patient("\"active\":true,"), "a comma follows the last member", Refuse),
        case("trailing text", format!("{}x", patient("\"active\":true")), "text follows the document", Refuse),
        case("two documents", "{}{}", "a second document follows", Refuse),
        case("single quotes", "{'resourceType':'Patient'}", "strings have double quotes", Refuse),
        case("bare names", "{resourceType:\"Patient\"}", "names are strings", Refuse),
        case("comment", "{/*x*/\"resourceType\":\"Patient\"}", "JSON has no comments", Refuse),
        case("not a number", patient("\"x\":NaN"), "JSON has no NaN", Refuse),
        case("leading zero", patient("\"multipleBirthInteger\":01"), "a number begins with 0", Refuse),
        case("bare point", patient("\"multipleBirthInteger\":1."), "no digit follows the point", Refuse),
        case("plus sign", patient("\"multipleBirthInteger\":+1"), "a number has a plus sign", Refuse),
        case("duplicate member", patient("\"active\":true,\"active\":false"), "a member stands twice", Refuse),
        case("control character", patient("\"id\":\"a\u{1}b\""), "a raw control character", Refuse),
        case("bad escape", patient("\"id\":\"\\q\""), "an escape that JSON does not know", Refuse),
        case("half surrogate", patient("\"id\":\"\\ud800\""), "half a surrogate pair", Refuse),
        case("short unicode", patient("\"id\":\"\\u12\""), "an escape with two digits", Refuse),
        case("not utf-8", b"{\"resourceType\":\"Pat\xff\"}".to_vec(), "the bytes are not UTF-8", Refuse),
        case("utf-16", "{\"a\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "the text is UTF-16", Refuse),
        case("deep arrays", deep(200_000), "200,000 arrays in each other", Refuse),
        case("deep objects", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)), "100,000 objects in each other", Refuse),
        case("no resource type", "{\"active\":true}", "resourceType is missing", Refuse),
        case("unknown resource type", "{\"resourceType\":\"Starship\"}", "FHIR has no Starship", Refuse),
        case("type is a number", "{\"resourceType\":4}", "resourceType is no string", Refuse),
        case("unknown element", patient("\"shoeSize\":42"), "Patient has no shoeSize", Report),
        case("string for boolean", patient("\"active\":\"true\""), "active is a boolean", Report),
        case("object for list", patient("\"name\":{\"family\":\"Shah\"}"), "name is a list", Report),
        case("impossible date", patient("\"birthDate\":\"2023-02-30\""), "there is no 30 February", Report),
        case("date with time", patient("\"birthDate\":\"2023-02-03T10:00:00Z\""), "birthDate has no time", Report),
        case("unknown code", patient("\"gender\":\"femail\""), "gender has no such code", Report),
        case("two values", "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"valueString\":\"a\",\"valueBoolean\":true}", "a choice has one value", Report),
        case("empty object", patient("\"name\":[{}]"), "an object has no members", Report),
        case("empty array", patient("\"name\":[]"), "an array has no items", Report),
        case("empty string", patient("\"id\":\"\""), "a string has no letters", Report),
        case("bad id", patient("\"id\":\"has space\""), "an id has a space", Report),
        case("long id", patient(&format!("\"id\":\"{}\"", "a".repeat(65))), "an id has 65 letters", Report),
        case("html in narrative", patient("\"text\":{\"status\":\"generated\",\"div\":\"<div><script>alert(1)</script></div>\"}"), "a narrative has a script", Report),
        case("byte-order mark", format!("\u{feff}{}", patient("\"active\":true")), "a byte-order mark comes first", Accept),
        case("long decimal", "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"valueQuantity\":{\"value\":1.000000000000000000000000000000010}}", "digits beyond a float must stay", Accept),
        case("white space everywhere", "\n{ \"resourceType\" :\t\"Patient\" }\r\n", "white space is free", Accept),
    ]
}
