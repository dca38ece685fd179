{# Dropping, renaming and emptying. Names are written in full: the session's current schema is nobody's business. #}

{% macro snowflake__get_drop_sql(relation) -%}
    drop {{ snowflake__kind_in_ddl(relation) }} if exists {{ relation.render() }}
{%- endmacro %}

{% macro snowflake__drop_table(relation) -%}
    drop table if exists {{ relation.render() }}
{%- endmacro %}

{% macro snowflake__drop_view(relation) -%}
    drop view if exists {{ relation.render() }}
{%- endmacro %}

{% macro snowflake__get_drop_dynamic_table_sql(relation) -%}
    drop dynamic table if exists {{ relation.render() }}
{%- endmacro %}

{# `new_name` is a relation or a name; a relation is written in full. #}
{% macro snowflake__get_rename_sql(relation, new_name) -%}
    alter {{ snowflake__kind_in_ddl(relation) }} {{ relation.render() }} rename to {{ new_name }}
{%- endmacro %}

{% macro snowflake__get_rename_table_sql(relation, new_name) -%}
    alter table {{ relation.render() }} rename to {{ new_name }}
{%- endmacro %}

{% macro snowflake__get_rename_view_sql(relation, new_name) -%}
    alter view {{ relation.render() }} rename to {{ new_name }}
{%- endmacro %}

{% macro snowflake__get_rename_materialized_view_sql(relation, new_name) -%}
    alter dynamic table {{ relation.render() }} rename to {{ new_name }}
{%- endmacro %}

{% macro snowflake__rename_relation(from_relation, to_relation) -%}
  {% call statement('rename_relation') -%}
    {{ snowflake__get_rename_sql(from_relation, to_relation.render()) }}
  {%- endcall %}
{%- endmacro %}

{% macro snowflake__get_create_backup_sql(relation) -%}
    {%- set backup = make_backup_relation(relation, relation.type) -%}
    {{ get_drop_sql(backup) }};
    {{ get_rename_sql(relation, backup.render()) }}
{%- endmacro %}

{% macro snowflake__get_rename_intermediate_sql(relation) -%}
    {{ get_rename_sql(make_intermediate_relation(relation), relation.render()) }}
{%- endmacro %}
