//! Results of queries in templates: agate's tables and Python's decimals.

use crate::project::Project;

/// Gives what an expression prints when it is run as SQL's only column.
fn shown(project: &Project, template: &str) -> String {
    let output = project.ok(&["--quiet", "compile", "--inline", template, "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&output.text[output.text.find('{').unwrap()..]).unwrap();
    json["compiled"].as_str().unwrap().trim().to_owned()
}

#[test]
fn exact_numbers_of_the_warehouse_are_decimals() {
    let project = Project::new();
    let setup = "{% set v = run_query('select 1.50::decimal(10,2) as v, 0.00 as z, 3 as i').rows[0] %}";
    let cases = [
        ("{{ v[0] }} {{ [v[0]] }} {{ v.z }}", "1.50 [Decimal('1.50')] 0.00"),
        ("{{ v[0] + 1 }} {{ 2 - v[0] }} {{ v[0] * v[0] }} {{ v[0] / 2 }}", "2.50 0.50 2.2500 0.75"),
        ("{{ v.i / 7 }} {{ v[0] / 7 }}", "0.42857142857142855 0.2142857142857142857142857143"),
        ("{{ v[0] > 1 }} {{ v[0] == 1.5 }} {{ v.z == 0 }} {{ 0 != v.z }}", "True True True False"),
        ("{{ v[0] is number }} {{ v[0] is string }} {{ 'yes' if v.z else 'no' }}", "True False no"),
        ("{{ '%.1f' % v[0] }} {{ '{}'.format(v[0]) }} {{ v[0]|float }} {{ v[0]|int }}", "1.5 1.50 1.5 1"),
        ("{{ [v[0], v.i]|sum }} {{ [v[0], v.i]|max }}", "4.50 3"),
        ("{{ v[0]|abs }} {{ v[0]|round }} {{ (v[0] / 8)|round(2) }}", "1.50 2 0.19"),
    ];
    for (template, expected) in cases {
        assert_eq!(shown(&project, &format!("{setup}{template}")), expected, "{template}");
    }
    let wide = "{% set w = run_query('select 12345678901234567.89::decimal(20,2) as w').rows[0].w %}";
    assert_eq!(
        shown(&project, &format!("{wide}{{{{ '{{:.1f}}'.format(w) }}}} {{{{ w|int }}}}")),
        "12345678901234567.9 12345678901234567"
    );
    project.run(&["compile", "--inline", &format!("{setup}{{{{ v[0] / v.z }}}}")]).says(2, &["division by zero"]);
}

#[test]
fn tables_are_ordered_grouped_and_printed() {
    let sql = "select * from (values (2, 'b', 1234.5), (1, 'a', null), (3, 'a', 0.25)) t(id, name, amount)";
    let macros = format!(
        "{{% macro show() %}}{{% set t = run_query(\"{sql}\") %}}{{% do t.print_table() %}}{{% do \
         t.select(['id', 'name']).print_csv() %}}{{% do t.limit(1).print_json() %}}{{{{ log(t ~ '', info=true) }}}}\
         {{% endmacro %}}"
    );
    let project = Project::new().file("macros/m.sql", macros);
    project.ok(&["run-operation", "show"]).says(
        0,
        &[
            "| id | name |   amount |",
            "|  2 | b    | 1,234.50 |",
            "| -- | ---- | -------- |",
            "id,name\n2,b\n1,a\n3,a",
            r#"[{"id": 2, "name": "b", "amount": 1234.5}]"#,
            "| amount | Number    |",
        ],
    );
    let table = format!("{{% set t = run_query(\"{sql}\") %}}");
    let cases = [
        ("{{ t.order_by('id', reverse=true).columns['id'].values() }}", "(3, 2, 1)"),
        ("{{ t.order_by(['name', 'id']).columns[0].values() }}", "(1, 3, 2)"),
        ("{{ t.order_by('amount').columns['id'].values() }}", "(3, 2, 1)"),
        ("{{ t.distinct('name').rows|length }} {{ t.limit(1, 3).rows|length }}", "2 2"),
        ("{{ t.limit(-1).rows|length }} {{ t.limit(-2, none, 1).rows|length }}", "2 2"),
        ("{{ t.group_by('name').keys() }} {{ t.group_by('name')['a'].rows|length }}", "('b', 'a') 2"),
        ("{{ t.rows.values()|length }} {{ t.rows[-1].id }} {{ t.columns['name'].index }}", "3 3 1"),
    ];
    for (template, expected) in cases {
        assert_eq!(shown(&project, &format!("{table}{template}")), expected, "{template}");
    }
    project
        .run(&["compile", "--inline", &format!("{table}{{{{ t.order_by('nam').rows }}}}")])
        .says(2, &["the table has no column 'nam'; its columns are id, name, amount"]);
}

#[test]
fn yaml_in_templates_is_read_as_in_files() {
    let project = Project::new();
    let template =
        "{{ fromyaml('a: [1, two, 3.0, null, yes, 2024-01-31]\nb: \"2024-01-31\"') }} {{ fromyaml('a: {b', 'no') }}";
    let expected = "{'a': [1, 'two', 3.0, None, True, datetime.date(2024, 1, 31)], 'b': '2024-01-31'} no";
    assert_eq!(shown(&project, template), expected);
    let zoned = "{% set t = fromyaml('a: 2024-01-31T10:00:00Z\nb: 2024-01-31 10:00:00+02:00\nc: 12024-1-31') %}";
    let expected = "2024-01-31 10:00:00+00:00 2024-01-31 10:00:00+02:00 12024-1-31";
    assert_eq!(shown(&project, &format!("{zoned}{{{{ t.a }}}} {{{{ t.b }}}} {{{{ t.c }}}}")), expected);
    assert_eq!(
        shown(&project, "{{ {'b': 1, 'a': [{'d': 1, 'c': none}]}|pprint }}"),
        "{'a': [{'c': None, 'd': 1}], 'b': 1}"
    );
    assert_eq!(shown(&project, "{{ {'a': 'b c/d'}|urlencode }} {{ 'b c/d'|urlencode }}"), "a=b+c%2Fd b%20c/d");
    let column = "DuckDBColumn(column='a', dtype='varchar', char_size=20, numeric_precision=None, numeric_scale=None, fields=[])";
    assert_eq!(shown(&project, "{{ api.Column('a', 'varchar', char_size=20) }}"), column);
}
