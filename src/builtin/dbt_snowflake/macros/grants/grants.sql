{# Grants. A replaced relation has none, unless `copy_grants` is set; then the present ones are read and compared. #}

{% macro snowflake__copy_grants() -%}
  {{ return(config.get('copy_grants', false)) }}
{%- endmacro %}

{% macro snowflake__support_multiple_grantees_per_dcl_statement() -%}
  {{ return(false) }}
{%- endmacro %}

{# One statement takes several privileges but one grantee: as few statements as there are grantees. #}
{% macro snowflake__get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
  {%- set privileges_of = {} -%}
  {%- for privilege, grantees in grant_config.items() -%}
    {%- for grantee in grantees or [] -%}
      {%- if grantee not in privileges_of -%}
        {%- do privileges_of.update({grantee: []}) -%}
      {%- endif -%}
      {%- do privileges_of[grantee].append(privilege) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set statements = [] -%}
  {%- for grantee, privileges in privileges_of.items() -%}
    {%- do statements.append(get_dcl_macro(relation, privileges | join(', '), [grantee])) -%}
  {%- endfor -%}
  {{ return(statements) }}
{%- endmacro %}
