{# Settings in a form in which the model's text and the warehouse's can be compared. #}

{# "2 minutes" and "120 seconds" are the same; what is no duration ("downstream") is compared as text. #}
{% macro snowflake__lag_in_seconds(lag) -%}
  {%- set words = (lag or '') | lower | trim -%}
  {%- set parts = words.split() -%}
  {%- set units = {'second': 1, 'minute': 60, 'hour': 3600, 'day': 86400} -%}
  {%- set unit = parts[1].rstrip('s') if parts | length == 2 else '' -%}
  {%- if unit in units and parts[0].isdigit() -%}
    {{ return(parts[0] | int * units[unit]) }}
  {%- endif -%}
  {{ return(parts | join(' ')) }}
{%- endmacro %}

{# A warehouse's name: without quotes, and in one case. #}
{% macro snowflake__folded_name(name) -%}
  {%- set text = snowflake__set_or_none(name) or '' -%}
  {%- if text | length > 1 and text.startswith('"') and text.endswith('"') -%}
    {%- set text = text[1:-1] | replace('""', '"') -%}
  {%- endif -%}
  {{ return(text | lower) }}
{%- endmacro %}

{# A clustering key: the warehouse shows `(a, b)` or `LINEAR(a, b)` for a model's `a, b`. #}
{% macro snowflake__folded_keys(keys) -%}
  {%- set text = snowflake__set_or_none(keys) or '' -%}
  {%- if (text | lower).startswith('linear') and snowflake__is_enclosed(text[6:] | trim) -%}
    {%- set text = text[6:] | trim -%}
  {%- endif -%}
  {%- if snowflake__is_enclosed(text) -%}
    {%- set text = text[1:-1] -%}
  {%- endif -%}
  {{ return(snowflake__folded_sql(text)) }}
{%- endmacro %}

{# The warehouse shows "IMMUTABLE WHERE (...)" for a model's condition. #}
{% macro snowflake__immutable_condition(condition) -%}
  {%- set text = snowflake__set_or_none(condition) or '' -%}
  {%- if (text | upper).startswith('IMMUTABLE WHERE') -%}
    {%- set text = text[15:] | trim -%}
    {%- if snowflake__is_enclosed(text) -%}
      {%- set text = text[1:-1] -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(text | trim) }}
{%- endmacro %}

{# Whether the first bracket is closed by the last character, and not before. #}
{% macro snowflake__is_enclosed(text) -%}
  {%- if not (text.startswith('(') and text.endswith(')')) -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set state = namespace(depth=0, quote='', closed=0) -%}
  {%- for letter in text -%}
    {%- if state.quote -%}
      {%- set state.quote = '' if letter == state.quote else state.quote -%}
    {%- elif letter in ['"', "'"] -%}
      {%- set state.quote = letter -%}
    {%- elif letter == '(' -%}
      {%- set state.depth = state.depth + 1 -%}
    {%- elif letter == ')' -%}
      {%- set state.depth = state.depth - 1 -%}
      {%- if state.depth == 0 -%}
        {%- set state.closed = state.closed + 1 -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(state.closed == 1) }}
{%- endmacro %}

{# The text without the spaces and the letters' case that mean nothing: those outside of quotes. #}
{% macro snowflake__folded_sql(text) -%}
  {%- set state = namespace(quote='', text='') -%}
  {%- for letter in text -%}
    {%- if state.quote -%}
      {%- set state.quote = '' if letter == state.quote else state.quote -%}
      {%- set state.text = state.text ~ letter -%}
    {%- elif letter in ['"', "'"] -%}
      {%- set state.quote = letter -%}
      {%- set state.text = state.text ~ letter -%}
    {%- elif letter | trim -%}
      {%- set state.text = state.text ~ (letter | lower) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(state.text) }}
{%- endmacro %}
