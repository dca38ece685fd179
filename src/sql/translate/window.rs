//! Window functions and their windows.

use sqlparser::ast::{
    Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, NamedWindowDefinition,
    NamedWindowExpr, NullTreatment, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use super::kind::Kind;
use super::refusal::Result;
use super::translator::{Piece, Translator};

const NAMES: &[&str] = &[
    "CONDITIONAL_TRUE_EVENT",
    "CUME_DIST",
    "DENSE_RANK",
    "FIRST_VALUE",
    "LAG",
    "LAST_VALUE",
    "LEAD",
    "NTH_VALUE",
    "NTILE",
    "PERCENT_RANK",
    "RANK",
    "RATIO_TO_REPORT",
    "ROW_NUMBER",
];

impl Translator<'_> {
    /// A window function, or `None` where the function is none.
    pub(super) fn window(&mut self, name: &str, function: &Function) -> Result<Option<Piece>> {
        if !NAMES.contains(&name) {
            return Ok(None);
        }
        let Some(over) = &function.over else {
            return Err(self.refuse(name, "has no OVER", Some("write `OVER (ORDER BY ..)`")));
        };
        if function.filter.is_some() || !function.within_group.is_empty() {
            return Err(self.unsupported(format!("a clause at {name}")));
        }
        let mut nulls = function.null_treatment;
        let mut args = Vec::new();
        if let FunctionArguments::List(list) = &function.args {
            if list.duplicate_treatment.is_some() {
                return Err(self.unsupported(format!("DISTINCT in {name}")));
            }
            for clause in &list.clauses {
                match clause {
                    FunctionArgumentClause::IgnoreOrRespectNulls(treatment) => nulls = Some(*treatment),
                    _ => return Err(self.unsupported(format!("a clause in the arguments of {name}"))),
                }
            }
            for arg in &list.args {
                match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => args.push(self.expression(value)?),
                    _ => return Err(self.unsupported(format!("an argument of {name}"))),
                }
            }
        }
        let ignore = if nulls == Some(NullTreatment::IgnoreNulls) { " IGNORE NULLS" } else { "" };
        let value_kind = args.first().map_or(Kind::Unknown, |piece| piece.kind);
        let row: Vec<&str> = args.iter().map(|piece| piece.sql.as_str()).collect();
        let row = row.join(", ");
        let lower = name.to_lowercase();
        // Snowflake: these three see the whole partition when no frame is stated.
        let everything = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
        let made = match (name, args.as_slice()) {
            ("ROW_NUMBER" | "RANK" | "DENSE_RANK", []) => {
                Piece::whole(format!("{lower}() {}", self.over(over, None)?), Kind::Integer)
            }
            ("PERCENT_RANK" | "CUME_DIST", []) => {
                Piece::whole(format!("{lower}() {}", self.over(over, None)?), Kind::Float)
            }
            ("NTILE", [_]) => Piece::whole(format!("ntile({row}) {}", self.over(over, None)?), Kind::Integer),
            ("LAG" | "LEAD", [_] | [_, _] | [_, _, _]) => {
                Piece::whole(format!("{lower}({row}{ignore}) {}", self.over(over, None)?), value_kind)
            }
            ("FIRST_VALUE" | "LAST_VALUE", [_]) | ("NTH_VALUE", [_, _]) => {
                Piece::whole(format!("{lower}({row}{ignore}) {}", self.over(over, Some(everything))?), value_kind)
            }
            ("RATIO_TO_REPORT", [value]) => {
                let value = self.number(value.clone())?;
                let over = self.over(over, None)?;
                let total = Piece::whole(format!("nullif(sum({}) {over}, 0)", value.sql), value.kind);
                self.quotient(&value, &total)?
            }
            ("CONDITIONAL_TRUE_EVENT", [condition]) => {
                let condition = self.boolean(condition.clone())?;
                let frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
                let over = self.over(over, Some(frame))?;
                Piece::whole(
                    format!("CAST(sum(CASE WHEN {} THEN 1 ELSE 0 END) {over} AS BIGINT)", condition.sql),
                    Kind::Integer,
                )
            }
            _ => {
                let reason = format!("with {} arguments is not known to the translation", args.len());
                return Err(self.refuse(name, &reason, None));
            }
        };
        Ok(Some(made))
    }

    /// `OVER ..`, with a frame where none is stated.
    pub(super) fn over(&mut self, over: &WindowType, frame: Option<&str>) -> Result<String> {
        match over {
            WindowType::NamedWindow(name) if frame.is_none() => Ok(format!("OVER {}", self.ident(name))),
            WindowType::NamedWindow(name) => Ok(format!("OVER ({} {})", self.ident(name), frame.unwrap_or_default())),
            WindowType::WindowSpec(spec) => Ok(format!("OVER ({})", self.window_spec(spec, frame)?)),
        }
    }

    fn window_spec(&mut self, spec: &WindowSpec, frame: Option<&str>) -> Result<String> {
        let WindowSpec { window_name, partition_by, order_by, window_frame } = spec;
        let mut parts = Vec::new();
        if let Some(name) = window_name {
            parts.push(self.ident(name));
        }
        if !partition_by.is_empty() {
            let mut keys = Vec::new();
            for key in partition_by {
                keys.push(self.expression(key)?.sql);
            }
            parts.push(format!("PARTITION BY {}", keys.join(", ")));
        }
        if !order_by.is_empty() {
            parts.push(format!("ORDER BY {}", self.ordered(order_by)?));
        }
        match (window_frame, frame) {
            (Some(frame), _) => parts.push(self.frame(frame)?),
            (None, Some(frame)) => parts.push(frame.to_owned()),
            (None, None) => {}
        }
        Ok(parts.join(" "))
    }

    fn frame(&mut self, frame: &WindowFrame) -> Result<String> {
        let units = match frame.units {
            WindowFrameUnits::Rows => "ROWS",
            WindowFrameUnits::Range => "RANGE",
            WindowFrameUnits::Groups => return Err(self.unsupported("a frame of GROUPS")),
        };
        let start = self.bound(&frame.start_bound)?;
        let end = match &frame.end_bound {
            Some(end) => self.bound(end)?,
            None => "CURRENT ROW".to_owned(),
        };
        Ok(format!("{units} BETWEEN {start} AND {end}"))
    }

    fn bound(&mut self, bound: &WindowFrameBound) -> Result<String> {
        Ok(match bound {
            WindowFrameBound::CurrentRow => "CURRENT ROW".to_owned(),
            WindowFrameBound::Preceding(None) => "UNBOUNDED PRECEDING".to_owned(),
            WindowFrameBound::Following(None) => "UNBOUNDED FOLLOWING".to_owned(),
            WindowFrameBound::Preceding(Some(distance)) => {
                format!("{} PRECEDING", self.expression(distance)?.operand())
            }
            WindowFrameBound::Following(Some(distance)) => {
                format!("{} FOLLOWING", self.expression(distance)?.operand())
            }
        })
    }

    /// The WINDOW clause.
    pub(super) fn named_windows(&mut self, windows: &[NamedWindowDefinition]) -> Result<String> {
        if windows.is_empty() {
            return Ok(String::new());
        }
        let mut parts = Vec::new();
        for NamedWindowDefinition(name, definition) in windows {
            let name = self.ident(name);
            match definition {
                NamedWindowExpr::WindowSpec(spec) => {
                    parts.push(format!("{name} AS ({})", self.window_spec(spec, None)?))
                }
                NamedWindowExpr::NamedWindow(other) => parts.push(format!("{name} AS ({})", self.ident(other))),
            }
        }
        Ok(format!("\nWINDOW {}", parts.join(", ")))
    }
}
