//! Rust functions of one row as overloads of the engine's scalar functions.

use std::error::Error;
use std::marker::PhantomData;
use std::sync::Arc;

use ::duckdb::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, IntervalMonthDayNanoArray, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use ::duckdb::arrow::datatypes::{Date32Type, Int64Type, IntervalMonthDayNanoType, TimestampMicrosecondType};
use ::duckdb::core::{DataChunkHandle, LogicalTypeHandle, LogicalTypeId};
use ::duckdb::vscalar::{ScalarFunctionSignature, VScalar};
use ::duckdb::vtab::arrow::{WritableVector, data_chunk_to_arrow, write_arrow_array_to_vector};

use super::Answer;

/// An SQL type that a function takes.
pub(super) trait Argument: 'static {
    /// What the function is given.
    type Value<'a>;
    const ID: LogicalTypeId;
    /// The value of a row that is not null.
    fn value(column: &dyn Array, row: usize) -> Self::Value<'_>;
}

/// An SQL type that a function gives.
pub(super) trait Given: 'static {
    type Value: 'static;
    const ID: LogicalTypeId;
    fn column(values: Vec<Option<Self::Value>>) -> ArrayRef;
}

/// `VARCHAR`
pub(super) struct Text;
/// `TIMESTAMP WITH TIME ZONE`, in microseconds.
pub(super) struct Instant;
/// `TIMESTAMP`, in microseconds.
pub(super) struct Local;
/// `BIGINT`
pub(super) struct Number;
/// `DOUBLE`
pub(super) struct Real;
/// `DATE`, in days since 1970.
pub(super) struct Day;

/// `TIME`, in microseconds.
pub(super) struct Time;

/// `INTERVAL`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) months: i32,
    pub(super) days: i32,
    pub(super) micros: i64,
}

impl Argument for Text {
    type Value<'a> = &'a str;
    const ID: LogicalTypeId = LogicalTypeId::Varchar;
    fn value(column: &dyn Array, row: usize) -> &str {
        column.as_string::<i32>().value(row)
    }
}

impl Argument for Instant {
    type Value<'a> = i64;
    const ID: LogicalTypeId = LogicalTypeId::TimestampTZ;
    fn value(column: &dyn Array, row: usize) -> i64 {
        column.as_primitive::<TimestampMicrosecondType>().value(row)
    }
}

impl Argument for Local {
    type Value<'a> = i64;
    const ID: LogicalTypeId = LogicalTypeId::Timestamp;
    fn value(column: &dyn Array, row: usize) -> i64 {
        column.as_primitive::<TimestampMicrosecondType>().value(row)
    }
}

impl Argument for Number {
    type Value<'a> = i64;
    const ID: LogicalTypeId = LogicalTypeId::Bigint;
    fn value(column: &dyn Array, row: usize) -> i64 {
        column.as_primitive::<Int64Type>().value(row)
    }
}

impl Argument for Day {
    type Value<'a> = i32;
    const ID: LogicalTypeId = LogicalTypeId::Date;
    fn value(column: &dyn Array, row: usize) -> i32 {
        column.as_primitive::<Date32Type>().value(row)
    }
}

impl Given for Text {
    type Value = String;
    const ID: LogicalTypeId = LogicalTypeId::Varchar;
    fn column(values: Vec<Option<String>>) -> ArrayRef {
        Arc::new(StringArray::from(values))
    }
}

impl Given for Instant {
    type Value = i64;
    const ID: LogicalTypeId = LogicalTypeId::TimestampTZ;
    fn column(values: Vec<Option<i64>>) -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
    }
}

impl Given for Local {
    type Value = i64;
    const ID: LogicalTypeId = LogicalTypeId::Timestamp;
    fn column(values: Vec<Option<i64>>) -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(values))
    }
}

impl Given for Number {
    type Value = i64;
    const ID: LogicalTypeId = LogicalTypeId::Bigint;
    fn column(values: Vec<Option<i64>>) -> ArrayRef {
        Arc::new(Int64Array::from(values))
    }
}

impl Given for Real {
    type Value = f64;
    const ID: LogicalTypeId = LogicalTypeId::Double;
    fn column(values: Vec<Option<f64>>) -> ArrayRef {
        Arc::new(Float64Array::from(values))
    }
}

impl Given for Day {
    type Value = i32;
    const ID: LogicalTypeId = LogicalTypeId::Date;
    fn column(values: Vec<Option<i32>>) -> ArrayRef {
        Arc::new(Date32Array::from(values))
    }
}

impl Given for Time {
    type Value = i64;
    const ID: LogicalTypeId = LogicalTypeId::Time;
    fn column(values: Vec<Option<i64>>) -> ArrayRef {
        Arc::new(Time64MicrosecondArray::from(values))
    }
}

impl Given for Span {
    type Value = Self;
    const ID: LogicalTypeId = LogicalTypeId::Interval;
    fn column(values: Vec<Option<Self>>) -> ArrayRef {
        let spans = values.into_iter().map(|value| {
            // The engine's microseconds are read from Arrow's nanoseconds; a span here is shorter than a day beside its days.
            value.map(|span| IntervalMonthDayNanoType::make_value(span.months, span.days, span.micros * 1000))
        });
        Arc::new(IntervalMonthDayNanoArray::from(spans.collect::<Vec<_>>()))
    }
}

/// A function of no argument.
pub(super) struct Constant<R>(PhantomData<R>);
/// A function of one argument.
pub(super) struct One<A, R>(PhantomData<(A, R)>);
/// A function of two arguments.
pub(super) struct Two<A, B, R>(PhantomData<(A, B, R)>);
/// A function of three arguments.
pub(super) struct Three<A, B, C, R>(PhantomData<(A, B, C, R)>);

/// Writes what each row gives; a row with a null argument gives null.
fn write<R: Given>(
    columns: &[ArrayRef],
    rows: usize,
    output: &mut dyn WritableVector,
    row_value: impl Fn(usize) -> Answer<R::Value>,
) -> Result<(), Box<dyn Error>> {
    let mut values = Vec::with_capacity(rows);
    for row in 0..rows {
        values.push(if columns.iter().any(|column| column.is_null(row)) { None } else { row_value(row)? });
    }
    let nulls: Vec<usize> = (0..rows).filter(|row| values[*row].is_none()).collect();
    write_arrow_array_to_vector(&R::column(values), output)?;
    // Nulls among intervals are lost on the way through Arrow.
    let mut vector = output.flat_vector();
    nulls.into_iter().for_each(|row| vector.set_null(row));
    Ok(())
}

fn signature(arguments: &[LogicalTypeId], result: LogicalTypeId) -> Vec<ScalarFunctionSignature> {
    let arguments = arguments.iter().map(|id| LogicalTypeHandle::from(*id)).collect();
    vec![ScalarFunctionSignature::exact(arguments, result.into())]
}

impl<R: Given> VScalar for Constant<R> {
    type State = fn() -> Answer<R::Value>;

    fn invoke(
        state: &Self::State,
        input: &mut DataChunkHandle,
        output: &mut dyn WritableVector,
    ) -> Result<(), Box<dyn Error>> {
        write::<R>(&[], input.len(), output, |_| state())
    }

    fn signatures() -> Vec<ScalarFunctionSignature> {
        signature(&[], R::ID)
    }
}

impl<A: Argument, R: Given> VScalar for One<A, R> {
    type State = for<'a> fn(A::Value<'a>) -> Answer<R::Value>;

    fn invoke(
        state: &Self::State,
        input: &mut DataChunkHandle,
        output: &mut dyn WritableVector,
    ) -> Result<(), Box<dyn Error>> {
        let batch = data_chunk_to_arrow(input)?;
        let columns = batch.columns();
        write::<R>(columns, batch.num_rows(), output, |row| state(A::value(&columns[0], row)))
    }

    fn signatures() -> Vec<ScalarFunctionSignature> {
        signature(&[A::ID], R::ID)
    }
}

impl<A: Argument, B: Argument, R: Given> VScalar for Two<A, B, R> {
    type State = for<'a> fn(A::Value<'a>, B::Value<'a>) -> Answer<R::Value>;

    fn invoke(
        state: &Self::State,
        input: &mut DataChunkHandle,
        output: &mut dyn WritableVector,
    ) -> Result<(), Box<dyn Error>> {
        let batch = data_chunk_to_arrow(input)?;
        let columns = batch.columns();
        write::<R>(columns, batch.num_rows(), output, |row| {
            state(A::value(&columns[0], row), B::value(&columns[1], row))
        })
    }

    fn signatures() -> Vec<ScalarFunctionSignature> {
        signature(&[A::ID, B::ID], R::ID)
    }
}

impl<A: Argument, B: Argument, C: Argument, R: Given> VScalar for Three<A, B, C, R> {
    type State = for<'a> fn(A::Value<'a>, B::Value<'a>, C::Value<'a>) -> Answer<R::Value>;

    fn invoke(
        state: &Self::State,
        input: &mut DataChunkHandle,
        output: &mut dyn WritableVector,
    ) -> Result<(), Box<dyn Error>> {
        let batch = data_chunk_to_arrow(input)?;
        let columns = batch.columns();
        write::<R>(columns, batch.num_rows(), output, |row| {
            state(A::value(&columns[0], row), B::value(&columns[1], row), C::value(&columns[2], row))
        })
    }

    fn signatures() -> Vec<ScalarFunctionSignature> {
        signature(&[A::ID, B::ID, C::ID], R::ID)
    }
}
