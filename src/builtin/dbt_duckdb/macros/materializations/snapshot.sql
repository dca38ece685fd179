{# Snapshot: the staging table, and an update plus an insert in place of a merge. #}

{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {%- set staging = duckdb__dispatch_temporary_relation(target_relation) -%}
  {%- set staging_sql = snapshot_staging_table(strategy, sql, target_relation) -%}
  {% call statement('build_snapshot_staging_relation') %}
    {{ create_table_as(staging.temporary, staging.relation, staging_sql) }}
  {% endcall %}
  {%- do return(staging.relation) -%}
{% endmacro %}

{% macro duckdb__snapshot_merge_sql(target, source, insert_cols) -%}
    {%- set names = config.get("snapshot_table_column_names") or get_snapshot_table_column_names() -%}
    {%- set open_end = config.get("dbt_valid_to_current") -%}
    {%- set old_valid_to = 'DBT_INTERNAL_TARGET.' ~ names.dbt_valid_to -%}
    {%- set new_cells = [] -%}
    {%- for name in insert_cols -%}
      {%- do new_cells.append('DBT_INTERNAL_SOURCE.' ~ name) -%}
    {%- endfor -%}

    update {{ target }} as DBT_INTERNAL_TARGET
    set {{ names.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ names.dbt_valid_to }}
    from {{ source }} as DBT_INTERNAL_SOURCE
    where DBT_INTERNAL_TARGET.{{ names.dbt_scd_id }}::text = DBT_INTERNAL_SOURCE.{{ names.dbt_scd_id }}::text
      and DBT_INTERNAL_SOURCE.dbt_change_type in ('update', 'delete')
      and ({{ old_valid_to }} is null{{ ' or ' ~ old_valid_to ~ ' = ' ~ open_end if open_end }});

    insert into {{ target }} ({{ insert_cols | join(', ') }})
    select {{ new_cells | join(', ') }}
    from {{ source }} as DBT_INTERNAL_SOURCE
    where DBT_INTERNAL_SOURCE.dbt_change_type = 'insert';
{%- endmacro %}

{% macro duckdb__post_snapshot(temporary_relation) %}
  {%- do return(drop_relation(temporary_relation)) -%}
{% endmacro %}
