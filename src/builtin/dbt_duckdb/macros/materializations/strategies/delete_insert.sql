{# The default incremental strategy: remove the rows whose keys come again, add the new ones. #}

{% macro duckdb__get_incremental_default_sql(arg_dict) %}
  {%- do return(get_incremental_delete_insert_sql(arg_dict)) -%}
{% endmacro %}

{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- set column_csv = get_quoted_csv(dest_columns | map(attribute='name')) -%}
    {%- set extra = [] -%}
    {%- for predicate in incremental_predicates or [] -%}
      {%- do extra.append(' and ' ~ predicate) -%}
    {%- endfor -%}

    {%- if unique_key and unique_key is not string -%}
    {%- set key_matches = [] -%}
    {%- for key in unique_key -%}
      {%- do key_matches.append(source ~ '.' ~ key ~ ' = DBT_INCREMENTAL_TARGET.' ~ key) -%}
    {%- endfor -%}
    delete from {{ target }} as DBT_INCREMENTAL_TARGET
    using {{ source }}
    where ({{ key_matches | join(' and ') }}{{ extra | join }});
    {%- elif unique_key -%}
    delete from {{ target }}
    where ({{ unique_key }}) in (select ({{ unique_key }}) from {{ source }}){{ extra | join }};
    {%- endif %}

    insert into {{ target }} ({{ column_csv }})
    (
      select {{ column_csv }} from {{ source }}
    )
{%- endmacro %}
