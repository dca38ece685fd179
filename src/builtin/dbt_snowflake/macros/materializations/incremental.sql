{# Incremental: the first build, a rebuild, or the new rows by a strategy.

   A query that is read once goes into the statement itself: no relation is made for it, and its columns are asked for
   only when something depends on them. #}

{% materialization incremental, adapter='snowflake' %}
  {%- set original_query_tag = set_query_tag() -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set settings = snowflake__table_settings() -%}
  {%- set full_refresh_mode = should_full_refresh() -%}
  {%- set exists_as_table = existing_relation is not none and existing_relation.is_table -%}
  {%- set grant_config = config.get('grants') -%}
  {%- set strategy = config.get('incremental_strategy') or 'default' -%}
  {%- set strategy_macro = adapter.get_incremental_strategy_macro(context, strategy) -%}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set staging_kind = snowflake__staging_kind(strategy, unique_key) -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}

  {{ snowflake__run_pre_hooks(pre_hooks) }}

  {%- if full_refresh_mode or not exists_as_table -%}
    {%- set main_sql = snowflake__build_sql(existing_relation, target_relation, sql) -%}
    {%- set temp_relation = none -%}
  {%- else -%}
    {%- if existing_relation.is_iceberg_format != (settings.table_format == 'ICEBERG') -%}
      {%- do exceptions.raise_compiler_error(
            "The table of the incremental model `" ~ target_relation.identifier ~ "` is "
            ~ ('an Iceberg table' if existing_relation.is_iceberg_format else 'not an Iceberg table')
            ~ " and its config says otherwise, which no statement can change: run with --full-refresh") -%}
    {%- endif -%}
    {%- set temp_relation = snowflake__stage_rows(staging_kind, sql) -%}
    {%- set source = '(\n      ' ~ sql ~ '\n    )' if temp_relation is none else temp_relation -%}
    {%- set main_sql = strategy_macro({
          'target_relation': target_relation,
          'temp_relation': source,
          'unique_key': unique_key,
          'dest_columns': snowflake__destination_columns(on_schema_change, existing_relation, temp_relation, sql),
          'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none)
        }) -%}
  {%- endif -%}

  {% call statement('main') %}
    {{ main_sql }}
  {% endcall %}

  {#- a temporary table or view goes with its session, and the next run replaces it -#}
  {%- if temp_relation is not none and staging_kind == 'transient' -%}
    {%- do adapter.drop_relation(temp_relation) -%}
  {%- endif -%}

  {{ snowflake__run_post_hooks(post_hooks) }}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(exists_as_table, full_refresh_mode)) -%}
  {%- do persist_docs(target_relation, model, for_relation=exists_as_table and not full_refresh_mode) -%}

  {%- do unset_query_tag(original_query_tag) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Makes the relation that holds the new rows; none where the query itself stands in the statement. #}
{% macro snowflake__stage_rows(staging_kind, sql) -%}
  {%- if staging_kind == 'none' -%}
    {%- if config.get('contract').enforced -%}
      {%- do get_assert_columns_equivalent(sql) -%}
    {%- endif -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set kind = 'view' if staging_kind == 'view' else 'table' -%}
  {%- set temp_relation = resolve_incremental_tmp_relation(make_temp_relation(this).incorporate(type=kind)) -%}
  {%- if config.get('contract').enforced -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {%- call statement('create_tmp_relation') -%}
    {%- if staging_kind == 'view' -%}
      {{ snowflake__create_view_as_with_temp_flag(temp_relation, sql, true) }}
    {%- elif staging_kind == 'transient' -%}
      {{ snowflake__create_table_transient_sql(temp_relation, sql) }}
    {%- else -%}
      {{ create_table_as(true, temp_relation, sql) }}
    {%- endif -%}
  {%- endcall -%}
  {{ return(temp_relation) }}
{%- endmacro %}

{# Where a project may send the relations of new rows, for example to a schema of their own. #}
{% macro resolve_incremental_tmp_relation(tmp_relation) -%}
  {{- return(adapter.dispatch('resolve_incremental_tmp_relation', 'dbt')(tmp_relation)) -}}
{%- endmacro %}

{% macro snowflake__resolve_incremental_tmp_relation(tmp_relation) -%}
  {{ return(tmp_relation) }}
{%- endmacro %}

{# The columns to write, after the table has been brought in line with the query. #}
{% macro snowflake__destination_columns(on_schema_change, existing_relation, temp_relation, sql) -%}
  {%- set target_columns = adapter.get_columns_in_relation(existing_relation) -%}
  {%- if on_schema_change == 'ignore' and not snowflake__has_narrow_text(target_columns) -%}
    {{ return(target_columns) }}
  {%- endif -%}
  {%- if temp_relation is none -%}
    {%- set source_columns = snowflake__columns_of_query(sql) -%}
  {%- else -%}
    {%- set source_columns = adapter.get_columns_in_relation(temp_relation) -%}
  {%- endif -%}
  {%- set target_columns = snowflake__expand_text_columns(existing_relation, source_columns, target_columns) -%}
  {%- if on_schema_change == 'ignore' -%}
    {{ return(target_columns) }}
  {%- endif -%}
  {%- set changes = snowflake__compare_columns(source_columns, target_columns) -%}
  {{ return(apply_schema_changes(on_schema_change, existing_relation, changes)) }}
{%- endmacro %}
