{# Changed settings of a materialized view: finding them and applying them. #}

{% macro get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) -%}
  {{- log('Alter: ' ~ relation) -}}
  {{- return(adapter.dispatch('get_alter_materialized_view_as_sql', 'dbt')(relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation)) -}}
{%- endmacro %}

{% macro default__get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_alter_materialized_view_as_sql') }}
{%- endmacro %}


{# What is returned here is what get_alter_materialized_view_as_sql gets; none means that nothing changed. #}
{% macro get_materialized_view_configuration_changes(existing_relation, new_config) -%}
  {{- log('Compare settings: ' ~ existing_relation) -}}
  {{- return(adapter.dispatch('get_materialized_view_configuration_changes', 'dbt')(existing_relation, new_config)) -}}
{%- endmacro %}

{% macro default__get_materialized_view_configuration_changes(existing_relation, new_config) -%}
  {{ exceptions.raise_compiler_error('Adapter ' ~ adapter.type() ~ ' has no get_materialized_view_configuration_changes') }}
{%- endmacro %}
