{# Text and optional clauses in DDL. #}

{# A text literal of exactly this text. Dollar quotes need no escapes, but end at the first pair of dollars. #}
{% macro snowflake__literal(text) -%}
  {%- set text = text | string -%}
  {%- if "'" not in text and '\\' not in text -%}
    {{ return("'" ~ text ~ "'") }}
  {%- elif '$$' not in text and not text.endswith('$') -%}
    {{ return('$$' ~ text ~ '$$') }}
  {%- endif -%}
  {{ return("'" ~ (text | replace('\\', '\\\\') | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{# "name = value" if there is a value, else nothing. #}
{% macro optional(name, value, quote_char = '', equals_char = '= ') -%}
  {%- if value is not none -%}
    {{ name }} {{ equals_char }}{{ quote_char }}{{ value }}{{ ')' if quote_char == '(' else quote_char }}
  {%- endif -%}
{%- endmacro %}

{# The lines that say something, indented below the statement's first line. #}
{% macro snowflake__clauses(lines) -%}
  {%- for line in lines if line is not none and line | trim %}
    {{ line | trim }}
  {%- endfor -%}
{%- endmacro %}

{# The statements that the node's `sql_header` puts before its own. #}
{% macro snowflake__header() -%}
  {%- set header = config.get('sql_header', none) -%}
  {{ return((header | trim) ~ '\n    ' if header else '') }}
{%- endmacro %}
