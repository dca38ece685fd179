{# Applies a snapshot's staging table: closes old versions, adds new ones. #}

{% macro snapshot_merge_sql(target, source, insert_cols) -%}
  {{- return(adapter.dispatch('snapshot_merge_sql', 'dbt')(target, source, insert_cols)) -}}
{%- endmacro %}

{% macro default__snapshot_merge_sql(target, source, insert_cols) -%}
    {%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    {%- set open_end = config.get('dbt_valid_to_current') -%}
    {%- set dest_valid_to = 'DBT_INTERNAL_DEST.' ~ (names.dbt_valid_to | trim) -%}
    {#- a name without its side is ambiguous to some warehouses, since both sides have it -#}
    {%- set values = [] -%}
    {%- for name in insert_cols -%}
      {%- do values.append('DBT_INTERNAL_SOURCE.' ~ name) -%}
    {%- endfor -%}

    merge into {{ target.render() }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    on DBT_INTERNAL_SOURCE.{{ names.dbt_scd_id }} = DBT_INTERNAL_DEST.{{ names.dbt_scd_id }}
    when matched
      and DBT_INTERNAL_SOURCE.dbt_change_type in ('update', 'delete')
      {%- if open_end %}
      and ({{ equals(dest_valid_to, open_end | trim) }} or {{ dest_valid_to }} is null)
      {%- else %}
      and {{ dest_valid_to }} is null
      {%- endif %}
      then update set {{ names.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ names.dbt_valid_to }}
    when not matched
      and DBT_INTERNAL_SOURCE.dbt_change_type = 'insert'
      then insert ({{ insert_cols | join(', ') }})
      values ({{ values | join(', ') }})
{% endmacro %}
