//! The part of FHIRPath that search parameters are written in, as a syntax tree.
//! Spec: <http://hl7.org/fhirpath/N1/#grammar>; which parts R4 uses: <https://hl7.org/fhir/R4/searchparameter-registry.html>.
//!
//! To add a function, add a node to [`Expr`], a name to `Parser::call` and its meaning to `compile`.

use std::fmt;

/// A node of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// A leading name: a type (`Patient`) or a member of the context (`name`).
    Start(String),
    /// The context itself, as in a bare `resolve()` or `exists()`.
    This,
    /// `of.name`
    Member(Box<Expr>, String),
    /// `of[n]`
    Index(Box<Expr>, usize),
    /// `of.where(condition)`
    Where(Box<Expr>, Box<Expr>),
    /// `of.as(Type)`, `of as Type`, `of.ofType(Type)`
    As(Box<Expr>, String),
    /// `of is Type`, `of.is(Type)`
    Is(Box<Expr>, String),
    /// `of.exists()`
    Exists(Box<Expr>),
    /// `of.not()`
    Not(Box<Expr>),
    /// `hasExtension('url')` of the context.
    HasExtension(Box<str>),
    /// `of.resolve()`
    Resolve(Box<Expr>),
    /// `a | b | …`
    Union(Vec<Expr>),
    /// `a and b`
    And(Box<Expr>, Box<Expr>),
    /// `a or b`
    Or(Box<Expr>, Box<Expr>),
    /// `a = b`; the flag is set for `!=`.
    Equal(Box<Expr>, Box<Expr>, bool),
    /// A literal.
    Literal(Literal),
}

/// A literal value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    /// `'text'`
    String(Box<str>),
    /// `true`, `false`
    Bool(bool),
    /// `12`
    Number(Box<str>),
}

/// Why an expression cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathError {
    /// Byte offset in the expression.
    pub at: usize,
    /// What is wrong and what would do.
    pub message: String,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.at)
    }
}

/// Nesting at the most, so that a loaded package cannot exhaust the stack.
const DEPTH_MAX: usize = 64;

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Expr, PathError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let expr = parser.or()?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.error("text after the end of the expression"));
    }
    Ok(expr)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

type Parsed = Result<Expr, PathError>;

impl<'t> Parser<'t> {
    fn or(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("nested too deeply"));
        }
        let mut left = self.and()?;
        while self.word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.equality()?;
        while self.word("and") {
            left = Expr::And(Box::new(left), Box::new(self.equality()?));
        }
        Ok(left)
    }

    fn equality(&mut self) -> Parsed {
        let left = self.union()?;
        let negated = self.symbol("!=");
        if negated || self.symbol("=") {
            return Ok(Expr::Equal(Box::new(left), Box::new(self.union()?), negated));
        }
        Ok(left)
    }

    fn union(&mut self) -> Parsed {
        let first = self.typed()?;
        if !self.symbol("|") {
            return Ok(first);
        }
        let mut all = vec![first, self.typed()?];
        while self.symbol("|") {
            all.push(self.typed()?);
        }
        Ok(Expr::Union(all))
    }

    /// `x as T` and `x is T`, which bind closer than `|`.
    fn typed(&mut self) -> Parsed {
        let mut expr = self.path()?;
        loop {
            if self.word("as") {
                expr = Expr::As(Box::new(expr), self.type_name()?);
            } else if self.word("is") {
                expr = Expr::Is(Box::new(expr), self.type_name()?);
            } else {
                return Ok(expr);
            }
        }
    }

    fn path(&mut self) -> Parsed {
        let mut expr = self.primary()?;
        loop {
            if self.symbol(".") {
                let name = self.name()?;
                expr = if self.symbol("(") {
                    self.call(expr, &name)?
                } else {
                    Expr::Member(Box::new(expr), name)
                };
            } else if self.symbol("[") {
                let digits = self.take(|c| c.is_ascii_digit());
                let index = digits.parse().map_err(|_| self.error("expected an index"))?;
                self.expect("]")?;
                expr = Expr::Index(Box::new(expr), index);
            } else {
                return Ok(expr);
            }
        }
    }

    fn primary(&mut self) -> Parsed {
        self.space();
        if self.symbol("(") {
            let inner = self.or()?;
            self.expect(")")?;
            return Ok(inner);
        }
        match self.text[self.at..].chars().next() {
            Some('\'') => Ok(Expr::Literal(Literal::String(self.string()?.into()))),
            Some(c) if c.is_ascii_digit() => {
                let digits = self.take(|c| c.is_ascii_digit() || c == '.');
                Ok(Expr::Literal(Literal::Number(digits.into())))
            }
            _ => {
                let name = self.name()?;
                Ok(match name.as_str() {
                    "true" => Expr::Literal(Literal::Bool(true)),
                    "false" => Expr::Literal(Literal::Bool(false)),
                    _ if self.symbol("(") => self.call(Expr::This, &name)?,
                    _ => Expr::Start(name),
                })
            }
        }
    }

    /// A function's arguments and closing bracket; the opening one is read.
    fn call(&mut self, of: Expr, name: &str) -> Parsed {
        let of = Box::new(of);
        let expr = match name {
            "where" => Expr::Where(of, Box::new(self.or()?)),
            "as" | "ofType" => Expr::As(of, self.type_name()?),
            "is" => Expr::Is(of, self.type_name()?),
            "exists" => Expr::Exists(of),
            "not" => Expr::Not(of),
            "resolve" => Expr::Resolve(of),
            "first" => Expr::Index(of, 0),
            "extension" => {
                self.space();
                let url = Expr::Literal(Literal::String(self.string()?.into()));
                let same = Expr::Equal(Box::new(Expr::Start("url".into())), Box::new(url), false);
                Expr::Where(Box::new(Expr::Member(of, "extension".into())), Box::new(same))
            }
            "hasExtension" if *of == Expr::This => {
                self.space();
                Expr::HasExtension(self.string()?.into())
            }
            _ => {
                return Err(self.error(&format!(
                    "function {name}() is not supported in a search parameter yet; use where, as, \
                     ofType, is, exists, not, resolve, first, extension or hasExtension"
                )));
            }
        };
        self.expect(")")?;
        Ok(expr)
    }

    fn type_name(&mut self) -> Result<String, PathError> {
        let mut name = self.name()?;
        // `FHIR.Patient` names the same type as `Patient`.
        if name == "FHIR" && self.symbol(".") {
            name = self.name()?;
        }
        Ok(name)
    }

    fn name(&mut self) -> Result<String, PathError> {
        self.space();
        let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.error("expected a name"));
        }
        Ok(name.to_owned())
    }

    fn string(&mut self) -> Result<String, PathError> {
        if !self.symbol("'") {
            return Err(self.error("expected a text in single quotes"));
        }
        let mut out = String::new();
        let mut chars = self.text[self.at..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '\'' => {
                    self.at += offset + 1;
                    return Ok(out);
                }
                '\\' => out.extend(chars.next().map(|(_, escaped)| escaped)),
                _ => out.push(c),
            }
        }
        Err(self.error("text without its closing quote"))
    }

    fn space(&mut self) {
        self.take(char::is_whitespace);
    }

    fn take(&mut self, is: impl Fn(char) -> bool) -> &'t str {
        let rest = &self.text[self.at..];
        let taken = &rest[..rest.find(|c| !is(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.space();
        let is = self.text[self.at..].starts_with(symbol);
        if is {
            self.at += symbol.len();
        }
        is
    }

    fn word(&mut self, word: &str) -> bool {
        self.space();
        let rest = &self.text[self.at..];
        let is = rest.strip_prefix(word).is_some_and(|after| {
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        });
        if is {
            self.at += word.len();
        }
        is
    }

    fn expect(&mut self, symbol: &str) -> Result<(), PathError> {
        if self.symbol(symbol) {
            return Ok(());
        }
        Err(self.error(&format!("expected {symbol}")))
    }

    fn error(&self, message: &str) -> PathError {
        PathError { at: self.at, message: message.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_read() {
        let cases = [
            ("Patient.name", r#"Member(Start("Patient"), "name")"#),
            ("a | b", r#"Union([Start("a"), Start("b")])"#),
            ("(X.v as Quantity)", r#"As(Member(Start("X"), "v"), "Quantity")"#),
            ("X.v.as(Age)", r#"As(Member(Start("X"), "v"), "Age")"#),
            ("X.v.ofType(FHIR.Age)", r#"As(Member(Start("X"), "v"), "Age")"#),
            ("(X.v as C).text", r#"Member(As(Member(Start("X"), "v"), "C"), "text")"#),
            ("B.entry[0].resource", r#"Member(Index(Member(Start("B"), "entry"), 0), "resource")"#),
            (
                "X.s.where(resolve() is Patient)",
                r#"Where(Member(Start("X"), "s"), Is(Resolve(This), "Patient"))"#,
            ),
            (
                "T.t.where(system='ph\\'one')",
                r#"Where(Member(Start("T"), "t"), Equal(Start("system"), Literal(String("ph'one")), false))"#,
            ),
            (
                "P.d.exists() and P.d != false",
                r#"And(Exists(Member(Start("P"), "d")), Equal(Member(Start("P"), "d"), Literal(Bool(false)), true))"#,
            ),
            ("Task.for", r#"Member(Start("Task"), "for")"#),
            ("X.order", r#"Member(Start("X"), "order")"#),
        ];
        for (text, tree) in cases {
            assert_eq!(format!("{:?}", parse(text).unwrap()), tree, "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        let deep = "(".repeat(1000);
        let cases = [
            "",
            " ",
            ".",
            "a.",
            "a |",
            "a[",
            "a[x]",
            "a[1",
            "(a",
            "a)",
            "a.where(",
            "a.where()",
            "a.nope()",
            "a as",
            "a = ",
            "'x",
            "a b",
            "a.b(",
            "1a",
            "a.[0]",
            "a.99999999999999999999",
            "é",
            "a and",
            "a[99999999999999999999]",
            &deep,
        ];
        for text in cases {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
