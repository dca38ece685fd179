//! The template language as dbt speaks it, through `compile`, `show` and `build`.

use crate::project::Project;

/// What the model `a` compiles to, without the blanks around.
#[track_caller]
fn compiled(project: &Project) -> String {
    project.ok(&["compile"]);
    project.read("target/compiled/shop/models/a.sql").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn gives(template: &str, expected: &str) {
    assert_eq!(compiled(&Project::new().file("models/a.sql", template)), expected, "{template}");
}

fn with_package() -> Project {
    Project::new()
        .file("dbt_packages/util/dbt_project.yml", "name: util\nversion: \"1.0\"\n")
        .file(
            "dbt_packages/util/macros/u.sql",
            "{% macro who() %}util{% endmacro %}\n\
             {% macro hello() %}{{ return(adapter.dispatch('hello', 'util')()) }}{% endmacro %}\n\
             {% macro default__hello() %}default of util{% endmacro %}\n\
             {% macro duckdb__hello() %}duckdb of util{% endmacro %}\n",
        )
        .file("packages.yml", "packages:\n  - local: dbt_packages/util\n")
}

#[test]
fn the_projects_macros_come_before_those_of_packages() {
    let project = with_package()
        .file("macros/m.sql", "{% macro who() %}shop{% endmacro %}")
        .file("models/a.sql", "{{ who() }} {{ util.who() }} {{ shop.who() }}");
    assert_eq!(compiled(&project), "shop util shop");
}

#[test]
fn dispatch_takes_the_adapters_macro_and_the_projects_first() {
    let project = with_package().file("models/a.sql", "{{ util.hello() }}");
    assert_eq!(compiled(&project), "duckdb of util");
    project.write("macros/m.sql", "{% macro default__hello() %}default of shop{% endmacro %}");
    assert_eq!(compiled(&project), "default of shop");
    let project = project.setting("dispatch:\n  - macro_namespace: util\n    search_order: ['util', 'shop']");
    assert_eq!(compiled(&project), "duckdb of util");
}

#[test]
fn dbts_own_macros_can_be_overridden() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro generate_alias_name(custom_alias_name, node) %}x_{{ node.name }}{% endmacro %}")
        .file("models/a.sql", "select 1 as id");
    project.ok(&["build"]);
    assert_eq!(project.relations(), ["x_a view"]);
}

#[test]
fn macros_return_values() {
    let project = Project::new()
        .file(
            "macros/m.sql",
            "{% macro list() %}ignored{{ return([3, 1, 2]) }}{% endmacro %}\n\
             {% macro dict() %}{% do return({'a': 1, 'b': [true, none]}) %}{% endmacro %}\n",
        )
        .file(
            "models/a.sql",
            "{{ list() | sort | join('-') }} {{ dict().a + 1 }} {{ dict()['b'] }} {{ list()[0] * 2 }}",
        );
    assert_eq!(compiled(&project), "1-2-3 2 [True, None] 6");
}

#[test]
fn queries_run_while_compiling() {
    let project = Project::new().file(
        "models/a.sql",
        "{% set found = run_query('select i as n, chr(96 + i::int) as c from range(1, 4) t(i)') %}\n\
         {% if execute %}{% set names = found.columns[1].values() %}{{ names | join(',') }}\n\
         {% for row in found %}{{ row['n'] }}{{ row.c }} {% endfor %}{{ found | length }}{% else %}not yet{% endif %}",
    );
    assert_eq!(compiled(&project), "a,b,c 1a 2b 3c 3");
}

#[test]
fn variables_have_defaults() {
    let project = Project::new().setting("vars:\n  n: 5\n  shop:\n    m: [1, 2]").file(
        "models/a.sql",
        "{{ var('n') + 1 }} {{ var('m') | length }} {{ var('k', 'none') }} {{ env_var('NO_SUCH_X', 'unset') }}",
    );
    assert_eq!(compiled(&project), "6 2 none unset");
    project.ok(&["compile", "--vars", "{n: 1, k: given}"]);
    assert_eq!(project.read("target/compiled/shop/models/a.sql").trim(), "2 2 given unset");
}

#[test]
fn a_model_knows_itself_and_its_target() {
    gives(
        "{{ config(materialized='table', alias='other', tags=['x'], meta={'k': 3}) }}\
         {{ config.get('materialized') }} {{ config.get('nope', 'no') }} {{ this.identifier }} {{ this }} {{ model.name }} \
         {{ target.name }} {{ target.type }} {{ target.schema }} {{ target.threads }} {{ model.config.tags }}",
        "table no other \"dev\".\"main\".\"other\" a dev duckdb main 2 ['x']",
    );
}

#[test]
fn log_speaks_when_asked() {
    let project = Project::new().file(
        "models/a.sql",
        "{% do log('loud ' ~ this.name, info=true) %}{% do log('silent') %}{{ print('printed') }}select 1 as id",
    );
    project.ok(&["build"]).says(0, &["loud a", "printed"]).hides(&["silent"]);
    assert!(project.read("logs/netflix.log").contains("silent"));
}

#[test]
fn a_raised_error_is_at_its_line() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro check(x) %}\n  {% if x > 1 %}\n    {{ exceptions.raise_compiler_error('too big: ' ~ x) }}\n  {% endif %}\n{% endmacro %}\n")
        .file("models/a.sql", "select 1 as id\n{{ check(5) }}\n");
    project.run(&["build"]).says(2, &["too big: 5", "macros/m.sql:3:", "models/a.sql:2:"]);
    project.write("models/a.sql", "select 1 as id\n{{ check(1) }}\n");
    project.ok(&["build"]);
}

#[test]
fn lists_and_dicts_can_be_changed() {
    gives(
        "{% set xs = [] %}{% set d = {} %}{% for i in range(3) %}{% do xs.append(i * i) %}{% do d.update({i: loop.last}) %}\
         {% endfor %}{{ xs }} {{ d }} {{ xs.pop() }} {{ xs | length }} {% do xs.extend([7]) %}{{ xs }}",
        "[0, 1, 4] {0: False, 1: False, 2: True} 4 2 [0, 1, 7]",
    );
    gives("{% set ns = namespace(n=0) %}{% for i in [1, 2, 3] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "6");
}

#[test]
fn blocks_are_captured_and_called() {
    gives("{% set sql %}select {{ 1 + 1 }}{% endset %}{{ sql | upper }} {{ sql }}", "SELECT 2 select 2");
    let project = Project::new()
        .file("macros/m.sql", "{% macro wrap(a) %}[{{ a }}:{{ caller('in') }}:{{ caller('out') }}]{% endmacro %}")
        .file(
            "models/a.sql",
            "{% call(x) wrap('w') %}{{ x | upper }}{% endcall %} {% call(x) wrap(2) %}y{% endcall %}",
        );
    assert_eq!(compiled(&project), "[w:IN:OUT] [2:y:y]");
}

#[test]
fn pythons_values_are_written_as_python_does() {
    gives(
        "{{ true }} {{ none }} {{ 1.0 }} {{ 7 // 2 }} {{ 7 / 2 }} {{ -7 % 3 }} {{ 2 ** 10 }}",
        "True None 1.0 3 3.5 2 1024",
    );
    gives(
        "{{ 'a-b'.split('-') }} {{ 'x'.join(['1', '2']) }} {{ '%s=%d' % ('k', 3) }} {{ '{:>4}|'.format(7) }}",
        "['a', 'b'] 1x2 k=3 7|",
    );
    gives("{{ modules.datetime.date(2024, 2, 28) + modules.datetime.timedelta(days=2) }}", "2024-03-01");
    gives(
        "{{ tojson({'a': [1, 'x']}) }} {{ fromjson('[1, 2]')[1] }} {{ fromyaml('a: 3').a }}",
        "{\"a\": [1, \"x\"]} 2 3",
    );
}

#[test]
fn a_configuration_is_not_known_while_templates_are_read() {
    let asks = "{{ config(tags=['t']) }}{% if 't' in config.get('tags', []) and not execute %}\
                {{ exceptions.raise_compiler_error('too early') }}{% endif %}select '{{ config.get('tags')[0] }}' as t";
    let project = Project::new().file("models/a.sql", asks);
    project.ok(&["build"]);
    assert_eq!(project.cells("select t from {{ ref('a') }}"), ["t"]);
}

#[test]
fn macros_leave_things_for_others_in_the_context() {
    let project = Project::new()
        .file(
            "macros/m.sql",
            "{% macro leave(n) %}{% do context.update({'left': context.get('left', 0) + n}) %}{% endmacro %}\n\
             {% macro found() %}{{ return(context.get('left', 'nothing')) }}{% endmacro %}",
        )
        .file("models/a.sql", "{{ leave(1) }}{{ leave(2) }}select '{{ found() }}' as n")
        .file("models/b.sql", "select '{{ found() }}' as n -- {{ ref('a') }}");
    project.ok(&["build", "--threads", "1"]);
    assert_eq!(project.cells("select n from {{ ref('a') }} union all select n from {{ ref('b') }}"), ["3", "nothing"]);
}

#[test]
fn a_macro_is_the_same_only_where_its_bare_name_is_asked_for() {
    let project = with_package()
        .file("macros/m.sql", "{% macro __hidden(x) %}[{{ x }}]{% endmacro %}\n{% macro one() %}1{% endmacro %}")
        .file(
            "models/a.sql",
            "{% set kept = util.who %}{{ one == one }} {{ shop.one == shop.one }} {{ util.who in [util.who] }} \
             {{ kept in [kept] }} {{ one != util.who }} {{ __hidden(1) }} {{ shop.__hidden(2) }}",
        );
    assert_eq!(compiled(&project), "True False False True True [1] [2]");
    let model = &project.json("target/manifest.json")["nodes"]["model.shop.a"];
    assert_eq!(model["depends_on"]["macros"], serde_json::json!(["macro.shop.__hidden"]));
}

#[test]
fn random_takes_any_item() {
    let template =
        "{% for one in range(200) %}{{ ['a', 'b'] | random }}{% endfor %}{{ 'x' | random }}{{ [] | random }}";
    let text = compiled(&Project::new().file("models/a.sql", template));
    assert!(text.len() == 201 && text.ends_with('x'), "{text}");
    assert!(text.contains('a') && text.contains('b'), "{text}");
}
