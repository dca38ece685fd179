{# The queries of a snapshot: its first table, and the staging set of rows to insert, close or mark as deleted. #}

{% macro build_snapshot_table(strategy, sql) -%}
  {{- return(adapter.dispatch('build_snapshot_table', 'dbt')(strategy, sql)) -}}
{%- endmacro %}

{% macro default__build_snapshot_table(strategy, sql) %}
    {%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() %}
    select *,
      {{ strategy.scd_id }} as {{ names.dbt_scd_id }},
      {{ strategy.updated_at }} as {{ names.dbt_updated_at }},
      {{ strategy.updated_at }} as {{ names.dbt_valid_from }},
      {{ get_dbt_valid_to_current(strategy, names) }}
      {%- if strategy.hard_deletes == 'new_record' %},
      'False' as {{ names.dbt_is_deleted }}
      {%- endif %}
    from (
      {{ sql }}
    ) first_load
{% endmacro %}

{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {%- set staging_relation = make_temp_relation(target_relation) -%}
  {%- set staging_sql = snapshot_staging_table(strategy, sql, target_relation) -%}
  {% call statement('build_snapshot_staging_relation') %}
    {{ create_table_as(true, staging_relation, staging_sql) }}
  {% endcall %}
  {%- do return(staging_relation) -%}
{% endmacro %}

{% macro snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {{- return(adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation)) -}}
{%- endmacro %}

{# `snapshotted_data` and `source_data` are the two names that strategies write their conditions with. #}
{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    {%- set open_end = config.get('dbt_valid_to_current') -%}
    {%- set new_record = strategy.hard_deletes == 'new_record' -%}
    {%- set track_deletes = new_record or strategy.hard_deletes == 'invalidate' -%}
    {%- set key = strategy.unique_key -%}
    {%- set same_key = unique_key_join_on(key, 'snapshotted_data', 'source_data') -%}
    {%- set now_sql = snapshot_get_time() -%}

    {%- set changed -%}
      {{ strategy.row_changed }}{% if new_record %} or snapshotted_data.{{ names.dbt_is_deleted }} = 'True'{% endif %}
    {%- endset -%}
    {#- true for a version that already records a deletion and is still the latest one -#}
    {%- set already_deleted -%}
      snapshotted_data.{{ names.dbt_is_deleted }} = 'True'
      and snapshotted_data.{{ names.dbt_valid_to }}{{ ' = ' ~ open_end if open_end else ' is null' }}
    {%- endset %}

    with snapshot_query as (
      {{ source_sql }}
    ),

    snapshotted_data as (
      select *, {{ unique_key_fields(key) }}
      from {{ target_relation }}
      where
        {%- if open_end %}
        {%- set valid_to = names.dbt_valid_to | trim %}
        ({{ equals(valid_to, open_end | trim) }} or {{ valid_to }} is null)
        {%- else %}
        {{ names.dbt_valid_to }} is null
        {%- endif %}
    ),

    new_versions as (
      select *, {{ unique_key_fields(key) }},
        {{ strategy.updated_at }} as {{ names.dbt_updated_at }},
        {{ strategy.updated_at }} as {{ names.dbt_valid_from }},
        {{ get_dbt_valid_to_current(strategy, names) }},
        {{ strategy.scd_id }} as {{ names.dbt_scd_id }}
      from snapshot_query
    ),

    closing_versions as (
      select *, {{ unique_key_fields(key) }},
        {{ strategy.updated_at }} as {{ names.dbt_updated_at }},
        {{ strategy.updated_at }} as {{ names.dbt_valid_from }},
        {{ strategy.updated_at }} as {{ names.dbt_valid_to }}
      from snapshot_query
    ),

    {%- if track_deletes %}

    current_keys as (
      select *, {{ unique_key_fields(key) }}
      from snapshot_query
    ),
    {%- endif %}

    insertions as (
      select 'insert' as dbt_change_type, source_data.*{{ ", 'False' as " ~ names.dbt_is_deleted if new_record }}
      from new_versions as source_data
      left outer join snapshotted_data on {{ same_key }}
      where {{ unique_key_is_null(key, 'snapshotted_data') }}
        or ({{ unique_key_is_not_null(key, 'snapshotted_data') }} and ({{ changed }}))
    ),

    updates as (
      select 'update' as dbt_change_type, source_data.*,
        snapshotted_data.{{ names.dbt_scd_id }}{{ ', snapshotted_data.' ~ names.dbt_is_deleted if new_record }}
      from closing_versions as source_data
      inner join snapshotted_data on {{ same_key }}
      where {{ changed }}
    )

    {%- if track_deletes %},

    deletes as (
      select 'delete' as dbt_change_type, source_data.*,
        {{ now_sql }} as {{ names.dbt_valid_from }},
        {{ now_sql }} as {{ names.dbt_updated_at }},
        {{ now_sql }} as {{ names.dbt_valid_to }},
        snapshotted_data.{{ names.dbt_scd_id }}{{ ', snapshotted_data.' ~ names.dbt_is_deleted if new_record }}
      from snapshotted_data
      left outer join current_keys as source_data on {{ same_key }}
      where {{ unique_key_is_null(key, 'source_data') }}
        {%- if new_record %}
        and not ({{ already_deleted }})
        {%- endif %}
    )
    {%- endif %}

    {%- if new_record %}
    {#- a materialization that knows the columns says so in the strategy -#}
    {%- set kept_columns = strategy.table_columns or get_list_of_column_names(get_columns_in_relation(target_relation)) %},

    deletion_records as (
      select 'insert' as dbt_change_type,
        {%- for col in strategy.query_columns or get_columns_in_query(source_sql) %}
        {{ 'snapshotted_data' if col in kept_columns else 'source_data' }}.{{ adapter.quote(col) }},
        {%- endfor %}
        {%- if key is iterable and key is not string and key is not mapping %}
        {%- for part in key %}
        snapshotted_data.{{ part }} as dbt_unique_key_{{ loop.index }},
        {%- endfor %}
        {%- else %}
        snapshotted_data.dbt_unique_key as dbt_unique_key,
        {%- endif %}
        {{ now_sql }} as {{ names.dbt_valid_from }},
        {{ now_sql }} as {{ names.dbt_updated_at }},
        snapshotted_data.{{ names.dbt_valid_to }} as {{ names.dbt_valid_to }},
        {{ snapshot_hash_arguments([names.dbt_scd_id, now_sql]) }} as {{ names.dbt_scd_id }},
        'True' as {{ names.dbt_is_deleted }}
      from snapshotted_data
      left outer join current_keys as source_data on {{ same_key }}
      where {{ unique_key_is_null(key, 'source_data') }}
        and not ({{ already_deleted }})
    )
    {%- endif %}

    select * from insertions
    union all
    select * from updates
    {%- if track_deletes %}
    union all
    select * from deletes
    {%- endif %}
    {%- if new_record %}
    union all
    select * from deletion_records
    {%- endif %}
{%- endmacro %}

{% macro get_dbt_valid_to_current(strategy, columns) %}
  {#- nullif(x, x) is a null of the type of x, which gives the column its type -#}
  coalesce(nullif({{ strategy.updated_at }}, {{ strategy.updated_at }}), {{ config.get('dbt_valid_to_current') or 'null' }}) as {{ columns.dbt_valid_to }}
{%- endmacro %}
