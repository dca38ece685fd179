//! Rewrites a template so that the engine behaves as Python's Jinja does, and leaves a trace of its output.
//!
//! The syntax tree says where to put calls of our own functions around the text as it stands: `[1]` becomes
//! `__l([1])` (a list that can be appended to), `a % b` becomes `__mod(a , b)`, `{{ x }}` in a macro becomes
//! `{{ __e(7,x) }}`, a text chunk there `{{ __t(8) }}`, and `m(x)` becomes `__c(9,m)(x)`, so that the
//! macro knows the place it is called from.
//!
//! ## Why
//!
//! The tree itself cannot be given to the engine for templates found by name, so the text is changed. Every
//! insertion is kept in an offset map; no user ever sees the changed text.

use std::ops::Range;
use std::sync::Arc;

use minijinja::Value;
use minijinja::machinery::{Token, ast, tokenize};

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};

use super::code::{Form, Operand, Piece, file_range};
use super::offsets::{Edits, OffsetMap};

/// A call that can be read off the text.
#[derive(Debug, Clone)]
pub struct StaticCall {
    /// `dbt_utils` in `dbt_utils.star()`.
    pub package: Option<String>,
    /// `star` in `dbt_utils.star()`.
    pub name: String,
    /// Positional arguments; `None` where the value is not a constant.
    pub arguments: Vec<Option<Value>>,
    /// Keyword arguments.
    pub keywords: Vec<(String, Option<Value>)>,
    /// Whether `*args` or `**kwargs` hide further arguments.
    pub spread: bool,
    /// The place of the call.
    pub span: Span,
}

/// Functions that are never macros and are called so often that their place is not worth noting.
const UNTRACED: &[&str] =
    &["return", "caller", "super", "loop", "range", "namespace", "dict", "cycler", "joiner", "lipsum"];

/// What the rewriter found.
pub(super) struct Parts {
    pub(super) edits: Edits,
    pub(super) pieces: Vec<Piece>,
    pub(super) sites: Vec<Range<usize>>,
    pub(super) operands: Vec<Operand>,
    pub(super) calls: Vec<StaticCall>,
}

/// Walks the tree of one template.
pub(super) struct Rewriter<'s> {
    id: u64,
    form: Form,
    source: &'s Arc<SourceFile>,
    base: usize,
    text: &'s str,
    map: &'s OffsetMap,
    raw: &'s [Range<usize>],
    /// The capturing block that the walk is in.
    region: Option<u32>,
    regions: u32,
    parts: Parts,
}

impl<'s> Rewriter<'s> {
    #[expect(clippy::too_many_arguments, reason = "one caller, which has them all apart")]
    pub(super) fn new(
        id: u32,
        form: Form,
        source: &'s Arc<SourceFile>,
        base: usize,
        text: &'s str,
        map: &'s OffsetMap,
        raw: &'s [Range<usize>],
        edits: Edits,
    ) -> Self {
        let parts = Parts { edits, pieces: Vec::new(), sites: Vec::new(), operands: Vec::new(), calls: Vec::new() };
        Self { id: u64::from(id), form, source, base, text, map, raw, region: None, regions: 0, parts }
    }

    pub(super) fn finish(self) -> Parts {
        self.parts
    }

    fn file(&self, range: &Range<usize>) -> Range<usize> {
        file_range(self.map, self.base, range)
    }

    fn key(&self, index: usize) -> u64 {
        self.id << 20 | index as u64
    }

    fn traced(&self) -> bool {
        self.form == Form::Macro || self.region.is_some()
    }

    fn statements(&mut self, statements: &[ast::Stmt<'_>]) -> Result<()> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn captured(&mut self, statements: &[ast::Stmt<'_>]) -> Result<()> {
        self.regions += 1;
        let outer = self.region.replace(self.regions);
        let result = self.statements(statements);
        self.region = outer;
        result
    }

    /// Walks a statement and all below it.
    pub(super) fn statement(&mut self, statement: &ast::Stmt<'_>) -> Result<()> {
        match statement {
            ast::Stmt::Template(template) => self.statements(&template.children)?,
            ast::Stmt::EmitExpr(emit) => self.emit(emit),
            ast::Stmt::EmitRaw(raw) => self.chunk(raw),
            ast::Stmt::ForLoop(each) => {
                self.expression(&each.iter);
                each.filter_expr.iter().for_each(|filter| self.expression(filter));
                self.statements(&each.body)?;
                self.statements(&each.else_body)?;
            }
            ast::Stmt::IfCond(condition) => {
                self.expression(&condition.expr);
                self.statements(&condition.true_body)?;
                self.statements(&condition.false_body)?;
            }
            ast::Stmt::WithBlock(with) => {
                with.assignments.iter().for_each(|(_, value)| self.expression(value));
                self.statements(&with.body)?;
            }
            ast::Stmt::Set(set) => self.expression(&set.expr),
            ast::Stmt::SetBlock(set) => {
                set.filter.iter().for_each(|filter| self.expression(filter));
                self.captured(&set.body)?;
            }
            ast::Stmt::AutoEscape(escape) => self.statements(&escape.body)?,
            ast::Stmt::FilterBlock(filter) => {
                self.expression(&filter.filter);
                self.captured(&filter.body)?;
            }
            ast::Stmt::Macro(inner) => {
                inner.defaults.iter().for_each(|default| self.expression(default));
                if self.form == Form::Macro && self.region.is_none() {
                    self.statements(&inner.body)?;
                } else {
                    self.captured(&inner.body)?;
                }
            }
            ast::Stmt::CallBlock(call) => {
                self.call(&call.call);
                call.macro_decl.defaults.iter().for_each(|default| self.expression(default));
                self.captured(&call.macro_decl.body)?;
            }
            ast::Stmt::Do(do_tag) => self.call(&do_tag.call),
            ast::Stmt::Block(block) => self.statements(&block.body)?,
            ast::Stmt::Import(import) => return Err(self.no_loader("import", import.span())),
            ast::Stmt::FromImport(import) => return Err(self.no_loader("import", import.span())),
            ast::Stmt::Extends(extends) => return Err(self.no_loader("extends", extends.span())),
            ast::Stmt::Include(include) => return Err(self.no_loader("include", include.span())),
            ast::Stmt::Continue(_) | ast::Stmt::Break(_) => {}
        }
        Ok(())
    }

    fn no_loader(&self, keyword: &str, span: minijinja::machinery::Span) -> Box<Diagnostic> {
        let range = self.file(&(span.start_offset as usize..span.end_offset as usize));
        let diagnostic =
            Diagnostic::error(Class::Compilation, format!("`{keyword}` cannot be used: templates have no loader"))
                .label(Span::new(self.source, range), "")
                .help("define a macro in a file of `macro-paths` and call it by its name");
        Box::new(diagnostic)
    }

    fn emit(&mut self, emit: &ast::Spanned<ast::EmitExpr<'_>>) {
        let span = range_of(emit.span());
        if self.form == Form::Native && self.region.is_none() {
            self.parts.edits.open(span.start, "__n(");
            self.expression(&emit.expr);
            self.parts.edits.close(span.end, ")");
        } else if self.traced() {
            let key = self.key(self.parts.pieces.len());
            self.parts.pieces.push(Piece { range: self.file(&span), text: None, region: self.region });
            self.parts.edits.open(span.start, format!("__e({key},"));
            self.expression(&emit.expr);
            self.parts.edits.close(span.end, ")");
        } else {
            self.expression(&emit.expr);
        }
    }

    fn chunk(&mut self, raw: &ast::Spanned<ast::EmitRaw<'_>>) {
        if !self.traced() || raw.raw.trim().is_empty() {
            return;
        }
        let start = raw.span().start_offset as usize;
        let span = start..start + raw.raw.len();
        let range = self.file(&span);
        if self.text.get(span.clone()) != Some(raw.raw) {
            return;
        }
        let mut replaced = span.clone();
        let (mut open, mut close) = ("{{", "}}");
        if self.raw.iter().any(|raw| raw.contains(&range.start)) {
            // The tags of a raw section go too; what they say about blanks stays.
            let end = self.text[span.end..]
                .find("endraw")
                .and_then(|at| self.text[span.end + at..].find("%}").map(|close| span.end + at + close + 2));
            let (Some(start), Some(end)) = (self.text[..span.start].rfind("{%"), end) else { return };
            replaced = start..end;
            if self.text[start..].starts_with("{%-") {
                open = "{{-";
            }
            if self.text[..end].ends_with("-%}") {
                close = "-}}";
            }
        }
        let key = self.key(self.parts.pieces.len());
        self.parts.pieces.push(Piece { range, text: Some(Value::from(raw.raw)), region: self.region });
        // The line breaks stay, so that the engine's line numbers stay true.
        let breaks = "\n".repeat(self.text[replaced.clone()].matches('\n').count());
        self.parts.edits.replace(replaced, format!("{open} __t({key}{breaks}) {close}"));
    }

    fn wrap(&mut self, range: Range<usize>, function: &str, inner: impl FnOnce(&mut Self)) {
        self.parts.edits.open(range.start, function);
        inner(self);
        self.parts.edits.close(range.end, ")");
    }

    /// Rewrites `left op right` into `function(left , right)`.
    fn binary(&mut self, operation: &ast::Spanned<ast::BinOp<'_>>, function: &str, sign: fn(&Token<'_>) -> bool) {
        let span = range_of(operation.span());
        self.binary_at(span, operation, function, sign);
    }

    /// The same for a comparison, whose span the parser starts at the token before it.
    fn comparison(&mut self, operation: &ast::Spanned<ast::BinOp<'_>>, function: &str, sign: fn(&Token<'_>) -> bool) {
        let own = range_of(operation.span());
        let rest = &self.text[own.start..];
        let before = if rest.starts_with("{{") || rest.starts_with("{%") {
            2 + usize::from(rest[2..].starts_with(['-', '+']))
        } else {
            let first = tokenize(rest, true, minijinja::syntax::SyntaxConfig::default()).next();
            first.and_then(std::result::Result::ok).map_or(0, |(_, span)| span.end_offset as usize)
        };
        let rest = &rest[before..];
        let start = own.start + before + (rest.len() - rest.trim_start().len());
        if start > start_of(&operation.left) {
            self.expression(&operation.left);
            self.expression(&operation.right);
        } else {
            self.binary_at(start..own.end, operation, function, sign);
        }
    }

    fn binary_at(
        &mut self,
        span: Range<usize>,
        operation: &ast::Spanned<ast::BinOp<'_>>,
        function: &str,
        sign: fn(&Token<'_>) -> bool,
    ) {
        let end = operation.left.span().end_offset as usize;
        let between = end..start_of(&operation.right).max(end);
        let at = tokenize(&self.text[between.clone()], true, minijinja::syntax::SyntaxConfig::default())
            .map_while(std::result::Result::ok)
            .find(|(token, _)| sign(token))
            .map(|(_, span)| between.start + span.start_offset as usize..between.start + span.end_offset as usize);
        let Some(at) = at else {
            self.expression(&operation.left);
            self.expression(&operation.right);
            return;
        };
        let side = |side: &ast::Expr<'_>| self.file(&(start_of(side)..side.span().end_offset as usize));
        let (base, right) = (side(&operation.left), Some(side(&operation.right)));
        self.parts.operands.push(Operand { whole: self.file(&span), span: span.clone(), base, right });
        self.wrap(span, function, |this| {
            this.expression(&operation.left);
            this.parts.edits.replace(at, ",");
            this.expression(&operation.right);
        });
    }

    fn operation(&mut self, operation: &ast::Spanned<ast::BinOp<'_>>) {
        let number = |side: &ast::Expr<'_>| matches!(side, ast::Expr::Const(constant) if constant.value.is_number());
        let constant = number(&operation.left) && number(&operation.right);
        // A decimal may meet a number; a literal of another type never equals one.
        let other = |side: &ast::Expr<'_>| matches!(side, ast::Expr::Const(constant) if !constant.value.is_number());
        let decimal = !constant && !other(&operation.left) && !other(&operation.right);
        match operation.op {
            ast::BinOpKind::Add if !constant => self.binary(operation, "__add(", |token| matches!(token, Token::Plus)),
            ast::BinOpKind::Sub if !constant => self.binary(operation, "__sub(", |token| matches!(token, Token::Minus)),
            ast::BinOpKind::Mul if !constant => self.binary(operation, "__mul(", |token| matches!(token, Token::Mul)),
            ast::BinOpKind::Div if !constant => self.binary(operation, "__div(", |token| matches!(token, Token::Div)),
            ast::BinOpKind::FloorDiv if !constant => {
                self.binary(operation, "__floordiv(", |token| matches!(token, Token::FloorDiv))
            }
            ast::BinOpKind::Rem => self.binary(operation, "__mod(", |token| matches!(token, Token::Mod)),
            ast::BinOpKind::Eq if decimal => self.comparison(operation, "__eq(", |token| matches!(token, Token::Eq)),
            ast::BinOpKind::Ne if decimal => self.comparison(operation, "__ne(", |token| matches!(token, Token::Ne)),
            ast::BinOpKind::Lt if !constant => self.comparison(operation, "__lt(", |token| matches!(token, Token::Lt)),
            ast::BinOpKind::Lte if !constant => {
                self.comparison(operation, "__le(", |token| matches!(token, Token::Lte))
            }
            ast::BinOpKind::Gt if !constant => self.comparison(operation, "__gt(", |token| matches!(token, Token::Gt)),
            ast::BinOpKind::Gte if !constant => {
                self.comparison(operation, "__ge(", |token| matches!(token, Token::Gte))
            }
            ast::BinOpKind::Concat => self.binary(operation, "__cat(", |token| matches!(token, Token::Tilde)),
            _ => {
                self.expression(&operation.left);
                self.expression(&operation.right);
            }
        }
    }

    fn arguments(&mut self, arguments: &[ast::CallArg<'_>]) {
        for argument in arguments {
            match argument {
                ast::CallArg::Pos(value)
                | ast::CallArg::PosSplat(value)
                | ast::CallArg::KwargSplat(value)
                | ast::CallArg::Kwarg(_, value) => self.expression(value),
            }
        }
    }

    fn call(&mut self, call: &ast::Spanned<ast::Call<'_>>) {
        let start = start_of_postfix(call.span(), &call.expr);
        let whole = start..call.span().end_offset as usize;
        self.operand(call.span(), start, &call.expr);
        let range = self.file(&whole);
        self.note_call(call, &range);
        // A method of the template object itself is special to the engine: `self.block()`.
        let traced = match &call.expr {
            ast::Expr::Var(name) => !UNTRACED.contains(&name.id),
            ast::Expr::GetAttr(attribute) => {
                matches!(&attribute.expr, ast::Expr::Var(name) if name.id != "loop" && name.id != "self")
            }
            ast::Expr::Call(_) | ast::Expr::GetItem(_) => true,
            _ => false,
        };
        if traced {
            let key = self.key(self.parts.sites.len());
            self.parts.sites.push(range);
            if let ast::Expr::GetAttr(attribute) = &call.expr {
                // Only the package is wrapped: `dbt_utils.star()` becomes `__p(1,dbt_utils).star()`.
                self.operand(attribute.span(), start, &attribute.expr);
                let base = range_of(attribute.expr.span());
                self.parts.edits.open(base.start, format!("__p({key},"));
                self.parts.edits.close(base.end, ")");
            } else {
                let callee = start_of(&call.expr)..call.expr.span().end_offset as usize;
                self.wrap(callee, &format!("__c({key},"), |this| this.expression(&call.expr));
            }
        } else {
            self.expression(&call.expr);
        }
        self.arguments(&call.args);
    }

    fn note_call(&mut self, call: &ast::Spanned<ast::Call<'_>>, range: &Range<usize>) {
        let (package, name) = match &call.expr {
            ast::Expr::Var(name) => (None, name.id),
            ast::Expr::GetAttr(attribute) => match &attribute.expr {
                ast::Expr::Var(base) => (Some(base.id.to_owned()), attribute.name),
                _ => return,
            },
            _ => return,
        };
        let mut found = StaticCall {
            package,
            name: name.to_owned(),
            arguments: Vec::new(),
            keywords: Vec::new(),
            spread: false,
            span: Span::new(self.source, range.clone()),
        };
        for argument in &call.args {
            match argument {
                ast::CallArg::Pos(value) => found.arguments.push(value.as_const()),
                ast::CallArg::Kwarg(name, value) => found.keywords.push(((*name).to_owned(), value.as_const())),
                ast::CallArg::PosSplat(_) | ast::CallArg::KwargSplat(_) => found.spread = true,
            }
        }
        self.parts.calls.push(found);
    }

    /// Remembers the base of an access, for the message that it is undefined.
    fn operand(&mut self, span: minijinja::machinery::Span, start: usize, base: &ast::Expr<'_>) {
        let own = range_of(span);
        let whole = self.file(&(start..own.end));
        let base = self.file(&(start_of(base)..base.span().end_offset as usize));
        self.parts.operands.push(Operand { span: own, whole, base, right: None });
    }

    fn expression(&mut self, expression: &ast::Expr<'_>) {
        match expression {
            ast::Expr::Var(_) | ast::Expr::Const(_) => {}
            ast::Expr::Slice(slice) => {
                let start = start_of(expression);
                self.operand(slice.span(), start, &slice.expr);
                self.wrap(start..slice.span().end_offset as usize, "__slice(", |this| {
                    this.expression(&slice.expr);
                    for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                        this.expression(bound);
                    }
                });
            }
            ast::Expr::UnaryOp(operation) => self.expression(&operation.expr),
            ast::Expr::BinOp(operation) => self.operation(operation),
            ast::Expr::Compare(compare) => {
                self.expression(&compare.expr);
                compare.ops.iter().for_each(|operation| self.expression(&operation.expr));
            }
            ast::Expr::IfExpr(choice) => {
                self.expression(&choice.true_expr);
                self.expression(&choice.test_expr);
                choice.false_expr.iter().for_each(|value| self.expression(value));
            }
            ast::Expr::Filter(filter) => {
                if let Some(value) = &filter.expr {
                    let own = range_of(filter.span());
                    let base = self.file(&(start_of(value)..value.span().end_offset as usize));
                    self.parts.operands.push(Operand { whole: self.file(&own), span: own, base, right: None });
                    self.expression(value);
                }
                self.arguments(&filter.args);
            }
            ast::Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
            }
            ast::Expr::GetAttr(access) => {
                self.operand(access.span(), start_of(expression), &access.expr);
                self.expression(&access.expr);
            }
            ast::Expr::GetItem(access) => {
                self.operand(access.span(), start_of(expression), &access.expr);
                self.expression(&access.expr);
                self.expression(&access.subscript_expr);
            }
            ast::Expr::Call(call) => self.call(call),
            ast::Expr::List(list) => self.wrap(range_of(list.span()), "__l(", |this| {
                list.items.iter().for_each(|item| this.expression(item));
            }),
            ast::Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.expression(item)),
            ast::Expr::Map(map) => self.wrap(range_of(map.span()), "__d(", |this| {
                for (key, value) in map.keys.iter().zip(&map.values) {
                    this.expression(key);
                    this.expression(value);
                }
            }),
        }
    }
}

fn range_of(span: minijinja::machinery::Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

/// Where an expression starts: the parser's span of `a.b.c` starts at the last dot but one.
fn start_of(expression: &ast::Expr<'_>) -> usize {
    let own = expression.span();
    match expression {
        ast::Expr::GetAttr(access) => start_of_postfix(own, &access.expr),
        ast::Expr::GetItem(access) => start_of_postfix(own, &access.expr),
        ast::Expr::Slice(access) => start_of_postfix(own, &access.expr),
        ast::Expr::Call(call) => start_of_postfix(own, &call.expr),
        ast::Expr::Filter(filter) => {
            filter.expr.as_ref().map_or(own.start_offset as usize, |base| start_of_postfix(own, base))
        }
        ast::Expr::Test(test) => start_of_postfix(own, &test.expr),
        _ => own.start_offset as usize,
    }
}

fn start_of_postfix(own: minijinja::machinery::Span, base: &ast::Expr<'_>) -> usize {
    (own.start_offset as usize).min(start_of(base))
}
