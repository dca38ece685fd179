{# Seed: the rows go to the warehouse as one JSON text per batch, which plans far faster than a list of values.

   A table that is new, or made anew, comes with its rows in one statement where they fit into one. #}

{% materialization seed, adapter='snowflake' %}
  {%- set original_query_tag = set_query_tag() -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set old_relation = load_cached_relation(this) -%}
  {%- set full_refresh_mode = should_full_refresh() -%}
  {%- set grant_config = config.get('grants') -%}

  {%- set agate_table = load_agate_table() -%}
  {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}
  {%- set row_count = agate_table.rows | length -%}

  {{ snowflake__run_pre_hooks(pre_hooks) }}

  {%- if old_relation is not none and not old_relation.is_table -%}
    {{ exceptions.raise_compiler_error("Seed cannot be loaded into " ~ old_relation.render() ~ ": that is a " ~ old_relation.type) }}
  {%- endif -%}

  {%- set make_table = old_relation is none or full_refresh_mode -%}
  {%- if make_table -%}
    {%- set prepare_sql = reset_csv_table(model, true, old_relation, agate_table) if old_relation is not none else create_csv_table(model, agate_table) -%}
    {%- set insert_sql = '' -%}
  {%- else -%}
    {%- set prepare_sql = reset_csv_table(model, false, old_relation, agate_table) -%}
    {%- set insert_sql = load_csv_rows(model, agate_table) if row_count > 0 else '' -%}
  {%- endif -%}

  {%- set code = 'CREATE' if full_refresh_mode else 'INSERT' -%}
  {% call noop_statement('main', code ~ ' ' ~ row_count, code, row_count) %}
    {{ get_csv_sql(prepare_sql, insert_sql) }}
  {% endcall %}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(old_relation, full_refresh_mode)) -%}
  {%- do persist_docs(target_relation, model, for_relation=not make_table) -%}

  {{ snowflake__run_post_hooks(post_hooks) }}
  {%- do unset_query_tag(original_query_tag) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# [name as SQL, type] of each column. #}
{% macro snowflake__seed_columns(model, agate_table) -%}
  {%- set configured_types = model['config'].get('column_types', {}) or {} -%}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set columns = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- do columns.append([
          adapter.quote_seed_column(name | string, quote_columns),
          configured_types.get(name, adapter.convert_type(agate_table, loop.index0))
        ]) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{# The query that gives the rows of a JSON text: each row is an array, each cell a text or null. #}
{% macro snowflake__seed_query(columns, json) -%}
    {%- set cells = [] -%}
    {%- for name, data_type in columns -%}
      {%- do cells.append(snowflake__cast('value[' ~ loop.index0 ~ ']::varchar', data_type) | trim) -%}
    {%- endfor -%}
    select {{ cells | join(', ') }}
    from table(flatten(input => parse_json({{ json }})))
{%- endmacro %}

{% macro snowflake__seed_table_ddl(relation, columns) -%}
    {%- set definitions = [] -%}
    {%- for name, data_type in columns -%}
      {%- do definitions.append(name ~ ' ' ~ data_type) -%}
    {%- endfor -%}
    create or replace {{ 'transient ' if config.get('transient', true) }}table {{ relation.render() }} ({{ definitions | join(', ') }})
    {{- snowflake__clauses(snowflake__governance_clauses()) }}
{%- endmacro %}

{# Makes the seed's table with its rows; what is returned is for the run folder, and leaves the rows out. #}
{% macro snowflake__create_csv_table(model, agate_table) -%}
  {%- set columns = snowflake__seed_columns(model, agate_table) -%}
  {%- set ddl = snowflake__seed_table_ddl(this, columns) -%}
  {#- a statement's text may have a million bytes; quotes in it take more -#}
  {%- set batches = agate_table.json_batches(400000) -%}
  {%- if batches | length == 0 -%}
    {%- do run_query(ddl) -%}
    {{ return(ddl) }}
  {%- elif batches | length == 1 -%}
    {%- do run_query(ddl ~ '\n    as\n    ' ~ snowflake__seed_query(columns, snowflake__literal(batches[0]))) -%}
    {{ return(ddl ~ '\n    as\n    ' ~ snowflake__seed_query(columns, "'[...]'")) }}
  {%- endif -%}
  {#- too many rows for one statement: they go into a table beside it, which then takes the name -#}
  {%- set staged = make_intermediate_relation(this) -%}
  {%- do run_query(snowflake__seed_table_ddl(staged, columns)) -%}
  {%- set insert_sql = snowflake__insert_seed_rows(staged, columns, agate_table, overwrite=false) -%}
  {%- do run_query(ddl ~ '\n    as\n    select * from ' ~ staged.render()) -%}
  {%- do run_query('drop table if exists ' ~ staged.render()) -%}
  {{ return(ddl ~ ';\n    ' ~ insert_sql) }}
{%- endmacro %}

{# Without --full-refresh the rows are replaced by load_csv_rows, in one step; a file without rows empties the table. #}
{% macro snowflake__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {%- if full_refresh -%}
    {{ return(create_csv_table(model, agate_table)) }}
  {%- elif agate_table.rows | length == 0 -%}
    {%- do adapter.truncate_relation(old_relation) -%}
    {{ return('truncate table ' ~ old_relation.render()) }}
  {%- endif -%}
  {{ return('') }}
{%- endmacro %}

{% macro snowflake__load_csv_rows(model, agate_table) -%}
  {{- return(snowflake__insert_seed_rows(this, snowflake__seed_columns(model, agate_table), agate_table, overwrite=true)) -}}
{%- endmacro %}

{# Fills a table: by one statement where the rows fit into one, else by several in a transaction. #}
{% macro snowflake__insert_seed_rows(relation, columns, agate_table, overwrite) -%}
  {%- set batches = agate_table.json_batches(400000) -%}
  {%- set insert_sql = 'insert ' ~ ('overwrite ' if overwrite else '') ~ 'into ' ~ relation.render() ~ ' (' ~ (columns | map('first') | join(', ')) ~ ')\n    ' -%}
  {%- if batches | length == 1 -%}
    {%- do run_query(insert_sql ~ snowflake__seed_query(columns, snowflake__literal(batches[0]))) -%}
  {%- else -%}
    {%- do adapter.load_rows(relation, agate_table, model['config'].get('quote_columns', none), overwrite) -%}
  {%- endif -%}
  {{ return(insert_sql ~ snowflake__seed_query(columns, "'[...]'")) }}
{%- endmacro %}

{% macro snowflake__get_csv_sql(create_or_truncate_sql, insert_sql) -%}
    {{ create_or_truncate_sql }}
    {{ insert_sql }}
{%- endmacro %}
