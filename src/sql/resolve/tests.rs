//! What queries mean: lineage and mistakes, case by case.

use std::sync::Arc;

use crate::sql::{Dialect, KnownColumn, KnownColumns, Relation, Resolved, Schemas, Type, parse, path, resolve};

/// Tables `orders (id, customer_id, amount, day, status, payload)` and `customers (id, name)`, and `raw`, whose columns
/// are not known.
fn schemas(dialect: Dialect) -> Schemas {
    let mut schemas = Schemas::default();
    let orders: &[(&str, &str)] = &[
        ("id", "int"),
        ("customer_id", "int"),
        ("amount", "decimal"),
        ("day", "date"),
        ("status", "varchar"),
        ("payload", "variant"),
    ];
    let tables = [("db.shop.orders", orders), ("db.shop.customers", &[("id", "int"), ("name", "varchar")])];
    for (name, columns) in tables {
        let columns = columns
            .iter()
            .map(|(name, data_type)| KnownColumn { name: dialect.plain(name), data_type: Type::from_name(data_type) });
        let columns = Arc::new(KnownColumns { columns: columns.collect(), open: None });
        let id = name.rsplit('.').next().unwrap().into();
        schemas.add(Relation { id, path: path(name, dialect), columns });
    }
    let columns = Arc::new(KnownColumns::unknown("nobody looked"));
    schemas.add(Relation { id: "raw".into(), path: path("db.shop.raw", dialect), columns });
    schemas
}

fn resolved(sql: &str, dialect: Dialect) -> Resolved {
    let query = parse::query(sql, dialect).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    resolve(&query, sql, &schemas(dialect), dialect)
}

/// The lineage as a line: `name: table.column kind, ...; ...`, with `...` where columns are not known.
fn lineage(sql: &str, dialect: Dialect) -> String {
    let resolved = resolved(sql, dialect);
    assert!(resolved.findings.iter().all(|finding| finding.rule.is_hint()), "{sql}: {:?}", resolved.findings);
    let mut parts: Vec<String> = Vec::new();
    for column in &resolved.shape.columns {
        let mut from: Vec<String> = Vec::new();
        for (origin, kind) in &column.lineage.from {
            let read = &resolved.reads[origin.relation];
            let table = read.id.as_deref().unwrap_or(&read.name);
            from.push(format!("{table}.{} {}", origin.column.to_lowercase(), kind.name()));
        }
        from.extend(column.lineage.unknown.as_ref().map(|_| "?".to_owned()));
        let name = column.name.as_ref().map_or("_", |name| name.text.as_str());
        parts.push(format!("{name}: {}", from.join(", ")));
    }
    parts.extend(resolved.shape.reason().map(|_| "...".to_owned()));
    parts.join("; ")
}

#[test]
fn lineage_is_exact_or_marked() {
    let both = [
        ("select id, amount * 2 as twice from orders", "id: orders.id copy; twice: orders.amount transform"),
        ("select o.id from orders o", "id: orders.id copy"),
        ("with a as (select * from orders), b as (select id as key from a) select key from b", "key: orders.id copy"),
        ("select sum(amount) as total, count(*) as n from orders", "total: orders.amount aggregate; n: "),
        (
            "select id, row_number() over (partition by status order by day) as n from orders",
            "id: orders.id copy; n: orders.day transform, orders.status transform",
        ),
        ("select id from orders union all select id from customers", "id: orders.id copy, customers.id copy"),
        (
            "select (select max(name) from customers c where c.id = o.customer_id) as n from orders o",
            "n: customers.name aggregate",
        ),
        ("select amount as a, a + 1 as b from orders", "a: orders.amount copy; b: orders.amount transform"),
        ("select x from raw", "x: raw.x copy"),
        ("select price as cents, price / 100 as price from raw", "cents: raw.price copy; price: raw.price transform"),
        ("select x as a, y as x from raw", "a: ?; x: raw.y copy"),
        ("select * from raw", "..."),
        (
            "select * exclude (day, payload) from orders join customers using (id)",
            "id: orders.id copy; customer_id: orders.customer_id copy; amount: orders.amount copy; status: orders.status copy; name: customers.name copy",
        ),
        ("select x from raw a join raw b on a.k = b.k", "x: ?"),
        ("select name from raw join customers on true", "name: customers.name copy"),
        (
            "select case when status = 'a' then amount end as v from orders",
            "v: orders.amount transform, orders.status transform",
        ),
        (
            "with recursive t as (select id, amount from orders union all select id, amount + 1 from t where id < 9) select amount from t",
            "amount: orders.amount transform",
        ),
        ("select v.a from (values (1, 2)) as v (a, b)", "a: "),
    ];
    for (sql, expected) in both {
        for dialect in [Dialect::Snowflake, Dialect::DuckDb] {
            assert_eq!(lineage(sql, dialect), expected, "{sql} in {dialect:?}");
        }
    }
    let snowflake = [
        ("select payload:a.b::string as v from orders", "v: orders.payload transform"),
        (
            "select f.value:x as v from orders, lateral flatten(input => orders.payload) f",
            "v: orders.payload transform",
        ),
        ("select * rename (id as key) from customers", "key: customers.id copy; name: customers.name copy"),
        ("select id from orders qualify row_number() over (order by day) = 1", "id: orders.id copy"),
        (
            "select * from (select status, amount, day from orders) pivot (sum(amount) for status in ('a', 'b')) as p (d, a, b)",
            "d: orders.day copy; a: orders.amount aggregate; b: orders.amount aggregate",
        ),
    ];
    for (sql, expected) in snowflake {
        assert_eq!(lineage(sql, Dialect::Snowflake), expected, "{sql}");
    }
    assert_eq!(lineage("from customers", Dialect::DuckDb), "id: customers.id copy; name: customers.name copy");
}

#[test]
fn mistakes_are_named_with_their_place() {
    let cases = [
        ("select amuont from orders", "amuont", "`orders` has no column `amuont`", Some("did you mean `amount`?")),
        (
            "select id from orders join customers on true",
            "id",
            "`id` may be a column of `orders` or of `customers`",
            Some("write `orders.id`"),
        ),
        ("select 1 from ordrs", "ordrs", "there is no relation `ordrs`", Some("did you mean `orders`?")),
        ("select c.id from orders", "c", "`c` is no relation of this query", None),
        ("select id, sum(amount) from orders group by status", "id", "`id` is neither grouped nor aggregated", None),
        ("select id from orders where day = amount", "amount", "date is compared with number", None),
        (
            "select id from orders union select id, name from customers",
            "id",
            "one side has 1 column and the other has 2 columns",
            None,
        ),
        ("select sum(day) from orders", "sum", "`sum` takes no date", None),
        ("select * exclude (dya) from orders", "dya", "the star has no column `dya`", Some("did you mean `day`?")),
        ("select x.status from (select id from orders) x", "status", "`x` has no column `status`", None),
    ];
    for (sql, place, message, help) in cases {
        for dialect in [Dialect::Snowflake, Dialect::DuckDb] {
            let found = resolved(sql, dialect).findings;
            let finding = found.iter().find(|finding| !finding.rule.is_hint());
            let finding = finding.unwrap_or_else(|| panic!("{sql} in {dialect:?}: nothing found"));
            assert_eq!(finding.message.to_lowercase(), message.to_lowercase(), "{sql} in {dialect:?}");
            assert_eq!(finding.place.clone().map(|range| &sql[range]), Some(place), "{sql}");
            if help.is_some() {
                assert_eq!(finding.help.as_deref(), help, "{sql}");
            }
        }
    }
}

#[test]
fn what_may_be_right_is_no_mistake() {
    for sql in [
        "select anything from raw",
        "select r.anything from raw r join orders o on r.k = o.id",
        "select * from elsewhere.thing",
        "select dateadd(day, 1, day) as next from orders",
        "select status, sum(amount) from orders group by 1 having sum(amount) > 1 order by 2",
        "select upper(status) as s, count(*) from orders group by upper(status)",
        "select status as s, count(*) from orders group by s",
        "select max(day) - interval '1 day' from orders",
        "select id from orders where exists (select 1 from customers where customers.id = orders.customer_id)",
        "select id from orders where (id, status) in (select id, name from customers)",
        "select status = 'a' and amount > 1 as flag from orders where status",
        "select orders.id from orders order by amount",
        "select 'x' || id from orders",
        "select (select min(id) from elsewhere.thing) as least from orders join customers on true",
    ] {
        for dialect in [Dialect::Snowflake, Dialect::DuckDb] {
            let found = resolved(sql, dialect).findings;
            assert!(found.is_empty(), "{sql} in {dialect:?}: {found:?}");
        }
    }
}

#[test]
fn what_nothing_reads_is_a_hint() {
    let sql = "with a as (select id, status from orders), b as (select nope from orders) select id from a";
    let found = resolved(sql, Dialect::DuckDb).findings;
    let of = |rule: &str| found.iter().find(|finding| finding.rule.name() == rule).unwrap();
    assert!(of("unknown-column").is_doubtful);
    assert_eq!(of("unused-cte").place.clone().map(|range| &sql[range]), Some("b"));
    assert_eq!(of("unused-column").message, "the column `status` of `a` is never read");
}
