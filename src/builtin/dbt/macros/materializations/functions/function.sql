{# User-defined functions: the materialization and what it runs. #}

{% materialization function, default, supported_languages=['sql', 'python', 'javascript'] %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type=this.Function) -%}

  {{ run_hooks(pre_hooks) }}

  {#- the macro's name depends on the kind of function, so it cannot be found by reading this file -#}
  {%- set find_macro = adapter.dispatch -%}
  {%- set build_macro = find_macro(this.get_function_macro_name(this.get_function_config(model)), 'dbt') -%}
  {{ function_execute_build_sql(build_macro(target_relation), existing_relation, target_relation) }}

  {{ run_hooks(post_hooks) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro function_execute_build_sql(build_sql, existing_relation, target_relation) -%}
  {{- return(adapter.dispatch('function_execute_build_sql', 'dbt')(build_sql, existing_relation, target_relation)) -}}
{%- endmacro %}

{% macro default__function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {%- set grant_config = config.get('grants') -%}
  {% call statement(name='main') %}
    {{ build_sql }}
  {% endcall %}
  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}
  {{ adapter.commit() }}
{% endmacro %}
