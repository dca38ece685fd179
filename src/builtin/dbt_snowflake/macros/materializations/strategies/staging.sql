{# What holds the new rows of an incremental model while they are applied. #}

{# For projects that call it: 'view', 'table' or 'transient'. Two statements that must see the same rows need a table. #}
{% macro dbt_snowflake_get_tmp_relation_type(strategy, unique_key, language) -%}
  {%- set configured = config.get('tmp_relation_type') -%}
  {%- if configured is not none and configured not in ['view', 'table', 'transient'] -%}
    {%- do exceptions.raise_compiler_error("`tmp_relation_type` must be view, table or transient, not '" ~ configured ~ "'") -%}
  {%- endif -%}
  {%- set reads_twice = strategy in ['delete+insert', 'microbatch'] and unique_key is not none -%}
  {%- if reads_twice and configured == 'view' -%}
    {%- do exceptions.raise_compiler_error(
          "The strategy `" ~ strategy ~ "` with a `unique_key` reads the new rows twice, and a view may answer differently each time: "
          ~ "set `tmp_relation_type` to table or transient, not to view") -%}
  {%- endif -%}
  {%- if snowflake__is_catalog_linked_database() -%}
    {{ return('table') }}
  {%- elif configured is not none -%}
    {{ return(configured) }}
  {%- endif -%}
  {#- a strategy of the project's own may do anything with the rows -#}
  {%- set reads_once = strategy in ['default', 'merge', 'append', 'insert_overwrite'] -%}
  {{ return('view' if reads_once or (strategy in ['delete+insert', 'microbatch'] and not reads_twice) else 'table') }}
{%- endmacro %}

{# The same, with 'none' where a view would do and the model does not ask for one, and 'temporary' for a session's own table. #}
{% macro snowflake__staging_kind(strategy, unique_key) -%}
  {%- set kind = dbt_snowflake_get_tmp_relation_type(strategy, unique_key, model['language']) -%}
  {%- if kind == 'view' -%}
    {{ return('view' if config.get('tmp_relation_type') == 'view' else 'none') }}
  {%- elif kind == 'table' -%}
    {{ return('temporary') }}
  {%- endif -%}
  {{ return(kind) }}
{%- endmacro %}
