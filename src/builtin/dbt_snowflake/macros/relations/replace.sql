{# Replacing relations: in one step where the kind stays, else beside the old one, whose name the new one then takes. #}

{# What builds `target_relation`, whatever is in its place. #}
{% macro snowflake__build_sql(existing_relation, target_relation, sql) -%}
  {%- if existing_relation is none or snowflake__replaces_in_place(existing_relation, target_relation) -%}
    {{ return(get_create_sql(target_relation, sql)) }}
  {%- endif -%}
  {{ return(get_replace_sql(existing_relation, target_relation, sql)) }}
{%- endmacro %}

{# "create or replace" takes the place of the same kind of thing in the same format. #}
{% macro snowflake__replaces_in_place(existing_relation, target_relation) -%}
  {%- set same_kind = existing_relation.type == target_relation.type -%}
  {%- set iceberg = snowflake__table_settings().table_format == 'ICEBERG' and not target_relation.is_view -%}
  {{ return(same_kind and (existing_relation.is_view or existing_relation.is_iceberg_format == iceberg)) }}
{%- endmacro %}

{# The old relation is gone only when the new one stands under its name. An Iceberg table cannot be renamed: where the
   new one is of that kind the old one makes room first, and where the old one is, it is dropped last but one. #}
{% macro snowflake__get_replace_sql(existing_relation, target_relation, sql) -%}
  {%- if snowflake__replaces_in_place(existing_relation, target_relation) -%}
    {{ return(get_create_sql(target_relation, sql)) }}
  {%- endif -%}
  {%- set new_stays = snowflake__table_settings().table_format == 'ICEBERG' and not target_relation.is_view -%}
  {%- set built = target_relation if new_stays else make_intermediate_relation(target_relation) -%}
  {%- set backup = make_backup_relation(existing_relation, existing_relation.type) -%}
  {%- set old_kind = snowflake__kind_in_ddl(existing_relation) -%}
  {%- set steps = [] -%}
  {%- if not new_stays -%}
    {%- do steps.append(get_create_sql(built, sql)) -%}
  {%- endif -%}
  {%- if existing_relation.is_iceberg_format -%}
    {%- do steps.append(get_drop_sql(existing_relation)) -%}
  {%- else -%}
    {%- do steps.append(get_drop_sql(backup)) -%}
    {%- do steps.append('alter ' ~ old_kind ~ ' ' ~ existing_relation.render() ~ ' rename to ' ~ backup.render()) -%}
  {%- endif -%}
  {%- if new_stays -%}
    {%- do steps.append(get_create_sql(built, sql)) -%}
  {%- else -%}
    {%- do steps.append('alter ' ~ snowflake__kind_in_ddl(built) ~ ' ' ~ built.render() ~ ' rename to ' ~ target_relation.render()) -%}
  {%- endif -%}
  {%- if not existing_relation.is_iceberg_format -%}
    {%- do steps.append(get_drop_sql(backup)) -%}
  {%- endif -%}
  {%- set trimmed = [] -%}
  {%- for step in steps -%}
    {%- do trimmed.append(step | trim) -%}
  {%- endfor -%}
  {{ return(trimmed | join(';\n    ')) }}
{%- endmacro %}

{# The word for a relation's kind in "alter" and "drop". #}
{% macro snowflake__kind_in_ddl(relation) -%}
  {{ return({'dynamic_table': 'dynamic table', 'view': 'view', 'materialized_view': 'materialized view'}.get(relation.type, 'table')) }}
{%- endmacro %}

{% macro snowflake__get_create_sql(relation, sql) -%}
  {%- if relation.is_dynamic_table -%}
    {{ return(snowflake__get_create_dynamic_table_as_sql(relation, sql)) }}
  {%- endif -%}
  {{ return(default__get_create_sql(relation, sql)) }}
{%- endmacro %}

{% macro snowflake__get_replace_table_sql(relation, sql) -%}
  {{- return(get_create_table_as_sql(false, relation, sql)) -}}
{%- endmacro %}

{% macro snowflake__get_replace_view_sql(relation, sql) -%}
  {{- return(snowflake__create_view_as(relation, sql)) -}}
{%- endmacro %}

{# Asked by projects that build on create_or_replace_view. #}
{% macro snowflake__handle_existing_table(full_refresh, old_relation) -%}
  {{ log("Dropping " ~ old_relation.render() ~ ", a " ~ old_relation.type ~ " in the place of a view") }}
  {%- do adapter.drop_relation(old_relation) -%}
{%- endmacro %}
