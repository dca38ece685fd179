use super::*;
use crate::diagnostic::{Class, Span};
use crate::jinja::{current_call, raise};
use minijinja::State;

fn wrong(template: &str, message: &str, mark: &str) {
    let error = failure(&engine("", "", ""), template);
    assert_eq!((error.message.as_str(), marked(&error)), (message, mark), "{template}");
    assert_eq!(error.class, Class::Compilation);
    assert!(error.trace.is_empty());
}

#[test]
fn places_are_exact() {
    wrong("a {{ nothing.x.y }}", "'nothing' is undefined", "nothing.x");
    wrong("a {{ nothing() }}", "'nothing' is undefined", "nothing");
    wrong("a {{ [1, nothing()] }}", "'nothing' is undefined", "nothing");
    wrong("a {{ d.nothing.x ~ 'b' }}", "'d.nothing' is undefined", "d.nothing.x");
    wrong("a {{ x + (nothing + 1) }}", "'nothing' is undefined", "nothing + 1");
    wrong("a {{ 1 + nothing }}", "'nothing' is undefined", "1 + nothing");
    wrong("a {{ nothing[0] }}", "'nothing' is undefined", "nothing[0]");
    wrong("{{ x }}{% set y = s + x %}", "can only concatenate str (not \"int\") to str", "s + x");
    wrong("{{ x }}\n\n{{ lst.append(1).foo() }}", "'None' has no attribute 'foo'", "lst.append(1).foo()");
    wrong("{% do lst.nope(1) %}", "'list object' has no attribute 'nope'", "lst.nope(1)");
    wrong("{% if s.nope() %}{% endif %}", "'str object' has no attribute 'nope'", "s.nope()");
    wrong("é {{ x | nope }}", "No filter named 'nope'.", "nope");
    wrong("{{ x is nope }}", "No test named 'nope'.", "nope");
    wrong("{{ [1, 2].pop(7) }}", "pop index out of range", "[1, 2].pop(7)");
    wrong("{{ x // 0 }}", "integer division or modulo by zero", "x // 0");
    wrong("{{ lst[0, 1].a.b }}", "'lst[0, 1]' is undefined", "lst[0, 1].a");
    wrong("{% if x: %}{{ nothing.a }}{% endif %}", "'nothing' is undefined", "nothing.a");
}

#[test]
fn syntax_errors_have_places() {
    wrong("select {{ x y }}", "unexpected identifier, expected end of variable block", "y");
    wrong("{% if x %}a", "unexpected end of input, expected end of block", "a");
    wrong("{% set = 1 %}", "unexpected `=`, expected identifier", "=");
    wrong("{% nope %}", "unknown statement nope", "nope");
    wrong("{% include 'x' %}", "`include` cannot be used: templates have no loader", "include 'x'");
}

#[test]
fn near_names_are_suggested() {
    let engine = engine("{% macro cents_to_dollars() %}{% endmacro %}", "{% macro star() %}{% endmacro %}", "");
    assert_eq!(failure(&engine, "{{ customer() }}").help, ["did you mean `customers`?"]);
    assert_eq!(failure(&engine, "{{ cents_to_dolars() }}").help, ["did you mean `cents_to_dollars`?"]);
    assert_eq!(failure(&engine, "{{ q.sttar() }}").help, ["did you mean `q.star`?"]);
    assert_eq!(failure(&engine, "{{ x | uper }}").help, ["did you mean `upper`?"]);
}

fn frames(error: &Diagnostic) -> Vec<String> {
    error
        .trace
        .iter()
        .map(|frame| {
            format!("{}: {} at {}", frame.name, &frame.span.source.text()[frame.span.range.clone()], frame.span)
        })
        .collect()
}

#[test]
fn errors_in_macros_know_the_calls() {
    let macros = "{% macro a(v) %}\n  {{ b(v) }}\n{% endmacro %}\n\n{% macro b(v) %}\n  {% set y = [v.nope.x] %}\n{% endmacro %}";
    let error = failure(&engine(macros, "", ""), "select 1,\n  {{ a(x) | trim }}");
    assert_eq!((error.message.as_str(), marked(&error)), ("'v.nope' is undefined", "v.nope.x"));
    assert_eq!(error.labels[0].span.to_string(), "macros/p.sql:6:15");
    assert_eq!(error.labels[0].text, "in macro b");
    assert_eq!(frames(&error), ["macro a: b(v) at macros/p.sql:2:6", "model m: a(x) at models/m.sql:2:6"]);
}

#[test]
fn errors_in_call_blocks_know_the_calls() {
    let macros = "{% macro a() %}{{ caller() }}{% endmacro %}";
    let error = failure(&engine(macros, "", ""), "{% call a() %}{{ nothing.x }}{% endcall %}");
    assert_eq!((error.message.as_str(), marked(&error)), ("'nothing' is undefined", "nothing.x"));
    assert_eq!(frames(&error), ["model m: a() at models/m.sql:1:9"]);
}

#[test]
fn syntax_errors_in_macros_name_their_file() {
    let engine = engine("{% macro bad() %}\n  {{ 1 + }}\n{% endmacro %}{% macro good() %}g{% endmacro %}", "", "");
    assert_eq!(text(&engine, "{{ good() }}"), "g");
    let error = failure(&engine, "{{ bad() }}");
    assert_eq!(error.labels[0].span.to_string(), "macros/p.sql:2:10");
    assert!(engine.library().find("p", "bad").unwrap().check().is_err());
}

struct Raising(Arc<SourceFile>);

impl Scope for Raising {
    fn get(&self, name: &str) -> Option<Value> {
        match name {
            "fail" => Some(python::Function::value("fail", |state, arguments| {
                let call = current_call(state);
                let message = format!("{} in {:?} below {}", arguments[0], call.running, call.frames.len());
                Err(raise(Diagnostic::error(Class::Validation, message).help("do better")))
            })),
            "elsewhere" => {
                let source = Arc::clone(&self.0);
                Some(Value::from_function(move |_: &mut State<'_, '_>| -> Result<Value, minijinja::Error> {
                    Err(raise(Diagnostic::error(Class::Parsing, "there").label(Span::new(&source, 0..2), "here")))
                }))
            }
            _ => None,
        }
    }

    fn package(&self) -> &str {
        "p"
    }
}

#[test]
fn natives_raise_diagnostics() {
    let engine =
        engine("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{% do fail('no') %}{% endmacro %}", "", "");
    let scope: Arc<dyn Scope> = Arc::new(Raising(SourceFile::new("s.yml", "abc")));
    let error = engine.render_str(&SourceFile::new("m.sql", "{{ a() }}"), &scope).unwrap_err();
    assert_eq!(error.class, Class::Validation);
    assert_eq!(error.message, "no in Some((\"b\", \"p\")) below 2");
    assert_eq!(error.help, ["do better"]);
    assert_eq!(marked(&error), "fail('no')");
    assert_eq!(frames(&error), ["macro a: b() at macros/p.sql:1:19", "m.sql: a() at m.sql:1:4"]);
    let error = engine.render_str(&SourceFile::new("m.sql", "{{ elsewhere() }}"), &scope).unwrap_err();
    assert_eq!((marked(&error), error.class), ("ab", Class::Parsing));
}
