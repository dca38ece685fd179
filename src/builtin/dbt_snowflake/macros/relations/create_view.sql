{# Creating views: plain, secure and temporary ones. #}

{% macro snowflake__create_view_as(relation, sql) -%}
  {{- return(snowflake__create_view_as_with_temp_flag(relation, sql)) -}}
{%- endmacro %}

{% macro snowflake__create_view_as_with_temp_flag(relation, sql, is_temporary=false) -%}
  {%- set contract_config = config.get('contract') -%}
  {%- if contract_config and contract_config.enforced -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {%- set clauses = [] if is_temporary else [snowflake__view_columns(sql)] + snowflake__governance_clauses() %}
    {{ snowflake__header() }}create or replace {{ 'secure ' if config.get('secure', false) }}{{ 'temporary ' if is_temporary }}view {{ relation.render() }}
    {{- snowflake__clauses(clauses) }}
    as (
      {{ sql }}
    )
{%- endmacro %}

{# The columns with their descriptions: a view's column is commented only where the view is made. #}
{% macro snowflake__view_columns(sql) -%}
  {%- if not (config.persist_column_docs() and model.columns) -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(get_persist_docs_column_list(model.columns, get_columns_in_query(sql))) }}
{%- endmacro %}

{# The body of the view materialization, for projects that call it by this name. #}
{% macro snowflake__create_or_replace_view() -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set exists_as_view = existing_relation is not none and existing_relation.is_view -%}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set grant_config = config.get('grants') -%}

  {{ snowflake__run_pre_hooks(pre_hooks) }}

  {% call statement('main') -%}
    {{ snowflake__build_sql(existing_relation, target_relation, sql) }}
  {%- endcall %}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(exists_as_view, full_refresh_mode=true)) -%}
  {{ snowflake__run_post_hooks(post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
