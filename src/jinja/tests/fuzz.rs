use super::*;
use crate::jinja::{BlockKind, blocks};

const SEEDS: &[&str] = &[
    "{% set x = [1, 'a', {'k': (1, 2)}] %}{% for a, b in x[0:1] %}{{ a.b['c'] | join(',') ~ 1 % 2 }}{% else %}é{% endfor %}",
    "{% if x is not none and (s + 'x')[-1] == 'o': %}{{ m(*lst, **d) }}{% elif not x %}{% raw %}{{ }}{% endraw %}{% endif %}",
    "{% macro m(a, b: int = a, *c) -%} {{- varargs }}{{ caller() }} {%- endmacro %}{% call(q) m(1) %}{{ q }}{% endcall %}",
    "{%- do lst.append('%s' % x) -%}{{ '{:>5}'.format(x) }}{# comment #}{{ modules.re.sub('(a)', '\\\\1', 'é') }}{{ +x }}",
    "{% set q %}a{{ x }}{% endset %}{% filter upper %}{{ q }}{% endfilter %}{{ 1, 2 }}{{ d[1, 2] }}{{ 'a' 'b' }}\r\n{{ x }}",
    "{{ '%(a)5.2f' % d }}{{ s.center(9, 'é') }}{{ s[::-2] }}{{ 's'.rsplit('s', 1) }}{{ lst | batch(2) | list }}{{ 9 // -2 }}",
];

/// A small generator, so that runs are alike.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

fn mutated(state: &mut u64) -> String {
    const PARTS: &[&str] = &[
        "{{", "}}", "{%", "%}", "'", "\"", "(", ")", "[", "]", "{", "}", ",", ":", "-", "é", "\n", " if ", " in ", "|",
        ".", "\\", "=", "%", "#}",
    ];
    let mut text: Vec<char> = SEEDS[next(state) % SEEDS.len()].chars().collect();
    for _ in 0..=next(state) % 4 {
        let at = next(state) % (text.len() + 1);
        match next(state) % 3 {
            0 if at < text.len() => {
                let end = (at + 1 + next(state) % 4).min(text.len());
                text.drain(at..end);
            }
            1 => {
                let part = PARTS[next(state) % PARTS.len()];
                text.splice(at..at, part.chars());
            }
            _ => {
                let other: Vec<char> = SEEDS[next(state) % SEEDS.len()].chars().collect();
                let from = next(state) % other.len();
                let piece = other[from..(from + next(state) % 12).min(other.len())].to_vec();
                text.splice(at..at, piece);
            }
        }
    }
    text.into_iter().collect()
}

#[test]
fn nothing_panics_and_places_are_in_the_file() {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let engine = engine("{% macro m(a) %}{{ a }}{% endmacro %}", "", "");
    for _ in 0..3000 {
        let text = mutated(&mut state);
        let source = SourceFile::new("macros/x.sql", text.as_str());
        let _ = blocks(&source, BlockKind::MACROS);
        match render_with(&engine, &text) {
            Ok(rendered) => {
                for at in (0..rendered.text.len()).step_by(7) {
                    if let Some(origin) = rendered.trace.locate(&rendered.text, at) {
                        assert!(
                            origin.span.source.text().get(origin.span.range.clone()).is_some()
                                || !rendered.text.is_char_boundary(at),
                            "{text}"
                        );
                    }
                }
            }
            Err(error) => {
                for label in &error.labels {
                    assert!(label.span.source.text().get(label.span.range.clone()).is_some(), "{text}: {label:?}");
                }
                assert!(!error.labels.is_empty(), "{text}: {error}");
                assert!(!error.message.contains("__"), "{text}: {error}");
            }
        }
    }
}
