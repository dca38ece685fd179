{# "replace": in place where the warehouse can, else by building beside and renaming, else by dropping first. #}

{% macro get_replace_sql(existing_relation, target_relation, sql) -%}
  {{- log('Replace: ' ~ existing_relation) -}}
  {{- return(adapter.dispatch('get_replace_sql', 'dbt')(existing_relation, target_relation, sql)) -}}
{%- endmacro %}

{% macro default__get_replace_sql(existing_relation, target_relation, sql) %}
  {%- set in_place = existing_relation.can_be_replaced and existing_relation.type == target_relation.type -%}
  {%- set can_stage = target_relation.can_be_renamed -%}
  {%- set can_back_up = existing_relation.can_be_renamed -%}

  {%- if in_place and existing_relation.is_view -%}
    {{ get_replace_view_sql(target_relation, sql) }}
  {%- elif in_place and existing_relation.is_table -%}
    {{ get_replace_table_sql(target_relation, sql) }}
  {%- elif in_place and existing_relation.is_materialized_view -%}
    {{ get_replace_materialized_view_sql(target_relation, sql) }}
  {%- elif can_stage and can_back_up -%}
    {{ get_create_intermediate_sql(target_relation, sql) }};
    {{ get_create_backup_sql(existing_relation) }};
    {{ get_rename_intermediate_sql(target_relation) }};
    {{ get_drop_backup_sql(existing_relation) }}
  {%- elif can_stage -%}
    {{ get_create_intermediate_sql(target_relation, sql) }};
    {{ get_drop_sql(existing_relation) }};
    {{ get_rename_intermediate_sql(target_relation) }}
  {%- elif can_back_up -%}
    {{ get_create_backup_sql(existing_relation) }};
    {{ get_create_sql(target_relation, sql) }};
    {{ get_drop_backup_sql(existing_relation) }}
  {%- else -%}
    {{ get_drop_sql(existing_relation) }};
    {{ get_create_sql(target_relation, sql) }}
  {%- endif -%}
{% endmacro %}
