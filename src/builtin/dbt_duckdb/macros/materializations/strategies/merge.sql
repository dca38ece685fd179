{# Merge: DuckDB's MERGE with the clauses that the model configures, or an update and an insert of all columns. #}

{% macro duckdb__get_incremental_merge_sql(args_dict) %}
  {{ return(duckdb__get_merge_sql(
      args_dict['target_relation'],
      args_dict['temp_relation'],
      args_dict['unique_key'],
      args_dict['dest_columns'],
      normalize_incremental_predicates(args_dict.get('incremental_predicates')))) }}
{% endmacro %}

{# USING with columns, or ON with the keys; either one with the predicates. #}
{% macro duckdb__merge_join_clause(unique_key, merge_on_using_columns, incremental_predicates) -%}
  {%- set conditions = [] -%}
  {%- if not merge_on_using_columns -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key or [] -%}
    {%- for key in keys -%}
      {%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
    {%- else -%}
      {%- do conditions.append('false') -%}
    {%- endfor -%}
  {%- endif -%}
  {%- for predicate in incremental_predicates or [] -%}
    {%- do conditions.append(predicate) -%}
  {%- endfor -%}
  {{ 'using (' ~ (merge_on_using_columns | join(', ')) ~ ')' if merge_on_using_columns }}
  {{ 'on (' ~ (conditions | join(') and (')) ~ ')' if conditions }}
{%- endmacro %}

{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {%- set predicates = normalize_incremental_predicates(incremental_predicates) -%}
    {%- do validate_merge_config(config, target) -%}

    {%- set sql_header = config.get('sql_header', none) -%}
    {%- set update_columns = config.get('merge_update_columns', []) -%}
    {%- set exclude_columns = config.get('merge_exclude_columns', []) -%}
    {%- set set_expressions = config.get('merge_update_set_expressions', {}) -%}
    {%- set returning = config.get('merge_returning_columns', []) -%}

    {%- set defaults = merge_clause_defaults(
          config.get('merge_update_condition', none), config.get('merge_insert_condition', none),
          update_columns, exclude_columns, set_expressions) -%}
    {%- set default_update = defaults.when_matched_update_explicit
          if update_columns or exclude_columns or set_expressions
          else defaults.when_matched_update_by_name -%}

    {%- set clauses = config.get('merge_clauses', {}) -%}
    {%- set matched = clauses.get('when_matched', [default_update]) -%}
    {%- set not_matched = clauses.get('when_not_matched', [defaults.when_not_matched_insert_by_name]) -%}

    {{ sql_header if sql_header is not none }}

    merge into {{ target }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    {{ duckdb__merge_join_clause(unique_key, config.get('merge_on_using_columns', []), predicates) }}
    {%- for clause in matched %}
    when matched{{ duckdb__merge_condition(clause) }} then {{ duckdb__merge_matched_action(clause, dest_columns) }}
    {%- endfor %}
    {%- for clause in not_matched %}
    when not matched{{ ' by ' ~ clause.get('by') if clause.get('by') }}{{ duckdb__merge_condition(clause) }} then {{ duckdb__merge_not_matched_action(clause) }}
    {%- endfor %}
    {{ 'returning ' ~ (returning if returning is string else returning | join(', ')) if returning }}
{%- endmacro %}

{% macro duckdb__merge_condition(clause) -%}
  {%- set condition = clause.get('condition') -%}
  {%- if not condition -%}
    {{ return('') }}
  {%- endif -%}
  {{ return(' and ' ~ (condition if condition is string else '(' ~ (condition | join(') and (')) ~ ')')) }}
{%- endmacro %}

{# The actions that both kinds of clause share. #}
{% macro duckdb__merge_plain_action(clause) -%}
  {%- set action = clause.get('action') -%}
  {%- if action == 'delete' -%}
    {{ return('delete') }}
  {%- elif action == 'do_nothing' -%}
    {{ return('do nothing') }}
  {%- elif action == 'error' -%}
    {%- set message = clause.get('error_message') -%}
    {{ return("error '" ~ (message | replace("'", "''")) ~ "'" if message else 'error') }}
  {%- endif -%}
  {{ return('') }}
{%- endmacro %}

{% macro duckdb__merge_matched_action(clause, dest_columns) -%}
  {%- if clause.get('action') != 'update' -%}
    {{ return(duckdb__merge_plain_action(clause)) }}
  {%- endif -%}
  {%- set fixed = {'by_name': 'update by name', 'by_position': 'update by position', 'star': 'update set *'} -%}
  {%- if clause.get('mode') != 'explicit' -%}
    {{ return(fixed.get(clause.get('mode'), '')) }}
  {%- endif -%}

  {%- set spec = clause.get('update', {}) -%}
  {%- set expressions = spec.get('set_expressions', {}) -%}
  {%- set assignments = [] -%}
  {%- for name, expression in expressions.items() -%}
    {%- do assignments.append(name ~ ' = ' ~ expression) -%}
  {%- endfor -%}
  {%- for col in get_merge_update_columns(spec.get('include', []), spec.get('exclude', []), dest_columns) -%}
    {#- an expression takes the place of the plain copy -#}
    {%- if col | replace('"', '') | replace("'", '') not in expressions -%}
      {%- do assignments.append(col ~ ' = DBT_INTERNAL_SOURCE.' ~ col) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return('update set ' ~ (assignments | join(', '))) }}
{%- endmacro %}

{% macro duckdb__merge_not_matched_action(clause) -%}
  {%- if clause.get('action') == 'update' -%}
    {%- set assignments = [] -%}
    {%- for name, expression in clause.get('set_expressions', {}).items() -%}
      {%- do assignments.append(name ~ ' = ' ~ expression) -%}
    {%- endfor -%}
    {{ return('update set ' ~ (assignments | join(', '))) }}
  {%- elif clause.get('action') != 'insert' -%}
    {{ return(duckdb__merge_plain_action(clause)) }}
  {%- endif -%}
  {%- set fixed = {'by_name': 'insert by name', 'by_position': 'insert by position', 'star': 'insert *'} -%}
  {%- if clause.get('mode') != 'explicit' -%}
    {{ return(fixed.get(clause.get('mode'), '')) }}
  {%- endif -%}
  {%- set spec = clause.get('insert', {}) -%}
  {{ return('insert (' ~ (spec.get('columns', []) | join(', ')) ~ ') values (' ~ (spec.get('values', []) | join(', ')) ~ ')') }}
{%- endmacro %}
