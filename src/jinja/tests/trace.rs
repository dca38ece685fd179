use super::*;
use crate::jinja::Origin;

const MACROS: &str = "{% macro cols(names) %}
  {%- for n in names %}
  {{ quoted(n) }} as {{ n }}_x{% if not loop.last %},{% endif %}
  {%- endfor %}
{%- endmacro %}
{% macro quoted(n) %}\"{{ n }}\"{% endmacro %}
{% macro where() %}{{ return('where ' ~ cond()) }}{% endmacro %}
{% macro cond() %}broken_thing = 1{% endmacro %}
{% macro wrap() %}begin {{ caller() }} end{% endmacro %}
{% macro built() %}{% set q %}select built_thing from {{ quoted('t') }}{% endset %}{{ return(q | trim) }}{% endmacro %}
{% macro keep() %}  kept_thing  {% endmacro %}";

fn locate(template: &str, what: &str) -> (String, Origin) {
    let engine = engine(MACROS, "", "");
    let rendered = render_with(&engine, template).unwrap();
    let at = rendered.text.find(what).unwrap_or_else(|| panic!("{what} is not in {}", rendered.text));
    let origin = rendered.trace.locate(&rendered.text, at).unwrap();
    (origin.span.source.text()[origin.span.range.start..].chars().take(what.len()).collect(), origin)
}

fn chain(origin: &Origin) -> Vec<String> {
    origin
        .chain
        .iter()
        .map(|frame| format!("{}: {}", frame.name, &frame.span.source.text()[frame.span.range.clone()]))
        .collect()
}

#[test]
fn plain_text_is_exact() {
    let (text, origin) = locate("select 1,\n  {{ x }} as five,\n  wrong_column\nfrom t", "wrong_column");
    assert_eq!((text.as_str(), origin.span.to_string().as_str()), ("wrong_column", "models/m.sql:3:3"));
    assert!(origin.chain.is_empty());
    let (text, origin) = locate("select {{ s ~ '!' }} from t", "hello!");
    assert_eq!((text.as_str(), origin.span.range), ("s ~ '!", 10..17));
}

#[test]
fn macro_text_is_found_through_calls() {
    let (text, origin) = locate("select {{ cols(['a', 'b']) }} from t", "as b_x");
    assert_eq!(text, "as {{ ");
    assert_eq!(origin.span.to_string(), "macros/p.sql:3:19");
    assert_eq!(chain(&origin), ["model m: cols(['a', 'b'])"]);
    let (text, origin) = locate("select {{ cols(['a', 'b']) }} from t", "\"b\"");
    assert_eq!(text, "\"{{");
    assert_eq!(origin.span.to_string(), "macros/p.sql:6:22");
    assert_eq!(chain(&origin), ["macro cols: quoted(n)", "model m: cols(['a', 'b'])"]);
}

#[test]
fn text_is_found_through_variables_filters_and_return() {
    let (text, origin) = locate("{% set w = where() %}select 1 {{ w }}", "broken_thing");
    assert_eq!(text, "broken_thing");
    assert_eq!(chain(&origin), ["macro where: cond()", "model m: where()"]);
    let (text, origin) = locate("select {{ keep() | trim }}", "kept_thing");
    assert_eq!(text, "kept_thing");
    assert_eq!(chain(&origin), ["model m: keep()"]);
    let (text, _) = locate("{{ built() }}", "built_thing");
    assert_eq!(text, "built_thing");
    let (text, origin) = locate("{% set q %}select set_thing{% endset %}\n{{ q }} from t", "set_thing");
    assert_eq!((text.as_str(), origin.span.to_string().as_str()), ("set_thing", "models/m.sql:1:19"));
    let (text, origin) = locate("x {% call wrap() %}select call_thing{% endcall %}", "call_thing");
    assert_eq!((text.as_str(), origin.span.to_string().as_str()), ("call_thing", "models/m.sql:1:27"));
    assert_eq!(chain(&origin), ["model m: wrap()"]);
    let (text, _) = locate("x {% call wrap() %}select call_thing{% endcall %}", "end");
    assert_eq!(text, "end");
}

#[test]
fn what_cannot_be_found_is_the_expression() {
    let (_, origin) = locate("select {{ cond() | upper }}", "BROKEN");
    assert_eq!(&origin.span.source.text()[origin.span.range], "cond() | upper");
}

#[test]
fn texts_of_direct_calls_are_found() {
    let engine = engine(MACROS, "", "");
    let target = Arc::clone(engine.library().find("p", "cols").unwrap());
    let called = engine.call(&target, vec![python::list(vec![Value::from("a")])], Vec::new(), &scope()).unwrap();
    let text = called.value.as_str().unwrap();
    let origin = called.trace.locate_in(text, text.find("as a_x").unwrap()).unwrap();
    assert_eq!(origin.span.to_string(), "macros/p.sql:3:19");
}

#[test]
fn tracing_does_not_change_the_text() {
    let engine = engine(MACROS, "", "");
    assert_eq!(text(&engine, "{{ cols(['a', 'b']) }}"), "\n  \"a\" as a_x,\n  \"b\" as b_x");
}
