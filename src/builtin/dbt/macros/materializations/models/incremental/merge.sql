{# The statements behind the merge, delete+insert and insert_overwrite strategies. #}

{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {#- `predicates` is the keyword that older projects use -#}
  {%- set extra_predicates = kwargs.get('predicates', incremental_predicates) -%}
  {{ return(adapter.dispatch('get_merge_sql', 'dbt')(target, source, unique_key, dest_columns, extra_predicates)) }}
{%- endmacro %}

{% macro get_merge_unique_key_match(source_unique_key, target_unique_key) %}
  {{- return(adapter.dispatch('get_merge_unique_key_match', 'dbt')(source_unique_key, target_unique_key)) -}}
{% endmacro %}

{% macro default__get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
  {{- return(equals(source_unique_key, target_unique_key) | trim) -}}
{%- endmacro %}

{% macro default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {%- set sql_header = config.get('sql_header', none) -%}
    {%- set insert_csv = get_quoted_csv(dest_columns | map(attribute='name')) -%}
    {%- set update_columns = get_merge_update_columns(
          config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns) -%}

    {%- set conditions = [] -%}
    {%- for predicate in incremental_predicates or [] -%}
      {%- do conditions.append(predicate) -%}
    {%- endfor -%}
    {%- if not unique_key -%}
      {%- do conditions.append('FALSE') -%}
    {%- elif unique_key is iterable and unique_key is not string and unique_key is not mapping -%}
      {%- for key in unique_key -%}
        {%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
      {%- endfor -%}
    {%- else -%}
      {%- do conditions.append(get_merge_unique_key_match(
            'DBT_INTERNAL_SOURCE.' ~ (unique_key | trim), 'DBT_INTERNAL_DEST.' ~ (unique_key | trim))) -%}
    {%- endif -%}

    {{ sql_header if sql_header is not none }}

    merge into {{ target }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    on ({{ conditions | join(') and (') }})
    {% if unique_key %}
    when matched then update set
      {% for col in update_columns -%}
      {{ col }} = DBT_INTERNAL_SOURCE.{{ col }}{{ ', ' if not loop.last }}
      {%- endfor %}
    {% endif %}
    when not matched then insert ({{ insert_csv }})
    values ({{ insert_csv }})
{%- endmacro %}

{% macro get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {{- return(adapter.dispatch('get_delete_insert_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates)) -}}
{%- endmacro %}

{% macro default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- set insert_csv = get_quoted_csv(dest_columns | map(attribute='name')) -%}
    {%- if unique_key -%}
    {%- set key_csv = unique_key if unique_key is string else unique_key | join(', ') -%}
    delete from {{ target }} as DBT_INTERNAL_DEST
    where ({{ key_csv }}) in (select distinct {{ key_csv }} from {{ source }} as DBT_INTERNAL_SOURCE)
    {%- for predicate in incremental_predicates or [] %}
      and {{ predicate }}
    {%- endfor -%}
    ;
    {%- endif %}

    insert into {{ target }} ({{ insert_csv }})
    (
        select {{ insert_csv }} from {{ source }}
    )
{%- endmacro %}

{% macro get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header=false) -%}
  {{- return(adapter.dispatch('get_insert_overwrite_merge_sql', 'dbt')(target, source, dest_columns, predicates, include_sql_header)) -}}
{%- endmacro %}

{% macro default__get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header) -%}
    {%- set sql_header = config.get('sql_header', none) -%}
    {%- set insert_csv = get_quoted_csv(dest_columns | map(attribute='name')) -%}

    {{ sql_header if sql_header is not none and include_sql_header }}

    merge into {{ target }} as DBT_INTERNAL_DEST
    using {{ source }} as DBT_INTERNAL_SOURCE
    on FALSE
    when not matched by source{{ ' and ' ~ (predicates | join(' and ')) if predicates }} then delete
    when not matched then insert ({{ insert_csv }})
    values ({{ insert_csv }})
{%- endmacro %}
