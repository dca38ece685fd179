use super::*;
use crate::jinja::{Arguments, MacroValue};
use minijinja::State;
use minijinja::value::Object;

fn plain(macros: &str, template: &str) -> String {
    text(&engine(macros, "", ""), template)
}

#[test]
fn names_are_found_as_dbt_finds_them() {
    let own = "{% macro a() %}p.a{% endmacro %}{% macro dbt_only() %}root{% endmacro %}";
    let package =
        "{% macro a() %}q.a{% endmacro %}{% macro b() %}q.b{% endmacro %}{% macro c() %}{{ a() }}{% endmacro %}";
    let internal = "{% macro a() %}dbt.a{% endmacro %}{% macro dbt_only() %}builtin{% endmacro %}{% macro z() %}dbt.z{% endmacro %}";
    let engine = engine(own, package, internal);
    assert_eq!(
        text(&engine, "{{ a() }} {{ q.a() }} {{ dbt.a() }} {{ z() }} {{ dbt_only() }}"),
        "p.a q.a dbt.a dbt.z root"
    );
    // The node's package decides, also inside of macros.
    assert_eq!(text(&engine, "{{ q.c() }}"), "p.a");
    assert_eq!(failure(&engine, "{{ b() }}").message, "'b' is undefined");
    assert_eq!(failure(&engine, "{{ b() }}").help, ["did you mean `q.b`?"]);
    assert_eq!(failure(&engine, "{{ q.nothing() }}").message, "'q.nothing' is undefined");
    assert_eq!(text(&engine, "{{ context['a']() }} {{ context.get('nope') }} {{ context['x'] }}"), "p.a None 5");
}

#[test]
fn return_leaves_the_macro_with_a_value() {
    let macros = "
{% macro l() %}{{ return([1, 2]) }}{% endmacro %}
{% macro n() %}{{ return(none) }}{% endmacro %}
{% macro deep() %}{% for i in [1,2,3] %}{% for j in [1,2] %}{% if i == 2 and j == 2 %}{% do return({'i': i, 'j': j}) %}{% endif %}{% endfor %}{% endfor %}never{% endmacro %}
{% macro through() %}{{ return(l()) }}{% endmacro %}
{% macro in_set() %}{% set x %}before {{ return('out') }}{% endset %}{% endmacro %}
{% macro data() %}{{ return(data=7) }}{% endmacro %}
{% macro add_to(list) %}{% do list.append(1) %}{% endmacro %}
{% macro fact(n) %}{% if n <= 1 %}{{ return(1) }}{% endif %}{{ return(n * fact(n - 1)) }}{% endmacro %}";
    assert_eq!(
        plain(macros, "{% set x = l() %}{% do x.append(3) %}{{ x }} {{ n() }} {{ n() is none }}"),
        "[1, 2, 3] None True"
    );
    assert_eq!(
        plain(macros, "{% set r = deep() %}{{ r.i }}{{ r.j }} {{ through()[0] }} {{ in_set() }} {{ data() + 1 }}"),
        "22 1 out 8"
    );
    assert_eq!(plain(macros, "{% set x = [] %}{% do add_to(x) %}{{ x }} {{ fact(20) }}"), "[1] 2432902008176640000");
    assert_eq!(failure(&engine(macros, "", ""), "{{ return(1) }}").message, "return() was called outside of a macro");
}

#[test]
fn callers_come_back() {
    let macros = "
{% macro twice() %}{{ caller() }}{{ caller() }}{% endmacro %}
{% macro each(items) %}{% for item in items %}{{ caller(item, loop.index) }};{% endfor %}{% endmacro %}
{% macro outer() %}{% set given = caller %}{% call twice() %}<{{ given() }}>{% endcall %}{% endmacro %}
{% macro no_caller() %}{{ caller() }}{% endmacro %}
{% macro statement(name, fetch=false) %}{% set sql = caller() %}{{ return(name ~ ':' ~ sql ~ fetch) }}{% endmacro %}
{% macro run_query(sql) %}{% call statement('q', fetch=true) %}{{ sql }}{% endcall %}{% endmacro %}
{% macro gives() %}{{ return(caller() | trim) }}{% endmacro %}
{% macro early() %}a{{ caller() }}never{% endmacro %}";
    assert_eq!(plain(macros, "{% call twice() %}{{ x }}{% endcall %}"), "55");
    assert_eq!(plain(macros, "{% call(item, n) each(['a', 'b']) %}{{ n }}{{ item }}{% endcall %}"), "1a;2b;");
    assert_eq!(plain(macros, "{% call outer() %}i{% endcall %}"), "<i><i>");
    assert_eq!(plain(macros, "{{ run_query('select 1') }}"), "q:select 1True");
    assert_eq!(plain(macros, "[{% call gives() %}  x  {% endcall %}]"), "[x]");
    let engine = engine(macros, "", "");
    assert_eq!(failure(&engine, "{{ no_caller() }}").message, "No caller defined");
    let error = failure(&engine, "{% call run_query('x') %}{% endcall %}");
    assert!(error.message.starts_with("macro 'dbt_macro__run_query' was invoked with two values"), "{error}");
    // dbt: return() in the body of a call block leaves the macro that is called.
    assert_eq!(plain(macros, "{% call early() %}{{ return('r') }}{% endcall %}"), "r");
}

#[test]
fn arguments_bind_as_in_python() {
    let macros = "
{% macro v(a, b=2) %}{{ a }}-{{ b }}-{{ varargs }}-{{ kwargs }}{% endmacro %}
{% macro only(a, b=3) %}{{ a }}{{ b }}{% endmacro %}
{% macro typed(a: string, b: int = 4, c: dict[str, list[int]] = {}) %}{{ a }}{{ b }}{{ c }}{% endmacro %}
{% macro none_at_all() %}x{% endmacro %}
{% macro defaults(a, b=a, c=[]) %}{{ a }}{{ b }}{{ c }}{% endmacro %}
{% macro spread() %}{{ v(*varargs, **kwargs) }}{% endmacro %}";
    assert_eq!(plain(macros, "{{ v(1, 5, 6, 7, k='z') }}"), "1-5-(6, 7)-{'k': 'z'}");
    assert_eq!(plain(macros, "{{ v(b=1, a=0) }}"), "0-1-()-{}");
    assert_eq!(plain(macros, "{{ spread(1, 2, 3, q=4) }}"), "1-2-(3,)-{'q': 4}");
    assert_eq!(
        plain(
            macros,
            "{{ only() }} {{ only(1) }} {{ only(b=1, a=2) }} {{ typed('a') }} {{ typed('a', c={'k': [1]}) }}"
        ),
        "3 13 21 a4{} a4{'k': [1]}"
    );
    assert_eq!(plain(macros, "{{ defaults(1) }}"), "11[]");
    let engine = engine(macros, "", "");
    let error = failure(&engine, "{{ only(1, 2, 3) }}");
    assert_eq!(error.message, "macro 'dbt_macro__only' takes not more than 2 argument(s)");
    assert_eq!(error.help, ["it is defined as `only(a, b)`"]);
    assert_eq!(marked(&error), "only(1, 2, 3)");
    assert_eq!(failure(&engine, "{{ only(c=1) }}").message, "macro 'dbt_macro__only' takes no keyword argument 'c'");
    assert_eq!(
        failure(&engine, "{{ none_at_all(1) }}").message,
        "macro 'dbt_macro__none_at_all' takes not more than 0 argument(s)"
    );
    assert_eq!(failure(&engine, "{{ only(1, a=2) }}").message, "macro 'dbt_macro__only' takes no keyword argument 'a'");
}

/// `adapter.dispatch`, as the real adapter will do it.
#[derive(Debug)]
struct Adapter(Engine);

impl Object for Adapter {
    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, minijinja::Error> {
        let given = Arguments::new(method, arguments);
        given.only(&["macro_name", "macro_namespace"])?;
        let name = given.text(0, "macro_name")?;
        let namespace = given.optional_text(1, "macro_namespace")?;
        let found = self.0.library().dispatch("p", &name, namespace.as_deref()).map_err(crate::jinja::raise)?;
        Ok(MacroValue::new(found))
    }
}

struct WithAdapter(Engine);

impl Scope for WithAdapter {
    fn get(&self, name: &str) -> Option<Value> {
        (name == "adapter").then(|| Value::from_object(Adapter(self.0.clone())))
    }

    fn package(&self) -> &str {
        "p"
    }
}

#[test]
fn dispatch_searches_in_dbts_order() {
    let own =
        "{% macro duckdb__one() %}p.duckdb{% endmacro %}{% macro default__two(x) %}p.default{{ x }}{% endmacro %}";
    let package = "
{% macro one() %}{{ return(adapter.dispatch('one', 'q')()) }}{% endmacro %}
{% macro default__one() %}q.default{% endmacro %}
{% macro two(x) %}{{ adapter.dispatch('two', macro_namespace='q')(x) }}{% endmacro %}
{% macro duckdb__two(x) %}q.duckdb{{ x }}{% endmacro %}
{% macro three() %}{{ adapter.dispatch('three')() }}{% endmacro %}";
    let engine = engine(own, package, "{% macro default__three() %}dbt{% endmacro %}");
    let scope: Arc<dyn Scope> = Arc::new(WithAdapter(engine.clone()));
    let source = SourceFile::new("m.sql", "{{ q.one() }} {{ q.two(1) }} {{ q.three() }}");
    let rendered = engine.render_str(&source, &scope).unwrap();
    assert_eq!(rendered.text, "p.duckdb p.default1 dbt");
    let used: Vec<(String, bool)> = rendered.macros.iter().map(|used| (used.target.unique_id(), used.direct)).collect();
    let expected = [
        ("macro.q.one", true),
        ("macro.p.duckdb__one", false),
        ("macro.q.two", true),
        ("macro.p.default__two", false),
        ("macro.q.three", true),
        ("macro.dbt.default__three", false),
    ];
    assert_eq!(used, expected.map(|(id, direct)| (id.to_owned(), direct)));
    let error =
        engine.render_str(&SourceFile::new("m.sql", "{{ adapter.dispatch('oen', 'q')() }}"), &scope).unwrap_err();
    assert_eq!(
        error.message,
        "In dispatch: No macro named 'oen' found within namespace: 'q'\n    \
         Searched for: 'p.duckdb__oen', 'p.default__oen', 'q.duckdb__oen', 'q.default__oen'"
    );
    assert_eq!(marked(&error), "adapter.dispatch('oen', 'q')");
}

#[test]
fn materializations_have_their_own_precedence() {
    let text = |adapter: &str| {
        format!("{{% materialization view, {adapter} %}}{{{{ supported_languages }}}}{{% endmaterialization %}}")
    };
    let mut library = Library::new("p", &["dbt_duckdb", "dbt"], &["duckdb"]);
    let mut add = |package: &str, adapter: &str| {
        library.add_file(package, &SourceFile::new(format!("{package}.sql"), text(adapter))).unwrap();
    };
    add("dbt", "default");
    add("dbt_duckdb", "adapter='duckdb', supported_languages=['sql', 'python']");
    add("q", "adapter=\"duckdb\"");
    let found = library.materialization("view", false).unwrap();
    assert_eq!(
        (found.found.unique_id().as_str(), found.overrides_builtin),
        ("macro.q.materialization_view_duckdb", true)
    );
    let found = library.materialization("view", true).unwrap();
    assert_eq!(found.found.unique_id(), "macro.dbt_duckdb.materialization_view_duckdb");
    // The adapter's own precedes even a default of the root project.
    library.add_file("p", &SourceFile::new("p.sql", text("default"))).unwrap();
    assert_eq!(library.materialization("view", true).unwrap().found.package, "dbt_duckdb");
    assert!(library.materialization("nope", true).is_none());
    let target = Arc::clone(library.exactly("dbt_duckdb", "materialization_view_duckdb").unwrap());
    let called = Engine::new(library).call(&target, Vec::new(), Vec::new(), &scope()).unwrap();
    assert_eq!(python::to_str(&called.value), "['sql', 'python']");
}

#[test]
fn macros_can_be_called_directly() {
    let engine = engine(
        "{% macro add(a, b=1) %}{{ return([a + b]) }}{% endmacro %}{% macro t() %} {{ add(1) }} {% endmacro %}",
        "",
        "",
    );
    let target = Arc::clone(engine.library().find("p", "add").unwrap());
    let called = engine.call(&target, vec![Value::from(1)], vec![("b".to_owned(), Value::from(5))], &scope()).unwrap();
    assert_eq!(python::repr(&called.value), "[6]");
    let target = Arc::clone(engine.library().find("p", "t").unwrap());
    let called = engine.call(&target, Vec::new(), Vec::new(), &scope()).unwrap();
    assert_eq!(called.value.as_str(), Some(" [2] "));
    assert_eq!(called.macros.len(), 1);
    assert!(called.macros[0].direct);
    let error = engine.call(&target, vec![Value::from(1)], Vec::new(), &scope()).unwrap_err();
    assert_eq!(error.message, "macro 'dbt_macro__t' takes not more than 0 argument(s)");
    assert_eq!(marked(&error), "{% macro t() %}");
}

#[test]
fn parsing_tolerates_what_it_cannot_know() {
    let engine = engine("{% macro m() %}{{ model.config.get('x').y() }}|{{ execute }}{% endmacro %}", "", "");
    let render =
        |text: &str| engine.render_str(&SourceFile::new("m.sql", text), &parsing()).map(|rendered| rendered.text);
    assert_eq!(render("[{{ nothing }}{{ nothing.at.all }}{{ nothing('x').y['z'] }}{{ m() }}]").unwrap(), "[|False]");
    assert_eq!(
        render("{% for a in nothing() %}x{% endfor %}{{ nothing is defined }}{{ nothing | default('d') }}").unwrap(),
        "Falsed"
    );
    assert_eq!(render("{{ d.missing.more }}{{ s.nothing() }}{% if nothing.x %}y{% endif %}").unwrap(), "");
    assert_eq!(render("{{ nothing + 1 }}").unwrap_err().message, "'nothing' is undefined");
    assert_eq!(render("{{ range(2) | list }}{{ modules.re.sub('a', 'b', 'a') }}").unwrap(), "[0, 1]b");
}

#[test]
fn native_templates_give_values() {
    let engine = engine("{% macro m() %}{{ return([1]) }}{% endmacro %}", "", "");
    let evaluate = |text: &str| {
        let source = SourceFile::new("x.yml", text);
        let template = engine.expression(&source, 0..text.len(), "x").unwrap();
        engine.evaluate(&template, &scope()).map(|value| python::repr(&value))
    };
    for (template, expected) in [
        ("{{ 1 }}", "1"),
        ("1", "'1'"),
        ("{{ '1' }}", "'1'"),
        ("{{ '1' | as_number }}", "1"),
        ("{{ '1.5' | as_native }}", "1.5"),
        ("{{ 'True' | as_bool }}", "True"),
        ("{{ 1 | as_text }}", "'1'"),
        ("{{ lst }}", "[3, 1, 2]"),
        ("{{ none }}", "None"),
        ("{{ x }}{{ x }}", "'55'"),
        ("a{{ x }}", "'a5'"),
        ("{{ m() }}", "[1]"),
        ("{% set y = 2 %}{{ y }}", "2"),
        ("{{ x > 3 }}", "True"),
    ] {
        assert_eq!(evaluate(template).unwrap(), expected, "{template}");
    }
    assert_eq!(evaluate("{{ 'x' | as_bool }}").unwrap_err().message, "Could not convert value 'x' into type 'bool'");
}

#[test]
fn a_text_without_tags_is_not_touched() {
    let engine = engine("", "", "");
    assert_eq!(text(&engine, "select 1\n\n"), "select 1\n\n");
    assert_eq!(text(&engine, "select {{ 1 }}\n\n"), "select 1\n");
    assert_eq!(text(&engine, "a\r\n{{ 1 }}\r\nb"), "a\n1\nb");
    assert_eq!(text(&engine, "{% set\u{a0}x =\u{a0}'\u{a0}' %}{{ x\u{2003}~ 1 }}"), "\u{a0}1");
    assert_eq!(text(&engine, "{% macro inline() %}i{% endmacro %}{{ inline() }}"), "i");
}

#[test]
fn deep_recursion_ends_in_an_error() {
    let engine = engine("{% macro loop_forever(n) %}{{ loop_forever(n + 1) }}{% endmacro %}", "", "");
    let error = failure(&engine, "{{ loop_forever(0) }}");
    assert_eq!(error.message, "maximum recursion depth exceeded");
}
