//! `htmlChecks()`: what a narrative may hold.

use fhirpath::{Environment, Expression, Item};

fn is_allowed(div: &str) -> bool {
    let definitions = definitions::embedded();
    let mut json = br#"{"resourceType":"Patient","text":{"status":"generated","div":"#.to_vec();
    fhir::write_string(div, &mut json);
    json.extend_from_slice(b"}}");
    let tree = fhir::Tree::parse(&json).unwrap();
    let expression = Expression::parse("text.div.htmlChecks()").unwrap();
    let focus = Item::resource(tree.root(), definitions);
    expression.evaluate_boolean(&Environment::new(definitions), focus).unwrap().unwrap()
}

#[test]
fn narratives() {
    let good = [
        r#"<div xmlns="http://www.w3.org/1999/xhtml">text</div>"#,
        r#"<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">a<br/>b</p><img src="a.png" alt="b"/></div>"#,
        r#"<div><table border="1"><tr><td colspan="2">&lt;</td></tr></table><a href="http://a/">b</a></div>"#,
        "<div><!-- comment --><b>a</b></div>",
    ];
    for div in good {
        assert!(is_allowed(div), "{div}");
    }
    let bad = [
        "",
        "text",
        "<p>text</p>",
        "<div></div>",
        "<div> \u{a0} </div>",
        "<div>a</div><div>b</div>",
        "<div>a</div> b",
        "<div><script>a</script></div>",
        "<div onclick=\"a\">a</div>",
        "<div><a href=\" java\nscript:a\">a</a></div>",
        "<div><form>a</form></div>",
        "<div><iframe src=\"a\">a</iframe></div>",
        "<div><p>a</div></p>",
        "<div>a",
        "<!DOCTYPE div><div>a</div>",
    ];
    for div in bad {
        assert!(!is_allowed(div), "{div}");
    }
}
