//! Tokens → [`ast`](super::ast), with errors that say where and what to write instead.
//!
//! The grammar stands in `docs/mapping.md`. To add a statement, add it to `Kind` and `statement`.

use super::ast::{File, Item, Kind, Message, Root, Sheet, Statement, Target, Template};
use super::lexer::{Placed, Symbol, Token, tokens};
use super::{CompileError, Position};

/// How deep blocks and parentheses may stand in one another.
const DEPTH_MAX: u32 = 24;

/// Words that open a statement and may be followed by a path.
const DIRECTIVES: [&str; 4] = ["when", "require", "expect", "ignore"];

pub(crate) fn parse(file: &str, text: &str) -> Result<File, CompileError> {
    let tokens = tokens(file, text)?;
    let mut parser = Parser { file, tokens, at: 0, depth: 0 };
    parser.file()
}

pub(super) struct Parser<'t> {
    file: &'t str,
    tokens: Vec<Placed>,
    at: usize,
    depth: u32,
}

pub(super) type Parsed<T> = Result<T, CompileError>;

impl Parser<'_> {
    fn file(&mut self) -> Parsed<File> {
        self.skip_lines();
        self.keyword("map")?;
        let name = self.word("the mapping's name")?;
        self.keyword("version")?;
        let version = self.number()?;
        let mut items = Vec::new();
        loop {
            self.skip_lines();
            if self.peek() == &Token::End {
                break;
            }
            items.push(self.item()?);
        }
        Ok(File { origin: self.file.to_owned(), name, version, items })
    }

    fn item(&mut self) -> Parsed<Item> {
        let at = self.position();
        let word = self.word("`table`, `type`, `resource`, `message` or `file`")?;
        match word.as_str() {
            "table" => {
                let name = self.word("the table's name")?;
                let system = if self.take_keyword("system") { Some(self.text()?) } else { None };
                self.keyword("from")?;
                Ok(Item::Table { at, name, system, file: self.text()? })
            }
            "type" => {
                let name = self.word("the data type's name")?;
                self.symbol(Symbol::To)?;
                let target = self.word("the FHIR type")?;
                Ok(Item::Type(Template { at, name, target, body: self.block()? }))
            }
            "resource" => {
                let name = self.word("the resource's name in the rules")?;
                self.symbol(Symbol::Colon)?;
                let target = self.word("the resource type")?;
                Ok(Item::Resource(Template { at, name, target, body: self.block()? }))
            }
            "message" => {
                let mut types = vec![self.text()?];
                while matches!(self.peek(), Token::Text(_)) {
                    types.push(self.text()?);
                }
                Ok(Item::Message(Message { at, types, body: self.block()? }))
            }
            "file" => self.sheet(at).map(Item::Sheet),
            _ => Err(self.error(
                at,
                "expected `table`, `type`, `resource`, `message` or `file` to open a section",
            )),
        }
    }

    fn sheet(&mut self, at: Position) -> Parsed<Sheet> {
        let name = self.word("the name of this kind of file")?;
        self.keyword("named")?;
        let file_suffix = self.text()?;
        self.keyword("columns")?;
        self.symbol(Symbol::OpenParenthesis)?;
        let mut columns = Vec::new();
        loop {
            self.skip_lines();
            if self.take_symbol(Symbol::CloseParenthesis) {
                break;
            }
            let column = self.word("a column's name")?;
            columns.push((column, self.take_symbol(Symbol::Star)));
            self.take_symbol(Symbol::Comma);
        }
        Ok(Sheet { at, name, file_suffix, columns, body: self.block()? })
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.enter()?;
        self.symbol(Symbol::Open)?;
        let mut statements = Vec::new();
        loop {
            self.skip_lines();
            if self.take_symbol(Symbol::Close) {
                break;
            }
            if self.peek() == &Token::End {
                return Err(self.error(self.position(), "a block is not closed: add `}`"));
            }
            statements.push(self.statement()?);
            if self.peek() != &Token::Symbol(Symbol::Close) {
                self.end_of_statement()?;
            }
        }
        self.depth -= 1;
        Ok(statements)
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let at = self.position();
        let word = self.word("a statement: an element of the target, or a word such as `when`")?;
        let opens_target = matches!(
            self.peek(),
            Token::Symbol(
                Symbol::From | Symbol::Dot | Symbol::OpenBracket | Symbol::Colon | Symbol::Open
            )
        ) || self.peek_keyword("from");
        let is_path = self.peek_symbol(Symbol::Dot) || self.peek_symbol(Symbol::Dollar);
        if !opens_target
            || matches!(word.as_str(), "identity" | "shown-as")
            || (is_path && DIRECTIVES.contains(&word.as_str()))
        {
            let kind = self.directive(at, &word)?;
            return Ok(Statement { at, label: None, kind });
        }
        if self.take_symbol(Symbol::Colon) {
            let target = self.word("the element that the rule fills")?;
            let kind = self.assignment(target)?;
            return Ok(Statement { at, label: Some(word), kind });
        }
        Ok(Statement { at, label: None, kind: self.assignment(word)? })
    }

    fn assignment(&mut self, first: String) -> Parsed<Kind> {
        let target = self.target(first)?;
        if self.take_keyword("from") {
            let from = Some(self.path()?);
            let when = self.trailing_condition()?;
            return Ok(Kind::Block { target, from, body: self.block()?, when });
        }
        if self.peek() == &Token::Symbol(Symbol::Open) {
            return Ok(Kind::Block { target, from: None, body: self.block()?, when: None });
        }
        self.symbol(Symbol::From)?;
        if let Some(from) = self.typed_source()? {
            self.keyword("as")?;
            let type_name = self.word("a data type's name")?;
            let when = self.trailing_condition()?;
            return Ok(Kind::Typed { target, from, type_name, when });
        }
        let value = self.expression()?;
        let mut by = None;
        let mut when = self.trailing_condition()?;
        if self.take_keyword("by") {
            by = Some(self.path()?);
            when = when.or(self.trailing_condition()?);
        }
        Ok(Kind::Set { target, value, when, by })
    }

    /// The path of `PATH as TYPE`, if that is what comes.
    fn typed_source(&mut self) -> Parsed<Option<super::ast::Path>> {
        let start = self.at;
        let opens = matches!(self.peek(), Token::Symbol(Symbol::Dot | Symbol::Dollar))
            || matches!(self.peek(), Token::Word(word) if super::path::is_field(word));
        if opens {
            let path = self.path()?;
            if self.peek_keyword("as") {
                return Ok(Some(path));
            }
            self.at = start;
        }
        Ok(None)
    }

    fn target(&mut self, first: String) -> Parsed<Target> {
        let mut names = vec![first];
        loop {
            if self.take_symbol(Symbol::OpenBracket) {
                self.symbol(Symbol::CloseBracket)?;
                return Ok(Target { names, append: true });
            }
            if !self.take_symbol(Symbol::Dot) {
                return Ok(Target { names, append: false });
            }
            names.push(self.word("an element's name")?);
        }
    }

    fn directive(&mut self, at: Position, word: &str) -> Parsed<Kind> {
        match word {
            "identity" => {
                self.symbol(Symbol::From)?;
                Ok(Kind::Key(self.expression()?))
            }
            "shown-as" => {
                self.symbol(Symbol::From)?;
                Ok(Kind::Display(self.expression()?))
            }
            "profile" => Ok(Kind::Profile(self.text()?)),
            "let" => {
                let name = self.word("a name")?;
                self.symbol(Symbol::From)?;
                Ok(Kind::Let { name, value: self.expression()? })
            }
            "make" => {
                let template = self.word("a resource's name in the rules")?;
                let from = if self.take_keyword("from") { Some(self.path()?) } else { None };
                Ok(Kind::Make { template, from })
            }
            "ignore" => {
                let mut paths = vec![self.path()?];
                while matches!(self.peek(), Token::Word(_)) {
                    paths.push(self.path()?);
                }
                Ok(Kind::Ignore(paths))
            }
            "when" => self.when(),
            "each" => {
                let anchor = self.word("a segment's name")?;
                let from = if self.take_keyword("from") { self.words()? } else { Vec::new() };
                let until = if self.take_keyword("until") { self.words()? } else { Vec::new() };
                Ok(Kind::Each { anchor, from, until, body: self.block()? })
            }
            "fold" => {
                let element = self.word("an element's name")?;
                let mode = self.word("a way to fold")?;
                let has_argument = matches!(self.peek(), Token::Word(_));
                let argument = if has_argument { Some(self.word("")?) } else { None };
                Ok(Kind::Fold { element, mode, argument })
            }
            "remove" => {
                let first = self.word("an element's name")?;
                let path = self.target(first)?.names;
                let of =
                    if self.take_keyword("of") { Some(self.word("a rule's name")?) } else { None };
                Ok(Kind::Remove { path, of })
            }
            "require" | "expect" => {
                let condition = self.condition()?;
                self.keyword("else")?;
                let message = self.text()?;
                let place = if self.take_keyword("at") { Some(self.path()?) } else { None };
                Ok(Kind::Check { stop: word == "require", condition, message, place })
            }
            _ => Err(self.error(at, &format!("after `{word}` write `<-` and what fills it"))),
        }
    }

    fn when(&mut self) -> Parsed<Kind> {
        let mut arms = vec![(self.condition()?, self.block()?)];
        let mut otherwise = Vec::new();
        while self.take_keyword("else") {
            if self.take_keyword("when") {
                arms.push((self.condition()?, self.block()?));
            } else {
                otherwise = self.block()?;
                break;
            }
        }
        Ok(Kind::When { arms, otherwise })
    }

    pub(super) fn path_root_variable(&mut self) -> Parsed<Root> {
        Ok(Root::Variable(self.word("a name given by `let`")?))
    }
}

/// Single tokens.
impl Parser<'_> {
    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at].token
    }

    pub(super) fn position(&self) -> Position {
        self.tokens[self.at].at
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.tokens[self.at].token.clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    pub(super) fn peek_symbol(&self, symbol: Symbol) -> bool {
        self.peek() == &Token::Symbol(symbol)
    }

    pub(super) fn take_symbol(&mut self, symbol: Symbol) -> bool {
        let is = self.peek_symbol(symbol);
        if is {
            self.advance();
        }
        is
    }

    pub(super) fn symbol(&mut self, symbol: Symbol) -> Parsed<()> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        let name = match symbol {
            Symbol::From => "`<-`",
            Symbol::To => "`->`",
            Symbol::Open => "`{`",
            Symbol::CloseBracket => "`]`",
            Symbol::CloseParenthesis => "`)`",
            Symbol::Colon => "`:`",
            _ => "another symbol",
        };
        Err(self.error(self.position(), &format!("expected {name}")))
    }

    pub(super) fn peek_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word) if word == keyword)
    }

    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let is = self.peek_keyword(keyword);
        if is {
            self.advance();
        }
        is
    }

    fn keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.take_keyword(keyword) {
            return Ok(());
        }
        Err(self.error(self.position(), &format!("expected `{keyword}`")))
    }

    pub(super) fn word(&mut self, what: &str) -> Parsed<String> {
        if let Token::Word(_) = self.peek() {
            let Token::Word(word) = self.advance() else { unreachable!("peeked") };
            return Ok(word);
        }
        Err(self.error(self.position(), &format!("expected {what}")))
    }

    fn words(&mut self) -> Parsed<Vec<String>> {
        let mut words = vec![self.word("a segment's name")?];
        while matches!(self.peek(), Token::Word(word) if word != "until" && word != "from") {
            words.push(self.word("a segment's name")?);
        }
        Ok(words)
    }

    pub(super) fn text(&mut self) -> Parsed<String> {
        if let Token::Text(_) = self.peek() {
            let Token::Text(text) = self.advance() else { unreachable!("peeked") };
            return Ok(text);
        }
        Err(self.error(self.position(), "expected a text in quotes"))
    }

    pub(super) fn number(&mut self) -> Parsed<u32> {
        if let Token::Number(number) = *self.peek() {
            self.advance();
            return Ok(number);
        }
        Err(self.error(self.position(), "expected a number"))
    }

    fn skip_lines(&mut self) {
        while self.peek() == &Token::Line {
            self.advance();
        }
    }

    fn end_of_statement(&mut self) -> Parsed<()> {
        match self.peek() {
            Token::Line => {
                self.advance();
                Ok(())
            }
            _ => Err(self.error(self.position(), "expected the end of the line")),
        }
    }

    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error(self.position(), "nested too deeply: split this into sections"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn error(&self, at: Position, message: &str) -> CompileError {
        CompileError { file: self.file.to_owned(), at, message: message.to_owned() }
    }
}
