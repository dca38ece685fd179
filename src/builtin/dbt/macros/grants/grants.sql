{# Grants: bringing a relation's privileges in line with its config. #}

{# Do grants survive when a relation is replaced? Assuming so costs a query and is never wrong. #}
{% macro copy_grants() -%}
  {{- return(adapter.dispatch('copy_grants', 'dbt')()) -}}
{%- endmacro %}

{% macro default__copy_grants() %}
  {{ return(true) }}
{% endmacro %}

{# Can one statement name several grantees? #}
{% macro support_multiple_grantees_per_dcl_statement() -%}
  {{- return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) -}}
{%- endmacro %}

{% macro default__support_multiple_grantees_per_dcl_statement() -%}
  {{ return(true) }}
{%- endmacro %}

{# A new relation has nothing to revoke; a replaced one only if grants are copied; a changed one always. #}
{% macro should_revoke(existing_relation, full_refresh_mode=true) %}
  {%- if not existing_relation -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return(copy_grants() if full_refresh_mode else true) }}
{% endmacro %}

{% macro get_show_grant_sql(relation) -%}
  {{- return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__get_show_grant_sql(relation) %}
    show grants on {{ relation.render() }}
{% endmacro %}

{% macro get_grant_sql(relation, privilege, grantees) -%}
  {{- return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) -}}
{%- endmacro %}

{% macro default__get_grant_sql(relation, privilege, grantees) -%}
    grant {{ privilege }} on {{ relation.render() }} to {{ grantees | join(', ') }}
{%- endmacro %}

{% macro get_revoke_sql(relation, privilege, grantees) -%}
  {{- return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) -}}
{%- endmacro %}

{% macro default__get_revoke_sql(relation, privilege, grantees) -%}
    {%- set names = [] -%}
    {%- for grantee in grantees -%}
      {%- do names.append(adapter.quote(grantee)) -%}
    {%- endfor -%}
    revoke {{ privilege }} on {{ relation.render() }} from {{ names | join(', ') }}
{%- endmacro %}

{# One statement per privilege, or per privilege and grantee; get_dcl_macro is get_grant_sql or get_revoke_sql. #}
{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
  {{- return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) -}}
{%- endmacro %}

{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
  {%- set statements = [] -%}
  {%- set together = support_multiple_grantees_per_dcl_statement() -%}
  {%- for privilege, grantees in grant_config.items() if grantees -%}
    {%- if together -%}
      {%- do statements.append(get_dcl_macro(relation, privilege, grantees)) -%}
    {%- else -%}
      {%- for grantee in grantees -%}
        {%- do statements.append(get_dcl_macro(relation, privilege, [grantee])) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(statements) }}
{%- endmacro %}

{# All statements in one block; adapters that take one statement at a time override this. #}
{% macro call_dcl_statements(dcl_statement_list) -%}
  {{- return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) -}}
{%- endmacro %}

{% macro default__call_dcl_statements(dcl_statement_list) %}
  {% call statement('grants') %}
    {% for dcl in dcl_statement_list -%}
    {{ dcl }};
    {% endfor %}
  {% endcall %}
{% endmacro %}

{% macro apply_grants(relation, grant_config, should_revoke) %}
  {{- return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) -}}
{% endmacro %}

{% macro default__apply_grants(relation, grant_config, should_revoke=true) %}
  {%- if grant_config -%}
    {%- set to_grant = grant_config -%}
    {%- set to_revoke = {} -%}
    {%- if should_revoke -%}
      {%- set present = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) -%}
      {%- set to_grant = diff_of_two_dicts(grant_config, present) -%}
      {%- set to_revoke = diff_of_two_dicts(present, grant_config) -%}
    {%- endif -%}
    {%- set statements = get_dcl_statement_list(relation, to_revoke, get_revoke_sql)
          + get_dcl_statement_list(relation, to_grant, get_grant_sql) -%}
    {%- if statements -%}
      {{ call_dcl_statements(statements) }}
    {%- else -%}
      {{ log('Grants of ' ~ relation.render() ~ ' are as configured') }}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
