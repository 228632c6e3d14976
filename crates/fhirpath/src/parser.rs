//! Tokens → [`Program`]: a Pratt parser with bounds on size and depth.
//!
//! Spec: <http://hl7.org/fhirpath/N1/grammar.html>. Words such as `contains` or `as` are elements
//! where an element can stand and operators where an operator can. To add a form, add it to
//! `term` or to `binary`.

use crate::ast::{Expr, ExprId, Operator, Program, TYPE_POWER, TypeName, TypeOperation};
use crate::error::{Error, ErrorKind};
use crate::function::Function;
use crate::lexer::{Lexeme, Token, tokens};
use crate::limits::Limits;
use crate::literal;
use crate::system::System;

/// Parses a whole text.
pub(crate) fn parse(source: &str, limits: &Limits) -> Result<(Program, ExprId), Error> {
    let bytes = source.len();
    if bytes > limits.expression_bytes_max || bytes > u32::MAX as usize {
        let message = format!(
            "an expression of {bytes} bytes; at most {} are read",
            limits.expression_bytes_max
        );
        return Err(Error::new(ErrorKind::Limit, (0, 0), message));
    }
    let lexemes = tokens(source)?;
    let mut parser = Parser {
        source,
        lexemes: &lexemes,
        at: 0,
        limits,
        nesting: 0,
        depths: Vec::new(),
        program: Program::default(),
    };
    let root = parser.expression(0)?;
    let rest = parser.peek();
    if rest.token != Token::End {
        return Err(parser.unexpected("an operator or the end"));
    }
    Ok((parser.program, root))
}

struct Parser<'s> {
    source: &'s str,
    lexemes: &'s [Lexeme],
    at: usize,
    limits: &'s Limits,
    /// Open brackets and signs.
    nesting: u32,
    /// Depth of each node.
    depths: Vec<u32>,
    program: Program,
}

impl<'s> Parser<'s> {
    fn peek(&self) -> Lexeme {
        self.lexemes[self.at.min(self.lexemes.len() - 1)]
    }

    fn peek_text(&self) -> &'s str {
        self.peek().text(self.source)
    }

    fn next(&mut self) -> Lexeme {
        let lexeme = self.peek();
        self.at += 1;
        lexeme
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        self.peek().token == Token::Symbol && self.peek_text() == symbol
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let is = self.is_symbol(symbol);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, symbol: &str) -> Result<Lexeme, Error> {
        if self.is_symbol(symbol) { Ok(self.next()) } else { Err(self.unexpected(symbol)) }
    }

    fn unexpected(&self, expected: &str) -> Error {
        let lexeme = self.peek();
        let message = if lexeme.token == Token::End {
            format!("the expression ends; expected {expected}")
        } else {
            format!("unexpected {}; expected {expected}", shown(lexeme.text(self.source)))
        };
        Error::new(ErrorKind::Syntax, lexeme.range(), message)
    }

    fn push(&mut self, expr: Expr, range: (u32, u32)) -> Result<ExprId, Error> {
        let depth_of = |id: &ExprId| self.depths[id.0 as usize];
        let below = match &expr {
            Expr::Member { of, .. } | Expr::Sign { of, .. } | Expr::Descending(of) => depth_of(of),
            Expr::Call { of, arguments, .. } => {
                of.iter().chain(arguments.iter()).map(depth_of).max().unwrap_or(0)
            }
            Expr::At { of, index } => depth_of(of).max(depth_of(index)),
            Expr::Binary { left, right, .. } => depth_of(left).max(depth_of(right)),
            Expr::Type { of, .. } => of.as_ref().map_or(0, depth_of),
            _ => 0,
        };
        if below >= self.limits.depth_max {
            return Err(self.too_deep(range));
        }
        let id = ExprId(self.program.nodes.len() as u32);
        self.program.nodes.push(expr);
        self.program.ranges.push(range);
        self.depths.push(below + 1);
        Ok(id)
    }

    fn too_deep(&self, range: (u32, u32)) -> Error {
        let message = format!("more than {} levels in one another", self.limits.depth_max);
        Error::new(ErrorKind::Limit, range, message)
    }

    fn expression(&mut self, power: u8) -> Result<ExprId, Error> {
        self.nesting += 1;
        if self.nesting > self.limits.depth_max {
            return Err(self.too_deep(self.peek().range()));
        }
        let mut left = self.signed()?;
        while let Some(next) = self.binary(left, power)? {
            left = next;
        }
        self.nesting -= 1;
        Ok(left)
    }

    /// The operator that stands here and its right side, if it binds at least as tightly.
    fn binary(&mut self, left: ExprId, power: u8) -> Result<Option<ExprId>, Error> {
        let lexeme = self.peek();
        if !matches!(lexeme.token, Token::Word | Token::Symbol) {
            return Ok(None);
        }
        let text = self.peek_text();
        let operation = match text {
            "is" => Some(TypeOperation::Is),
            "as" => Some(TypeOperation::As),
            _ => None,
        };
        if let Some(operation) = operation {
            if TYPE_POWER < power {
                return Ok(None);
            }
            self.at += 1;
            let name = self.type_name()?;
            return self
                .push(Expr::Type { of: Some(left), operation, name }, lexeme.range())
                .map(Some);
        }
        let Some((operator, its_power)) = Operator::find(text).filter(|(_, its)| *its >= power)
        else {
            return Ok(None);
        };
        self.at += 1;
        let right = self.expression(its_power + 1)?;
        self.push(Expr::Binary { operator, left, right }, lexeme.range()).map(Some)
    }

    fn signed(&mut self) -> Result<ExprId, Error> {
        let lexeme = self.peek();
        if !(self.is_symbol("-") || self.is_symbol("+")) {
            return self.path();
        }
        let is_negative = self.peek_text() == "-";
        self.at += 1;
        self.nesting += 1;
        if self.nesting > self.limits.depth_max {
            return Err(self.too_deep(lexeme.range()));
        }
        let of = self.signed()?;
        self.nesting -= 1;
        self.push(Expr::Sign { of, is_negative }, lexeme.range())
    }

    /// A term and the steps after it.
    fn path(&mut self) -> Result<ExprId, Error> {
        let mut of = self.term()?;
        loop {
            if self.accept(".") {
                if self.peek().token == Token::Special && self.peek_text() == "$this" {
                    self.at += 1;
                    continue;
                }
                of = self.step(Some(of))?;
            } else if self.is_symbol("[") {
                let open = self.next();
                let index = self.expression(0)?;
                let close = self.expect("]")?;
                of = self.push(Expr::At { of, index }, (open.start, close.end))?;
            } else {
                return Ok(of);
            }
        }
    }

    fn term(&mut self) -> Result<ExprId, Error> {
        let lexeme = self.peek();
        let text = self.peek_text();
        match lexeme.token {
            Token::Word if matches!(text, "true" | "false") => {
                self.at += 1;
                self.push(Expr::Literal(System::Boolean(text == "true")), lexeme.range())
            }
            Token::Word if is_reserved(text) => Err(self.unexpected("a value")),
            Token::Word | Token::Delimited => self.step(None),
            Token::String => {
                self.at += 1;
                let value = literal::unescape(text, lexeme.start + 1)?;
                self.push(Expr::Literal(System::from_string(value)), lexeme.range())
            }
            Token::Number | Token::Long => self.number(),
            Token::Temporal => {
                self.at += 1;
                let value = literal::temporal(text, lexeme.range())?;
                self.push(Expr::Literal(value), lexeme.range())
            }
            Token::Special => {
                self.at += 1;
                let expr = match text {
                    "$this" => Expr::This,
                    "$index" => Expr::Index,
                    _ => Expr::Total,
                };
                self.push(expr, lexeme.range())
            }
            Token::Percent => self.variable(),
            Token::Symbol if text == "(" => {
                self.at += 1;
                let inner = self.expression(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Symbol if text == "{" => {
                self.at += 1;
                let close = self.expect("}")?;
                self.push(Expr::Empty, (lexeme.start, close.end))
            }
            Token::Symbol | Token::End => Err(self.unexpected("a value")),
        }
    }

    /// A number, or a quantity where a unit follows.
    fn number(&mut self) -> Result<ExprId, Error> {
        let lexeme = self.next();
        let text = lexeme.text(self.source);
        if lexeme.token == Token::Long {
            let value = literal::long(text, lexeme.range())?;
            return self.push(Expr::Literal(value), lexeme.range());
        }
        let unit = self.peek();
        let unit_text = self.peek_text();
        let value = match unit.token {
            Token::String => {
                self.at += 1;
                let unit_text = literal::unescape(unit_text, unit.start + 1)?;
                literal::quantity(text, &unit_text, lexeme.range())?
            }
            Token::Word => match literal::calendar_quantity(text, unit_text, lexeme.range())? {
                Some(quantity) => {
                    self.at += 1;
                    quantity
                }
                None => literal::number(text, lexeme.range())?,
            },
            _ => literal::number(text, lexeme.range())?,
        };
        self.push(Expr::Literal(value), lexeme.range())
    }

    fn variable(&mut self) -> Result<ExprId, Error> {
        let percent = self.next();
        let lexeme = self.peek();
        let name = match lexeme.token {
            Token::Word => lexeme.text(self.source).into(),
            Token::Delimited | Token::String => {
                literal::unescape(lexeme.text(self.source), lexeme.start + 1)?
            }
            _ => return Err(self.unexpected("the name of a variable")),
        };
        self.at += 1;
        self.push(Expr::Variable(name), (percent.start, lexeme.end))
    }

    /// A name. After a dot no operator can stand, so that `text.div` is an element.
    fn identifier(&mut self, is_after_dot: bool) -> Result<(Box<str>, (u32, u32)), Error> {
        let lexeme = self.peek();
        let text = self.peek_text();
        let name = match lexeme.token {
            Token::Word if is_after_dot || !is_reserved(text) => text.into(),
            Token::Delimited => literal::unescape(text, lexeme.start + 1)?,
            _ => return Err(self.unexpected("the name of an element or function")),
        };
        self.at += 1;
        Ok((name, lexeme.range()))
    }

    /// A member, a function call, or one of `$this`, `$index`, `$total` after a dot.
    fn step(&mut self, of: Option<ExprId>) -> Result<ExprId, Error> {
        let is_word = self.peek().token == Token::Word;
        let (name, range) = self.identifier(of.is_some())?;
        if is_word && self.is_symbol("(") {
            return self.call(of, &name, range);
        }
        let expr = match of {
            Some(of) => Expr::Member { of, name },
            None => Expr::Root(name),
        };
        self.push(expr, range)
    }

    fn call(&mut self, of: Option<ExprId>, name: &str, range: (u32, u32)) -> Result<ExprId, Error> {
        self.expect("(")?;
        let operation = match name {
            "is" => Some(TypeOperation::Is),
            "as" => Some(TypeOperation::As),
            "ofType" => Some(TypeOperation::OfType),
            _ => None,
        };
        if let Some(operation) = operation {
            let name = self.type_name()?;
            let close = self.expect(")")?;
            return self.push(Expr::Type { of, operation, name }, (range.0, close.end));
        }
        let Some(function) = Function::find(name) else {
            let mut message = format!("unknown function {}", shown(name));
            if let Some(near) = Function::nearest(name) {
                message.push_str(&format!("; perhaps {near}() is meant"));
            }
            return Err(Error::new(ErrorKind::Semantic, range, message));
        };
        let mut arguments = Vec::new();
        while !self.is_symbol(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            let argument = self.expression(0)?;
            arguments.push(if function == Function::Sort {
                self.sort_key(argument)?
            } else {
                argument
            });
        }
        let close = self.expect(")")?;
        let (least, most) = function.arity();
        if !(least..=most).contains(&arguments.len()) {
            let expected =
                if least == most { format!("{least}") } else { format!("{least} to {most}") };
            let message =
                format!("{name}() with {} arguments; expected {expected}", arguments.len());
            return Err(Error::new(ErrorKind::Semantic, (range.0, close.end), message));
        }
        self.program.defines_variables |= function == Function::DefineVariable;
        let arguments = arguments.into();
        self.push(Expr::Call { of, function, arguments }, (range.0, close.end))
    }

    /// `-key` and `key desc` are keys of `sort`, largest first.
    fn sort_key(&mut self, key: ExprId) -> Result<ExprId, Error> {
        let word = self.peek();
        let is_marked = word.token == Token::Word && matches!(self.peek_text(), "asc" | "desc");
        let is_descending = is_marked && self.peek_text() == "desc";
        self.at += usize::from(is_marked);
        let range = self.program.range(key);
        match *self.program.get(key) {
            Expr::Sign { of, is_negative: true } if !is_marked => {
                self.push(Expr::Descending(of), range)
            }
            _ if is_descending => self.push(Expr::Descending(key), range),
            _ => Ok(key),
        }
    }

    fn type_name(&mut self) -> Result<TypeName, Error> {
        let (first, range) = self.identifier(false)?;
        if !self.accept(".") {
            return Ok(TypeName { namespace: None, name: first, range });
        }
        let (name, last) = self.identifier(true)?;
        Ok(TypeName { namespace: Some(first), name, range: (range.0, last.1) })
    }
}

/// Words that are operators only.
fn is_reserved(word: &str) -> bool {
    matches!(word, "and" | "or" | "xor" | "implies" | "div" | "mod")
}

/// A text of the expression as an error shows it: short, on one line.
fn shown(text: &str) -> String {
    let mut short: String =
        text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
