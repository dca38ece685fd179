use super::*;

/// A template, and what Python's Jinja in dbt's environment makes of it; `!` marks an error and its message.
const TABLE: &[(&str, &str)] = &[
    ("{{ none }}", "None"),
    ("{{ true }} {{ false }} {{ True }}", "True False True"),
    (
        "{{ 1e20 }} {{ 1.0 }} {{ 1e-7 }} {{ 0.1 + 0.2 }} {{ 123456789.123 }} {{ 1e16 }} {{ 1e15 }}",
        "1e+20 1.0 1e-07 0.30000000000000004 123456789.123 1e+16 1000000000000000.0",
    ),
    (
        "{{ 0xa020d57ab0448ef74115c112d18a9c231cc86000 }} {{ 0xffffffffffffffffffffffffffffffff }}",
        "914170743843819636241048683169470459684082704384 340282366920938463463374607431768211455",
    ),
    (
        "{{ 1_0000000000_0000000000_0000000000_0000000000 }} {{ '0xa020d57ab0448ef74115c112d18a9c231cc86000' }}",
        "10000000000000000000000000000000000000000 0xa020d57ab0448ef74115c112d18a9c231cc86000",
    ),
    ("{{ ['a', 'b'] }}", "['a', 'b']"),
    ("{{ {'a': 1, 'b': [1, 2]} }}", "{'a': 1, 'b': [1, 2]}"),
    ("{{ (1, 2) }} {{ (1,) }} {{ () }}", "(1, 2) (1,) ()"),
    ("{{ \"it's\" }} {{ [\"it's\"] }} {{ ['a\"b'] }} {{ ['a\\nb'] }}", "it's [\"it's\"] ['a\"b'] ['a\\nb']"),
    ("{{ undefined_thing }}", ""),
    ("{{ undefined_thing.foo }}", "!'undefined_thing' is undefined"),
    ("{{ undefined_thing() }}", "!'undefined_thing' is undefined"),
    ("{{ undefined_thing + 1 }}", "!'undefined_thing' is undefined"),
    ("{{ d.missing }}", ""),
    ("{{ d['missing'] }}", ""),
    ("{{ s.missing }}", ""),
    ("{{ s.nothing() }}", "!'str object' has no attribute 'nothing'"),
    ("{{ none.foo }}", ""),
    ("{{ none.foo() }}", "!'None' has no attribute 'foo'"),
    ("{{ undefined_thing | default('x') }}", "x"),
    ("{{ none | default('x') }} {{ none | default('x', true) }}", "None x"),
    ("{% for i in undefined_thing %}x{% else %}none{% endfor %}", "none"),
    ("{{ undefined_thing is defined }} {{ x is defined }}", "False True"),
    ("{{ undefined_thing == none }} {{ undefined_thing ~ 'a' }}", "False a"),
    ("{% set l = [] %}{% do l.append(1) %}{% do l.append(2) %}{{ l }}", "[1, 2]"),
    ("{% set l = [1,2,3] %}{{ l.pop() }}{{ l.pop(0) }}{{ l }}", "31[2]"),
    ("{% set l = [3,1,2] %}{% do l.sort() %}{{ l }}{% do l.reverse() %}{{ l }}", "[1, 2, 3][3, 2, 1]"),
    ("{% set l = [1] %}{% set m = l %}{% do m.append(2) %}{{ l }}", "[1, 2]"),
    ("{% set l = [1,2] %}{% do l.extend([3]) %}{% do l.insert(0, 9) %}{% do l.remove(2) %}{{ l }}", "[9, 1, 3]"),
    ("{{ [1,2,3].index(2) }} {{ [1,1,2].count(1) }}", "1 2"),
    ("{% set d2 = {} %}{% do d2.update({'a': 1}) %}{% do d2.update(b=2) %}{{ d2 }}", "{'a': 1, 'b': 2}"),
    ("{% set d2 = {'a': 1} %}{{ d2.pop('a') }}{{ d2 }}{{ d2.pop('z', 5) }}", "1{}5"),
    ("{% set d2 = {'a': 1} %}{{ d2.setdefault('b', []) }}{% do d2.b.append(1) %}{{ d2 }}", "[]{'a': 1, 'b': [1]}"),
    ("{{ d.items() | list }} {{ d.keys() | list }} {{ d.values() | list }}", "[('a', 1), ('b', 2)] ['a', 'b'] [1, 2]"),
    (
        "{{ d.keys() }} {{ d.values() }} {{ d.items() }}",
        "dict_keys(['a', 'b']) dict_values([1, 2]) dict_items([('a', 1), ('b', 2)])",
    ),
    ("{{ d.get('a') }} {{ d.get('z') }} {{ d.get('z', 3) }}", "1 None 3"),
    ("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;"),
    ("{% for k in d %}{{ k }}{% endfor %}", "ab"),
    ("{{ 'a' in d }} {{ 'z' not in d }} {{ 1 in [1,2] }} {{ 'ell' in s }}", "True True True True"),
    (
        "{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 6 / 3 }}",
        "3 -4 1 2 3.5 1024 2.0",
    ),
    ("{{ 7.5 % 2 }} {{ -7.5 % 2 }} {{ 7 % -3 }}", "1.5 0.5 -2"),
    ("{{ 1 + 1.5 }} {{ 'a' + 'b' }} {{ [1] + [2] }} {{ (1,) + (2,) }}", "2.5 ab [1, 2] (1, 2)"),
    ("{{ 'a' * 3 }} {{ [1, 2] * 2 }} {{ 3 * 'ab' }}", "aaa [1, 2, 1, 2] ababab"),
    ("{{ 'a' + 1 }}", "!can only concatenate str (not \"int\") to str"),
    ("{{ [1] + 1 }}", "!can only concatenate list (not \"int\") to list"),
    ("{{ 1 + 'a' }}", "!unsupported operand type(s) for +: 'int' and 'str'"),
    ("{{ true + 1 }} {{ true == 1 }}", "2 True"),
    (
        "{{ 1 == 1.0 }} {{ 'a' == 'a' }} {{ [1] == [1] }} {{ {'a':1} == {'a':1} }} {{ (1,2) == (1,2) }}",
        "True True True True True",
    ),
    ("{{ 1 < 2 < 3 }} {{ 'a' < 'b' }} {{ [1,2] < [1,3] }}", "True True True"),
    ("{{ not true }} {{ true and 'x' }} {{ false or 'y' }} {{ '' or none }}", "False x y None"),
    ("{{ 'yes' if x else 'no' }} {{ 'yes' if not x }}", "yes "),
    ("{{ '%s' % 'a' }} {{ '%s-%d' % ('a', 3) }} {{ '%05d|%5.2f|%x' % (42, 3.14159, 255) }}", "a a-3 00042| 3.14|ff"),
    ("{{ '%(a)s and %(b)d' % {'a': 'x', 'b': 2} }}", "x and 2"),
    ("{{ '%-5s|%5s|' % ('a', 'b') }} {{ '%r' % 'a' }} {{ '100%%' % () }}", "a    |    b| 'a' 100%"),
    ("{{ '%s %s' % 'a' }}", "!not enough arguments for format string"),
    ("{{ '%d' % 'a' }}", "!%d format: a real number is required, not str"),
    (
        "{{ '{} {}'.format('a', 1) }} {{ '{0}{1}{0}'.format('a','b') }} {{ '{n:>5}|{n:<5}|{n:^5}'.format(n='x') }}",
        "a 1 aba     x|x    |  x  ",
    ),
    (
        "{{ '{:,}'.format(1234567) }} {{ '{:.2f}'.format(3.14159) }} {{ '{:05d}'.format(42) }} {{ '{:%}'.format(0.5) }} {{ '{{}}'.format() }}",
        "1,234,567 3.14 00042 50.000000% {}",
    ),
    (
        "{{ '{:x} {:b} {:o} {:e}'.format(255, 5, 8, 12345.678) }} {{ '{!r}'.format('a') }} {{ '{a[b]}'.format(a={'b': 3}) }}",
        "ff 101 10 1.234568e+04 'a' 3",
    ),
    (
        "{{ s.upper() }} {{ s.title() }} {{ 'HELLO world'.capitalize() }} {{ 'aB'.swapcase() }}",
        "HELLO Hello Hello world Ab",
    ),
    ("{{ '  a '.strip() }}| {{ 'xxaxx'.strip('x') }} {{ 'xxa'.lstrip('x') }} {{ 'axx'.rstrip('x') }}", "a| a a a"),
    (
        "{{ 'a,b,c'.split(',') }} {{ 'a b  c'.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }}",
        "['a', 'b', 'c'] ['a', 'b', 'c'] ['a', 'b,c'] ['a,b', 'c']",
    ),
    (
        "{{ 'a-b-c'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ 'abc'.partition('x') }}",
        "('a', '-', 'b-c') ('a-b', '-', 'c') ('abc', '', '')",
    ),
    ("{{ 'a\\nb\\r\\nc'.splitlines() }}", "['a', 'b', 'c']"),
    ("{{ ','.join(['a','b']) }} {{ ','.join(d) }}", "a,b a,b"),
    ("{{ ','.join([1,2]) }}", "!sequence item 0: expected str instance, int found"),
    (
        "{{ 'hello'.startswith('he') }} {{ 'hello'.startswith(('x','he')) }} {{ 'hello'.endswith('lo') }}",
        "True True True",
    ),
    (
        "{{ 'hello'.find('l') }} {{ 'hello'.rfind('l') }} {{ 'hello'.find('z') }} {{ 'hello'.index('l') }} {{ 'hello'.count('l') }}",
        "2 3 -1 2 2",
    ),
    ("{{ 'hello'.index('z') }}", "!substring not found"),
    (
        "{{ 'a'.zfill(3) }} {{ '-5'.zfill(4) }} {{ 'a'.center(5, '*') }} {{ 'ab'.center(5) }}| {{ 'a'.ljust(3) }}| {{ 'a'.rjust(3, '0') }}",
        "00a -005 **a**   ab | a  | 00a",
    ),
    (
        "{{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ 'ab'.isalpha() }} {{ ' '.isspace() }} {{ 'AB'.isupper() }} {{ 'ab'.islower() }} {{ ''.isdigit() }}",
        "True True True True True True False",
    ),
    ("{{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }}", "a-b- a-bX"),
    ("{{ 'prefix_a'.removeprefix('prefix_') }} {{ 'a_suf'.removesuffix('_suf') }}", "a a"),
    ("{{ 'a\\tb'.expandtabs(4) }} {{ 'abc'.encode() }} {{ 'é'.encode('utf-8') }}", "a   b b'abc' b'\\xc3\\xa9'"),
    ("{{ s[0] }} {{ s[-1] }} {{ s[1:3] }} {{ s[::-1] }} {{ s[:-1] }} {{ s[10] }}|", "h o el olleh hell |"),
    (
        "{{ lst[0] }} {{ lst[-1] }} {{ lst[1:] }} {{ lst[::-1] }} {{ lst[:2] }} {{ lst[10] }}|",
        "3 2 [1, 2] [2, 1, 3] [3, 1] |",
    ),
    ("{% set l = lst[:2] %}{% do l.append(9) %}{{ l }} {{ lst }}", "[3, 1, 9] [3, 1, 2]"),
    ("{{ (1,2,3)[1:] }} {{ (1,2)[0] }}", "(2, 3) 1"),
    (
        "{{ lst | sort }} {{ lst | sort(reverse=true) }} {{ ['b','A','c'] | sort }} {{ rows | sort(attribute='v') | map(attribute='n') | list }}",
        "[1, 2, 3] [3, 2, 1] ['A', 'b', 'c'] ['a', 'b', 'B']",
    ),
    ("{% set l = lst | sort %}{% do l.append(9) %}{{ l }}", "[1, 2, 3, 9]"),
    (
        "{{ lst | length }} {{ s | length }} {{ d | length }} {{ lst | first }} {{ lst | last }} {{ lst | sum }} {{ lst | max }} {{ lst | min }}",
        "3 5 2 3 2 6 3 1",
    ),
    (
        "{{ lst | join('-') }} {{ [1, none, true, 1.5] | join(',') }} {{ rows | join(',', attribute='n') }}",
        "3-1-2 1,None,True,1.5 b,a,B",
    ),
    (
        "{{ rows | map(attribute='n') | join(',') }} {{ ['a','b'] | map('upper') | list }} {{ rows | selectattr('v', 'gt', 1) | map(attribute='n') | list }}",
        "b,a,B ['A', 'B'] ['b', 'B']",
    ),
    (
        "{{ rows | rejectattr('v', 'equalto', 1) | list | length }} {{ [1,2,3,4] | select('odd') | list }} {{ [1,2,3,4] | reject('divisibleby', 2) | list }}",
        "2 [1, 3] [1, 3]",
    ),
    ("{{ rows | groupby('n') }}", "[('a', [{'n': 'a', 'v': 1}]), ('b', [{'n': 'b', 'v': 2}, {'n': 'B', 'v': 3}])]"),
    (
        "{% for g, i in rows | groupby('n') %}{{ g }}:{{ i | length }};{% endfor %}{% for g in rows|groupby('v') %}{{ g.grouper }}{{ g.list }}{% endfor %}",
        "a:1;b:2;1[{'n': 'a', 'v': 1}]2[{'n': 'b', 'v': 2}]3[{'n': 'B', 'v': 3}]",
    ),
    (
        "{{ [1,2,3,4,5] | batch(2) | list }} {{ [1,2,3] | batch(2, 'x') | list }} {{ [1,2,3,4,5] | slice(2) | list }}",
        "[[1, 2], [3, 4], [5]] [[1, 2], [3, 'x']] [[1, 2, 3], [4, 5]]",
    ),
    (
        "{{ ['a','b','a','A'] | unique | list }} {{ d | dictsort }} {{ d | items | list }} {{ {'b':1,'a':2}|dictsort(by='value') }}",
        "['a', 'b'] [('a', 1), ('b', 2)] [('a', 1), ('b', 2)] [('b', 1), ('a', 2)]",
    ),
    (
        "{{ 'x' | int }} {{ '12' | int }} {{ '1.7' | int }} {{ 3.9 | int }} {{ 'x' | int(5) }} {{ 'ff' | int(base=16) }} {{ none | int }} {{ true | int }}",
        "0 12 1 3 5 255 0 1",
    ),
    (
        "{{ '1.5' | float }} {{ 'x' | float }} {{ 3 | float }} {{ -3 | abs }} {{ 2.5 | round }} {{ 3.5 | round }} {{ 2.567 | round(2) }} {{ 2.1 | round(0, 'ceil') }} {{ 5 | round }}",
        "1.5 0.0 3.0 3 2.0 4.0 2.57 3.0 5",
    ),
    (
        "{{ d | tojson }} {{ tojson(d) }} {{ tojson({'b':1,'a':[1,2.0,none,true,\"é'<\"]}) }} {{ tojson({'b':1,'a':2}, sort_keys=true) }} {{ {'b':1,'a':\"'<&>\"} | tojson }}",
        "{\"a\": 1, \"b\": 2} {\"a\": 1, \"b\": 2} {\"b\": 1, \"a\": [1, 2.0, null, true, \"\\u00e9'<\"]} {\"a\": 2, \"b\": 1} {\"a\": \"\\u0027\\u003c\\u0026\\u003e\", \"b\": 1}",
    ),
    ("{{ fromjson('{\"a\": [1, 2.5, null, true]}') }} {{ fromjson('{\"a\": 1}').a }}", "{'a': [1, 2.5, None, True]} 1"),
    (
        "{{ toyaml({'a': 1, 'b': [1, 'x']}) }} {{ fromyaml('a: 1\\nb: [1, x]') }}",
        "a: 1\nb:\n- 1\n- x\n {'a': 1, 'b': [1, 'x']}",
    ),
    ("{{ local_md5('hello') }}", "5d41402abc4b2a76b9719d911017c592"),
    (
        "{{ zip([1,2],['a','b']) | list }} {{ zip([1,2],['a','b']) }} {{ set([1,2,2]) | list }} {{ set([1]) }}",
        "[(1, 'a'), (2, 'b')] [(1, 'a'), (2, 'b')] [1, 2] {1}",
    ),
    (
        "{{ range(3) }} {{ range(3) | list }} {{ range(1, 10, 3) | list }} {{ range(3, 0, -1) | list }}",
        "range(0, 3) [0, 1, 2] [1, 4, 7] [3, 2, 1]",
    ),
    ("{{ dict(a=1) }} {{ dict({'x': 1}, y=2) }}", "{'a': 1} {'x': 1, 'y': 2}"),
    (
        "{% set ns = namespace(a=1, l=[]) %}{% for i in range(3) %}{% set ns.a = ns.a + i %}{% do ns.l.append(i) %}{% endfor %}{{ ns.a }}{{ ns.l }}",
        "4[0, 1, 2]",
    ),
    (
        "{% for i in [1,2,3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }},{% endfor %}",
        "10TrueFalse33,21FalseFalse32,32FalseTrue31,",
    ),
    (
        "{% for i in [1,2,3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}{% for i in [1,2,3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}",
        "131",
    ),
    (
        "{% for i in [1,2,3] if i > 1 %}{{ i }}{% endfor %} {% for i in range(4) %}{{ loop.cycle('a','b') }}{% endfor %}",
        "23 abab",
    ),
    (
        "{% for a, b in [(1,2),(3,4)] %}{{ a }}{{ b }};{% endfor %}{% for a, (b, c) in [(1,(2,3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
        "12;34;123",
    ),
    ("{% set a, b = 1, 2 %}{{ a }}{{ b }} {% set t = 1, 2 %}{{ t }}", "12 (1, 2)"),
    ("{% set x %}hello {{ s }}{% endset %}{{ x | upper }}", "HELLO HELLO"),
    ("{% set x | upper %}hello{% endset %}{{ x }}", "HELLO"),
    ("{% filter upper %}abc{% endfilter %} {% with y = 3 %}{{ y }}{% endwith %}", "ABC 3"),
    ("{{ \"a\" \"b\" }} {{ 'a' ~ 1 ~ none ~ true }} {{ 1 ~ 2 }} {{ 1.0 ~ 'x' }}", "ab a1NoneTrue 12 1.0x"),
    ("{%- if x -%}  yes  {%- endif -%}  after", "yesafter"),
    ("{% if x: %}colon{% else: %}no{% endif %} {% for i in [1]: %}{{ i }}{% endfor %}", "colon 1"),
    ("{% raw %}{{ not }}{% endraw %} {# comment #}done", "{{ not }} done"),
    (
        "{{ d.items() | map('first') | list }} {{ d.items() | sort(attribute='1', reverse=true) | list }}",
        "['a', 'b'] [('b', 2), ('a', 1)]",
    ),
    (
        "{{ 'abc' | list }} {{ 'abc' | reverse }} {{ [1,2] | reverse | list }} {{ 'a b' | title }} {{ 'a b' | capitalize }} {{ ' a ' | trim }}| {{ 'aXa' | replace('a','b') }}",
        "['a', 'b', 'c'] cba [2, 1] A B A b a| bXb",
    ),
    (
        "{{ 'a b c' | wordcount }} {{ 'abcdefghij klm' | truncate(8) }} {{ 'ab' | center(6) }}| {{ 'a\\nb' | indent(2) }} {{ 'a\\nb' | indent(2, true) }}",
        "3 abcde...   ab  | a\n  b   a\n  b",
    ),
    (
        "{{ '<a>' | escape }} {{ '<a>x</a>' | striptags }} {{ 'a b/c' | urlencode }} {{ 13000 | filesizeformat }} {{ '%s-%s' | format('a', 1) }}",
        "&lt;a&gt; x a%20b/c 13.0 kB a-1",
    ),
    (
        "{{ 1 is number }} {{ 'a' is string }} {{ [1] is iterable }} {{ 'a' is iterable }} {{ {} is mapping }} {{ [1] is sequence }} {{ 1 is odd }} {{ none is none }} {{ 2 is divisibleby 2 }} {{ 1 is integer }} {{ 1.0 is float }} {{ true is boolean }} {{ 'a' is in ['a'] }} {{ range is callable }} {{ 1 is sameas 1 }}",
        "True True True True True True True True True True True True True True True",
    ),
    (
        "{{ 'a' is lower }} {{ d is mapping }} {{ lst is mapping }} {{ undefined_thing is none }} {{ (1,2) is sequence }} {{ x is eq 5 }}",
        "True True False False True True",
    ),
    (
        "{{ 5 | is_list }} {{ [1] | is_list }} {{ 'a' | as_text }} {{ 'true' | as_bool }} {{ '1' | as_number }}",
        "False True a true 1",
    ),
    ("{{ x | nofilter }}", "!No filter named 'nofilter'."),
    ("{{ x is notest }}", "!No test named 'notest'."),
    ("{{ 1 / 0 }}", "!division by zero"),
    ("{{ 1 % 0 }}", "!integer modulo by zero"),
    ("{{ lst.nomethod() }}", "!'list object' has no attribute 'nomethod'"),
    ("{{ d.nomethod() }}", "!'dict object' has no attribute 'nomethod'"),
    ("{{ [].pop() }}", "!pop from empty list"),
    ("{{ [1].remove(5) }}", "!list.remove(x): x not in list"),
    ("{{ 5() }}", "!'int' object is not callable"),
    (
        "{{ {1: 'a', 'b': 2, (1,2): 3} }} {{ {1: 'a'}[1] }} {{ {1: 'a'}[1.0] }} {{ {true: 'a'}[1] }}",
        "{1: 'a', 'b': 2, (1, 2): 3} a a a",
    ),
    ("{{ {'a': {'b': {'c': 1}}}.a.b.c }} {{ {'items': 5}['items'] }} {{ {'keys': 1}.keys() | list }}", "1 5 ['keys']"),
    (
        "{{ modules.datetime.datetime(2020, 1, 31, 10, 5) }} {{ modules.datetime.date(2020, 1, 31) }} {{ modules.datetime.timedelta(days=1, hours=2) }}",
        "2020-01-31 10:05:00 2020-01-31 1 day, 2:00:00",
    ),
    (
        "{{ modules.datetime.datetime(2020,1,31) + modules.datetime.timedelta(days=1) }} {{ (modules.datetime.date(2020,3,1) - modules.datetime.date(2020,2,1)).days }}",
        "2020-02-01 00:00:00 29",
    ),
    (
        "{{ modules.datetime.datetime.strptime('2020-02-03 04:05:06', '%Y-%m-%d %H:%M:%S').strftime('%d/%m/%y %I:%M %p %A %B %j') }}",
        "03/02/20 04:05 AM Monday February 034",
    ),
    (
        "{{ modules.datetime.datetime.strptime('20200203', '%Y%m%d').date().isoformat() }} {{ modules.datetime.datetime(2020,1,1).isoformat() }} {{ modules.datetime.datetime(2020,1,1,1,2,3,4000) }}",
        "2020-02-03 2020-01-01T00:00:00 2020-01-01 01:02:03.004000",
    ),
    (
        "{{ modules.datetime.datetime(2020,1,1) < modules.datetime.datetime(2020,1,2) }} {{ modules.datetime.date(2020,1,1).weekday() }} {{ modules.datetime.datetime(2020,1,1).year }} {{ modules.datetime.datetime(2020,1,1).replace(month=5) }}",
        "True 2 2020 2020-05-01 00:00:00",
    ),
    (
        "{{ [modules.datetime.date(2020,1,1)] }} {{ modules.datetime.timedelta(seconds=90) }} {{ modules.datetime.timedelta(seconds=90).total_seconds() }} {{ [modules.datetime.timedelta(days=1)] }}",
        "[datetime.date(2020, 1, 1)] 0:01:30 90.0 [datetime.timedelta(days=1)]",
    ),
    (
        "{{ modules.pytz.timezone('America/New_York').localize(modules.datetime.datetime(2020,7,1)) }} {{ modules.pytz.utc }} {{ modules.pytz.timezone('Europe/Berlin') }}",
        "2020-07-01 00:00:00-04:00 UTC Europe/Berlin",
    ),
    (
        "{{ modules.pytz.utc.localize(modules.datetime.datetime(2020,7,1)).astimezone(modules.pytz.timezone('Asia/Tokyo')).strftime('%Y-%m-%d %H:%M %Z %z') }}",
        "2020-07-01 09:00 JST +0900",
    ),
    (
        "{% set d = modules.datetime.datetime(1997,9,29,6,14,tzinfo=modules.pytz.timezone('America/Los_Angeles')) %}{{ d }} {{ d.strftime('%Z') }} {{ d.astimezone(modules.pytz.utc) }} {{ d.replace(tzinfo=modules.pytz.timezone('Europe/Berlin')) }} {{ modules.pytz.utc.localize(modules.datetime.datetime(2020,1,1)).astimezone(d.tzinfo) }}",
        "1997-09-29 06:14:00-07:53 LMT 1997-09-29 14:07:00+00:00 1997-09-29 06:14:00+00:53 2019-12-31 16:00:00-08:00",
    ),
    (
        "{{ modules.datetime.datetime(2020,1,1).strftime('%f %s %-d') }} {{ modules.datetime.date.fromisoformat('2020-05-06') }} {{ modules.datetime.datetime.fromisoformat('2020-05-06T01:02:03') }}",
        "000000 1577836800 1 2020-05-06 2020-05-06 01:02:03",
    ),
    ("{{ modules.datetime.datetime.strptime('x', '%Y') }}", "!time data 'x' does not match format '%Y'"),
    ("{{ modules.datetime.date(2020, 2, 30) }}", "!day is out of range for month"),
    (
        "{{ modules.re.match('a(.)c', 'abc').group(1) }} {{ modules.re.search('b', 'abc').start() }} {{ modules.re.match('z', 'a') }} {{ modules.re.sub('[0-9]+', 'N', 'a1b22') }}",
        "b 1 None aNbN",
    ),
    (
        "{{ modules.re.findall('[a-z]', 'a1b2') }} {{ modules.re.findall('([a-z])([0-9])', 'a1b2') }} {{ modules.re.split(',\\s*', 'a, b,c') }} {{ modules.re.compile('a.').findall('abac') }}",
        "['a', 'b'] [('a', '1'), ('b', '2')] ['a', 'b', 'c'] ['ab', 'ac']",
    ),
    (
        "{{ modules.re.sub('(a)(b)', '\\\\2\\\\1', 'abab') }} {{ modules.re.sub('(?P<x>a)', '<\\\\g<x>>', 'aba') }} {{ modules.re.match('(?P<y>\\d+)', '2020').groupdict() }} {{ modules.re.match('(a)(b)?', 'a').groups() }}",
        "baba <a>b<a> {'y': '2020'} ('a', None)",
    ),
    (
        "{{ modules.re.search('B', 'abc', modules.re.IGNORECASE).group() }} {{ modules.re.fullmatch('a', 'ab') }} {{ modules.re.escape('a.b') }} {{ modules.re.match('a', 'abc') }}",
        "b None a\\.b <re.Match object; span=(0, 1), match='a'>",
    ),
    (
        "{% set c = cycler('a','b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }} {% set j = joiner(',') %}{{ j() }}1{{ j() }}2",
        "abab 1,2",
    ),
    ("{{ '\\d' }} {{ 'a\\\\b' }} {{ 'tab\\there' }} {{ '\\x41\\u00e9' }}", "\\d a\\b tab\there Aé"),
    ("{{ 1_000 }} {{ 0x1f }} {{ 0b11 }} {{ 1.5e3 }}", "1000 31 3 1500.0"),
    ("{{ 10000000000000000000000 }} {{ 2 ** 70 }}", "10000000000000000000000 1180591620717411303424"),
    ("{{ -x }} {{ +x }} {{ -5 | abs }} {{ (-5) | abs }} {{ not x }} {{ x if x > 3 else 0 }}", "-5 5 5 5 False 5"),
    ("{{ 1, 2 }} {% for i in 1, 2, 3 %}{{ i }}{% endfor %}", "(1, 2) 123"),
    (
        "{{ [1,2,3] | map('string') | join(',') }} {{ [[1,2],[3]] | sum(start=[]) }} {{ ['a'] | first | upper }}",
        "1,2,3 [1, 2, 3] A",
    ),
    ("{% set l = [] %}{{ l.append(1) }}{{ l }} {{ l.append(2) or '' }}{{ l }}", "None[1] [1, 2]"),
    ("{{ {'a': none} }} {{ [true, 1.0, none] }} {{ [[], {}, ()] }}", "{'a': None} [True, 1.0, None] [[], {}, ()]"),
    ("{{ 'a' < 1 }}", "!'<' not supported between instances of 'str' and 'int'"),
    ("{{ d | list }} {{ d | first }} {{ (d | length) > 1 }}", "['a', 'b'] a True"),
    ("{{ loop }}", ""),
    ("{{ 'a' if false }}|{{ ('a' if false) is defined }}", "|False"),
    ("{{ lst | map('foo') | list }}", "!No filter named 'foo'."),
    ("{{ [3,'a'] | sort }}", "!'<' not supported between instances of 'str' and 'int'"),
    ("{{ {'a':1}.items() | list + [1] }}", "[('a', 1), 1]"),
    ("{{ [1,2,3][1:][0] }} {{ 'a,b'.split(',')[1] }} {{ ['a','b'][0].upper() }} {{ d['a'] + 1 }}", "2 b A 2"),
    (
        "{{ ('a' ~ 'b').upper() }} {{ (1 + 2) * 3 }} {{ 2 + 3 * 4 }} {{ (2 + 3) * 4 }} {{ 2 - 3 - 4 }} {{ 'a' ~ 1 + 2 }} {{ 10 - 2 * 3 }} {{ 7 % 4 * 2 }}",
        "!can only concatenate str (not \"int\") to str",
    ),
    (
        "{{ 'n' in 'none' and not false }} {{ 1 if true else 2 if true else 3 }} {{ [x, x + 1, x ~ 'a', x % 2] }} {{ {'k' ~ 1: x + 1} }}",
        "True 1 [5, 6, '5a', 1] {'k1': 6}",
    ),
    ("{{ lst[x - 4] }} {{ lst[0:x - 3] }} {{ d[('a' ~ '')] }}", "1 [3, 1] 1"),
    ("{% if 'a' in s or (x > 3 and lst | length == 3) %}T{% endif %}", "T"),
    ("{{ \"{{ x }}\" }} {{ '}}' }} {{ \"%}\" }}", "{{ x }} }} %}"),
    ("{%- set q -%}\n  select 1\n{%- endset -%}\n[{{ q }}]", "[select 1]"),
    ("{{ \"a\" | string + \"b\" }} {{ (1 | string) ~ 'b' }} {{ 1|string|length }}", "ab 1b 1"),
    ("{{ 'a' | default('b') ~ 'c' }}", "ac"),
    ("{{ nothing }}|{{ nothing.x.y }}|{{ nothing() }}|{{ nothing['a'].b('c').d }}", "!'nothing' is undefined"),
    ("{{ s.nope() }}", "!'str object' has no attribute 'nope'"),
    ("{{ s.nope }}", ""),
    ("{% for a in nothing.x() %}a{% endfor %}", "!'nothing' is undefined"),
    ("{{ nothing + 1 }}", "!'nothing' is undefined"),
    ("{{ nothing ~ 'a' }}", "a"),
    (
        "{{ nothing|length }}|{{ nothing|default('q') }}|{{ nothing is defined }}|{{ nothing.x is defined }}|{{ nothing is none }}",
        "!'nothing' is undefined",
    ),
    ("{% set a, b = nothing, 1 %}{{ a }}{{ b }}", "1"),
    ("{{ 'x' in nothing }}", "False"),
    (
        "{{ nothing | join(',') }}|{{ nothing | list }}|{{ nothing | map('upper') | list }}|{{ nothing | upper }}",
        "|[]|[]|",
    ),
    ("{{ nothing == nothing }}|{{ nothing == none }}", "True|False"),
    ("{{ nothing < 1 }}", "!'nothing' is undefined"),
    ("{{ nothing | int }}|{{ nothing|string }}", "!'nothing' is undefined"),
    ("{{ [nothing] }}", "[Undefined]"),
    ("{{ nothing | tojson }}", "!Object of type Undefined is not JSON serializable"),
    ("{{ '%s' % nothing }}", ""),
    ("{{ nothing.items() | list }}", "!'nothing' is undefined"),
    ("{% if nothing.x > 3 %}a{% endif %}", "!'nothing' is undefined"),
    ("{{ (nothing or 'z') }}", "z"),
    ("{{ lst[nothing] }}", ""),
    ("{{ d[nothing] }}", ""),
    ("{{ nothing * 2 }}", "!'nothing' is undefined"),
    ("{{ dict(a=nothing) }}", "{'a': Undefined}"),
    ("{{ nothing|trim }}|{{ nothing|replace('a','b') }}|{{ nothing.strip() }}", "!'nothing' is undefined"),
    ("{{ range(nothing) }}", "!'Undefined' object cannot be interpreted as an integer"),
];

/// The same while dbt parses.
const PARSING: &[(&str, &str)] = &[
    ("{{ nothing }}|{{ nothing.x.y }}|{{ nothing() }}|{{ nothing['a'].b('c').d }}", "|||"),
    ("{{ d.missing.x }}|{{ d.missing() }}", "|"),
    ("{{ s.nope() }}", ""),
    ("{{ s.nope }}", ""),
    ("{{ none.x }}|{{ none.x.y }}", "|"),
    ("{% for a in nothing.x() %}a{% endfor %}", ""),
    ("{{ nothing + 1 }}", "!'nothing' is undefined"),
    ("{{ nothing ~ 'a' }}", "a"),
    (
        "{{ nothing|length }}|{{ nothing|default('q') }}|{{ nothing is defined }}|{{ nothing.x is defined }}|{{ nothing is none }}",
        "0|q|False|False|False",
    ),
    ("{% set a, b = nothing, 1 %}{{ a }}{{ b }}", "1"),
    ("{{ 'x' in nothing }}", "False"),
    (
        "{{ nothing | join(',') }}|{{ nothing | list }}|{{ nothing | map('upper') | list }}|{{ nothing | upper }}",
        "|[]|[]|",
    ),
    ("{{ nothing == nothing }}|{{ nothing == none }}", "True|False"),
    ("{{ nothing < 1 }}", "!'nothing' is undefined"),
    ("{{ nothing | int }}|{{ nothing|string }}", "!'nothing' is undefined"),
    ("{{ [nothing] }}", "[Undefined]"),
    ("{{ nothing | tojson }}", "!Object of type Undefined is not JSON serializable"),
    ("{{ '%s' % nothing }}", ""),
    ("{{ nothing.items() | list }}", "[]"),
    ("{% if nothing.x > 3 %}a{% endif %}", "!'x' is undefined"),
    ("{{ x.foo.bar }}", ""),
    ("{{ (nothing or 'z') }}", "z"),
    ("{{ lst[nothing] }}", ""),
    ("{{ d[nothing] }}", ""),
    ("{{ d.a.b.c }}", ""),
    ("{{ nothing * 2 }}", "!'nothing' is undefined"),
    ("{{ dict(a=nothing) }}", "{'a': Undefined}"),
    ("{{ nothing|trim }}|{{ nothing|replace('a','b') }}|{{ nothing.strip() }}", "||"),
    ("{{ range(nothing) }}", "!'Undefined' object cannot be interpreted as an integer"),
];

fn compare(table: &[(&str, &str)], scope: &Arc<dyn Scope>) {
    let engine = engine("", "", "");
    let mut wrong = Vec::new();
    for (template, expected) in table {
        let source = SourceFile::new("models/m.sql", *template);
        let got = match engine.render_str(&source, scope) {
            Ok(rendered) => rendered.text,
            Err(error) => format!("!{}", error.message),
        };
        if got != *expected {
            wrong.push(format!("{template}\n  expected {expected:?}\n  got      {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn expressions_give_what_python_gives() {
    compare(TABLE, &scope());
    compare(PARSING, &parsing());
}

#[test]
fn itertools_give_lists() {
    let engine = engine("", "", "");
    let give = |expression: &str| text(&engine, &format!("{{{{ modules.itertools.{expression} | list }}}}"));
    assert_eq!(give("chain([1], [2, 3])"), "[1, 2, 3]");
    assert_eq!(give("product([1, 2], ['a', 'b'])"), "[(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]");
    assert_eq!(give("combinations([1, 2, 3], 2)"), "[(1, 2), (1, 3), (2, 3)]");
    assert_eq!(give("permutations([1, 2])"), "[(1, 2), (2, 1)]");
    assert_eq!(give("islice(modules.itertools.count(5), 3)"), "[5, 6, 7]");
    assert_eq!(give("zip_longest([1], [2, 3])"), "[(1, 2), (None, 3)]");
    assert_eq!(give("accumulate([1, 2, 3])"), "[1, 3, 6]");
    assert_eq!(give("chain.from_iterable([[1], [2]])"), "[1, 2]");
}
