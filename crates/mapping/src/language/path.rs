//! Source paths, expressions and conditions: `PID-3[.5 = "MR"].1 | trim else "none"`.

use super::CompileError;
use super::ast::{Call, Condition, Expression, Path, Repetition, Root};
use super::lexer::{Symbol, Token};
use super::parser::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn path(&mut self) -> Parsed<Path> {
        let at = self.position();
        let root = match self.advance() {
            Token::Symbol(Symbol::Dot) => return self.relative(at),
            Token::Symbol(Symbol::Dollar) => self.path_root_variable()?,
            Token::Word(word) if word == "row" => {
                if !self.take_symbol(Symbol::Dot) {
                    return Err(self.error(at, "after `row` write `.` and a column's name"));
                }
                Root::Column(self.word("a column's name")?)
            }
            Token::Word(word) if is_field(&word) => {
                let (segment, field) = word.split_at(3);
                let field = field[1..].parse().ok().filter(|field| (1..=255).contains(field));
                let Some(field) = field else {
                    return Err(self.error(at, "field numbers are 1 to 255"));
                };
                let repetition = self.repetition()?;
                Root::Field { segment: segment.to_owned(), field, repetition }
            }
            Token::Word(word) if is_segment(&word) => Root::Segment(word),
            _ => {
                return Err(self.error(
                    at,
                    "expected a source: `PID-5.1`, `.1` inside a data type, `row.column` or `$name`",
                ));
            }
        };
        let mut steps = Vec::new();
        while self.take_symbol(Symbol::Dot) {
            steps.push(self.step()?);
        }
        self.limited(Path { at, root, steps })
    }

    /// What follows the dot of `.`, `.1` or `.1.2`.
    fn relative(&mut self, at: super::Position) -> Parsed<Path> {
        let mut steps = Vec::new();
        if matches!(self.peek(), Token::Number(_)) {
            steps.push(self.step()?);
            while self.take_symbol(Symbol::Dot) {
                steps.push(self.step()?);
            }
        }
        self.limited(Path { at, root: Root::Cursor, steps })
    }

    fn limited(&self, path: Path) -> Parsed<Path> {
        if path.steps.len() > 2 {
            return Err(self.error(path.at, "a field has components and subcomponents, no more"));
        }
        Ok(path)
    }

    fn step(&mut self) -> Parsed<u16> {
        let at = self.position();
        let number = self.number()?;
        u16::try_from(number)
            .ok()
            .filter(|number| (1..=255).contains(number))
            .ok_or_else(|| self.error(at, "component numbers are 1 to 255"))
    }

    fn repetition(&mut self) -> Parsed<Repetition> {
        if !self.take_symbol(Symbol::OpenBracket) {
            return Ok(Repetition::First);
        }
        let repetition = match *self.peek() {
            Token::Symbol(Symbol::CloseBracket) => Repetition::All,
            Token::Number(_) => Repetition::Nth(self.step()?),
            _ => Repetition::Where(Box::new(self.condition()?)),
        };
        self.symbol(Symbol::CloseBracket)?;
        Ok(repetition)
    }

    /// `a | f else b | g`: the first that yields something.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.enter()?;
        let mut left = self.piped()?;
        while self.take_keyword("else") {
            left = Expression::Else(Box::new(left), Box::new(self.piped()?));
        }
        self.leave();
        Ok(left)
    }

    fn piped(&mut self) -> Parsed<Expression> {
        let mut value = self.primary()?;
        while self.take_symbol(Symbol::Pipe) {
            let at = self.position();
            let name = self.word("a function's name")?;
            let mut arguments = Vec::new();
            loop {
                match self.peek() {
                    Token::Text(_) => arguments.push(self.text()?),
                    Token::Number(_) => arguments.push(self.number()?.to_string()),
                    Token::Word(word) if !is_keyword(word) => {
                        arguments.push(self.word("an argument")?);
                    }
                    _ => break,
                }
            }
            let function = Call { at, name, arguments };
            value = Expression::Piped { value: Box::new(value), function };
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        let at = self.position();
        match self.peek().clone() {
            Token::Text(text) => {
                self.advance();
                Ok(Expression::Text(text))
            }
            Token::Number(number) => {
                self.advance();
                Ok(Expression::Number(number))
            }
            Token::Symbol(Symbol::OpenParenthesis) => {
                self.advance();
                let inner = self.expression()?;
                self.symbol(Symbol::CloseParenthesis)?;
                Ok(inner)
            }
            Token::Word(word) => match word.as_str() {
                "true" | "false" => {
                    self.advance();
                    Ok(Expression::Boolean(word == "true"))
                }
                "ref" => {
                    self.advance();
                    let template = self.word("a resource's name in the rules")?;
                    Ok(Expression::Reference { at, template })
                }
                "refs" => {
                    self.advance();
                    let template = self.word("a resource's name in the rules")?;
                    Ok(Expression::References { at, template })
                }
                "join" => self.join(),
                "all" => self.all(),
                _ => self.path().map(Expression::Path),
            },
            _ => self.path().map(Expression::Path),
        }
    }

    /// `join("|", PV1-3.1, PV1-3.2)`: the parts that are there, with the separator between them.
    fn join(&mut self) -> Parsed<Expression> {
        self.advance();
        self.symbol(Symbol::OpenParenthesis)?;
        let separator = self.text()?;
        let mut parts = Vec::new();
        while self.take_symbol(Symbol::Comma) {
            parts.push(self.expression()?);
        }
        self.symbol(Symbol::CloseParenthesis)?;
        Ok(Expression::Join { separator, parts })
    }

    /// `all("\n", OBX-5)`: the text of every repetition in every such segment of the group.
    fn all(&mut self) -> Parsed<Expression> {
        self.advance();
        self.symbol(Symbol::OpenParenthesis)?;
        let separator = self.text()?;
        self.symbol(Symbol::Comma)?;
        let path = self.path()?;
        self.symbol(Symbol::CloseParenthesis)?;
        Ok(Expression::All { separator, path })
    }

    pub(super) fn trailing_condition(&mut self) -> Result<Option<Condition>, CompileError> {
        if self.take_keyword("when") { self.condition().map(Some) } else { Ok(None) }
    }

    pub(super) fn condition(&mut self) -> Parsed<Condition> {
        self.enter()?;
        let mut left = self.conjunction()?;
        while self.take_keyword("or") {
            left = Condition::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        self.leave();
        Ok(left)
    }

    fn conjunction(&mut self) -> Parsed<Condition> {
        let mut left = self.test()?;
        while self.take_keyword("and") {
            left = Condition::And(Box::new(left), Box::new(self.test()?));
        }
        Ok(left)
    }

    fn test(&mut self) -> Parsed<Condition> {
        if self.take_keyword("not") {
            self.enter()?;
            let inner = self.test()?;
            self.leave();
            return Ok(Condition::Not(Box::new(inner)));
        }
        if self.take_keyword("exists") {
            return Ok(Condition::Exists(self.piped()?));
        }
        if self.take_keyword("either") {
            self.symbol(Symbol::OpenParenthesis)?;
            let inner = self.condition()?;
            self.symbol(Symbol::CloseParenthesis)?;
            return Ok(inner);
        }
        let value = self.piped()?;
        let mut texts = Vec::new();
        if self.take_symbol(Symbol::Equals) {
            if !matches!(self.peek(), Token::Text(_)) {
                return Ok(Condition::Same(value, self.piped()?));
            }
            texts.push(self.text()?);
        } else if self.take_keyword("in") {
            texts.push(self.text()?);
            while matches!(self.peek(), Token::Text(_)) {
                texts.push(self.text()?);
            }
        } else {
            let message = "expected `=` or `in` and texts, or `exists` before the path";
            return Err(self.error(self.position(), message));
        }
        Ok(Condition::In(value, texts))
    }
}

/// Whether a word is a field, as `PID-5` or `ZU1-2`.
pub(super) fn is_field(word: &str) -> bool {
    word.split_once('-').is_some_and(|(segment, field)| {
        is_segment(segment) && !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Whether a word is a segment's name, as `PID`.
pub(super) fn is_segment(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 3
        && bytes[0].is_ascii_uppercase()
        && bytes[1..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "else" | "when" | "by" | "and" | "or" | "in" | "at" | "as")
}
