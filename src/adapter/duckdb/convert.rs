//! Arrow batches -> cells, exactly.
//!
//! Arrow alone cannot tell a HUGEINT from a DECIMAL(38,0), so each column also carries the engine's own type.

use ::duckdb::Statement;
use ::duckdb::arrow::array::{
    Array, AsArray, BinaryArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray, StringArray, StructArray,
    UnionArray,
};
use ::duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use ::duckdb::core::{LogicalTypeHandle, LogicalTypeId};

use crate::adapter::{Cell, Table, TableColumn};

/// The columns of an executed statement and at most `limit` of its rows.
pub(super) fn rows(statement: &Statement<'_>, limit: usize) -> ::duckdb::Result<Table> {
    let schema = statement.schema();
    let shapes: Vec<Shape> =
        (0..schema.fields().len()).map(|at| Shape::of(&statement.column_logical_type(at))).collect();
    let columns = schema.fields().iter().zip(&shapes).map(|(field, shape)| TableColumn::new(field.name(), &shape.name));
    let mut table = Table::new(columns.collect());
    while table.rows.len() < limit {
        let Some(batch) = statement.step()? else { break };
        let wanted = batch.len().min(limit - table.rows.len());
        append(&mut table.rows, &batch, &shapes, wanted);
    }
    Ok(table)
}

/// The one row of an executed statement whose one column is a struct, taken apart; none where it is NULL.
pub(super) fn row_of_struct(statement: &Statement<'_>) -> ::duckdb::Result<Option<Table>> {
    let shape = Shape::of(&statement.column_logical_type(0));
    let Some(batch) = statement.step()? else { return Ok(None) };
    let Some(fields) = batch.column(0).as_struct_opt().filter(|fields| !fields.is_null(0)) else { return Ok(None) };
    let columns = shape.fields.iter().zip(&shape.children).map(|(name, child)| TableColumn::new(name, &child.name));
    let mut table = Table::new(columns.collect());
    append(&mut table.rows, fields, &shape.children, 1);
    Ok(Some(table))
}

fn append(rows: &mut Vec<Vec<Cell>>, batch: &StructArray, shapes: &[Shape], wanted: usize) {
    rows.reserve(wanted);
    for row in 0..wanted {
        rows.push(batch.columns().iter().zip(shapes).map(|(array, shape)| cell(array.as_ref(), row, shape)).collect());
    }
}

/// The engine's type, as far as Arrow does not tell it.
struct Shape {
    id: LogicalTypeId,
    name: String,
    json: bool,
    fields: Vec<String>,
    children: Vec<Self>,
}

impl Shape {
    fn of(handle: &LogicalTypeHandle) -> Self {
        let id = handle.id();
        let alias = handle.get_alias();
        let children: Vec<Self> = (0..handle.num_children()).map(|at| Self::of(&handle.child(at))).collect();
        let named = matches!(id, LogicalTypeId::Struct | LogicalTypeId::Union);
        let fields = if named { (0..children.len()).map(|at| handle.child_name(at)).collect() } else { Vec::new() };
        let json = alias.as_deref().is_some_and(|alias| alias.eq_ignore_ascii_case("json"));
        let mut shape = Self { id, name: String::new(), json, fields, children };
        shape.name = alias.unwrap_or_else(|| shape.type_name(handle));
        shape
    }

    fn type_name(&self, handle: &LogicalTypeHandle) -> String {
        let child = |at: usize| self.children.get(at).map_or("", |child| child.name.as_str());
        let members = || {
            let members = self.fields.iter().zip(&self.children).map(|(name, child)| {
                let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
                let name = if plain { name.clone() } else { format!("\"{}\"", name.replace('"', "\"\"")) };
                format!("{name} {}", child.name)
            });
            members.collect::<Vec<_>>().join(", ")
        };
        match self.id {
            LogicalTypeId::Decimal => format!("DECIMAL({},{})", handle.decimal_width(), handle.decimal_scale()),
            LogicalTypeId::List => format!("{}[]", child(0)),
            LogicalTypeId::Array => format!("{}[ARRAY]", child(0)),
            LogicalTypeId::Map => format!("MAP({}, {})", child(0), child(1)),
            LogicalTypeId::Struct => format!("STRUCT({})", members()),
            LogicalTypeId::Union => format!("UNION({})", members()),
            LogicalTypeId::TimestampS => "TIMESTAMP_S".to_owned(),
            LogicalTypeId::TimestampMs => "TIMESTAMP_MS".to_owned(),
            LogicalTypeId::TimestampNs => "TIMESTAMP_NS".to_owned(),
            LogicalTypeId::TimestampTZ => "TIMESTAMP WITH TIME ZONE".to_owned(),
            LogicalTypeId::TimeTZ => "TIME WITH TIME ZONE".to_owned(),
            LogicalTypeId::TimeNs => "TIME_NS".to_owned(),
            LogicalTypeId::SqlNull => "\"NULL\"".to_owned(),
            id => format!("{id:?}").to_uppercase(),
        }
    }
}

/// Integers of one Arrow type.
macro_rules! primitive {
    ($array:expr, $row:expr, $kind:ty) => {
        $array.as_primitive::<$kind>().value($row)
    };
}

fn cell(array: &dyn Array, row: usize, shape: &Shape) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Null => Cell::Null,
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Cell::Int(primitive!(array, row, Int8Type).into()),
        DataType::Int16 => Cell::Int(primitive!(array, row, Int16Type).into()),
        DataType::Int32 => Cell::Int(primitive!(array, row, Int32Type).into()),
        DataType::Int64 => Cell::Int(primitive!(array, row, Int64Type).into()),
        DataType::UInt8 => Cell::Int(primitive!(array, row, UInt8Type).into()),
        DataType::UInt16 => Cell::Int(primitive!(array, row, UInt16Type).into()),
        DataType::UInt32 => Cell::Int(primitive!(array, row, UInt32Type).into()),
        DataType::UInt64 => Cell::Int(primitive!(array, row, UInt64Type).into()),
        DataType::Float32 => {
            // As Python's client gives it: the binary value made wide, so that 3.3 reads 3.299999952316284.
            let narrow = primitive!(array, row, Float32Type);
            Cell::Float(f64::from(narrow))
        }
        DataType::Float64 => Cell::Float(primitive!(array, row, Float64Type)),
        DataType::Decimal32(_, scale) => decimal(primitive!(array, row, Decimal32Type).into(), *scale, shape),
        DataType::Decimal64(_, scale) => decimal(primitive!(array, row, Decimal64Type).into(), *scale, shape),
        DataType::Decimal128(_, scale) => decimal(primitive!(array, row, Decimal128Type), *scale, shape),
        DataType::Utf8 => text(downcast::<StringArray>(array).map(|array| array.value(row)), shape),
        DataType::LargeUtf8 => text(downcast::<LargeStringArray>(array).map(|array| array.value(row)), shape),
        DataType::Utf8View => text(Some(array.as_string_view().value(row)), shape),
        DataType::Binary => bytes(downcast::<BinaryArray>(array).map(|array| array.value(row)), shape),
        DataType::LargeBinary => bytes(downcast::<LargeBinaryArray>(array).map(|array| array.value(row)), shape),
        DataType::FixedSizeBinary(_) => {
            bytes(downcast::<FixedSizeBinaryArray>(array).map(|array| array.value(row)), shape)
        }
        DataType::BinaryView => bytes(Some(array.as_binary_view().value(row)), shape),
        DataType::Date32 => Cell::Date(primitive!(array, row, Date32Type)),
        DataType::Time32(_) | DataType::Time64(_) | DataType::Timestamp(..) | DataType::Interval(_) => {
            moment(array, row)
        }
        DataType::List(_) => list(array.as_list::<i32>().value(row).as_ref(), shape),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row).as_ref(), shape),
        DataType::FixedSizeList(..) => list(array.as_fixed_size_list().value(row).as_ref(), shape),
        DataType::Struct(_) => structure(array.as_struct(), row, shape),
        DataType::Map(..) => map(&array.as_map().value(row), shape),
        DataType::Dictionary(..) => dictionary(array, row, shape),
        DataType::Union(..) => union(array, row, shape),
        other => Cell::Text(format!("<{other}>")),
    }
}

fn downcast<A: 'static>(array: &dyn Array) -> Option<&A> {
    array.as_any().downcast_ref()
}

fn text(value: Option<&str>, shape: &Shape) -> Cell {
    let value = value.unwrap_or_default().to_owned();
    if shape.json { Cell::Json(value) } else { Cell::Text(value) }
}

fn bytes(value: Option<&[u8]>, shape: &Shape) -> Cell {
    let value = value.unwrap_or_default();
    match (shape.id, value) {
        // The first byte counts the bits that only fill up the second one.
        (LogicalTypeId::Bit, [filling, bits @ ..]) => {
            let digits: String = bits.iter().map(|byte| format!("{byte:08b}")).collect();
            Cell::Text(digits.get(usize::from(*filling)..).unwrap_or_default().to_owned())
        }
        _ => Cell::Bytes(value.to_vec()),
    }
}

fn decimal(unscaled: i128, scale: i8, shape: &Shape) -> Cell {
    match shape.id {
        LogicalTypeId::UHugeint => {
            let wide = unscaled.cast_unsigned();
            i128::try_from(wide).map_or_else(|_| Cell::Decimal(wide.to_string()), Cell::Int)
        }
        LogicalTypeId::Decimal => {
            let scale = usize::try_from(scale).unwrap_or_default();
            let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            let sign = if unscaled < 0 { "-" } else { "" };
            let point = if scale > 0 { "." } else { "" };
            Cell::Decimal(format!("{sign}{whole}{point}{fraction}"))
        }
        _ => Cell::Int(unscaled),
    }
}

fn moment(array: &dyn Array, row: usize) -> Cell {
    const MILLI: i64 = 1_000_000;
    const SECOND: i64 = 1_000_000_000;
    match array.data_type() {
        DataType::Time32(TimeUnit::Second) => Cell::Time(i64::from(primitive!(array, row, Time32SecondType)) * SECOND),
        DataType::Time32(_) => Cell::Time(i64::from(primitive!(array, row, Time32MillisecondType)) * MILLI),
        DataType::Time64(TimeUnit::Microsecond) => Cell::Time(primitive!(array, row, Time64MicrosecondType) * 1000),
        DataType::Time64(_) => Cell::Time(primitive!(array, row, Time64NanosecondType)),
        DataType::Timestamp(unit, zone) => {
            let (count, nanos) = match unit {
                TimeUnit::Second => (primitive!(array, row, TimestampSecondType), SECOND),
                TimeUnit::Millisecond => (primitive!(array, row, TimestampMillisecondType), MILLI),
                TimeUnit::Microsecond => (primitive!(array, row, TimestampMicrosecondType), 1000),
                TimeUnit::Nanosecond => (primitive!(array, row, TimestampNanosecondType), 1),
            };
            // Infinity is the largest count whatever the unit.
            let nanos = if count.unsigned_abs() >= i64::MAX.unsigned_abs() { 1000 } else { nanos };
            let moment = i128::from(count) * i128::from(nanos);
            if zone.is_some() { Cell::TimestampTz(moment) } else { Cell::Timestamp(moment) }
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let span = primitive!(array, row, IntervalMonthDayNanoType);
            Cell::Interval { months: span.months, days: span.days, micros: span.nanoseconds / 1000 }
        }
        other => Cell::Text(format!("<{other}>")),
    }
}

fn list(values: &dyn Array, shape: &Shape) -> Cell {
    match shape.children.first() {
        Some(child) => Cell::List((0..values.len()).map(|at| cell(values, at, child)).collect()),
        None => Cell::List(Vec::new()),
    }
}

fn structure(array: &StructArray, row: usize, shape: &Shape) -> Cell {
    let fields = array.columns().iter().zip(shape.fields.iter().zip(&shape.children));
    Cell::Struct(fields.map(|(array, (name, child))| (name.clone(), cell(array.as_ref(), row, child))).collect())
}

fn map(entries: &StructArray, shape: &Shape) -> Cell {
    let ([keys, values], [key, value]) = (entries.columns(), shape.children.as_slice()) else {
        return Cell::Map(Vec::new());
    };
    Cell::Map((0..entries.len()).map(|at| (cell(keys.as_ref(), at, key), cell(values.as_ref(), at, value))).collect())
}

fn dictionary(array: &dyn Array, row: usize, shape: &Shape) -> Cell {
    let dictionary = array.as_any_dictionary();
    let keys = dictionary.keys();
    let key = match keys.data_type() {
        DataType::UInt8 => usize::from(primitive!(keys, row, UInt8Type)),
        DataType::UInt16 => usize::from(primitive!(keys, row, UInt16Type)),
        DataType::UInt32 => usize::try_from(primitive!(keys, row, UInt32Type)).unwrap_or_default(),
        _ => usize::try_from(primitive!(keys, row, Int32Type)).unwrap_or_default(),
    };
    cell(dictionary.values().as_ref(), key, shape)
}

fn union(array: &dyn Array, row: usize, shape: &Shape) -> Cell {
    let Some(union) = downcast::<UnionArray>(array) else { return Cell::Null };
    let member = usize::try_from(union.type_id(row)).unwrap_or_default();
    shape.children.get(member).map_or(Cell::Null, |child| cell(union.value(row).as_ref(), 0, child))
}
