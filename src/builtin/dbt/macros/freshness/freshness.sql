{# Source freshness: the newest loading time next to the warehouse's clock. #}

{% macro collect_freshness(source, loaded_at_field, filter) -%}
  {{- return(adapter.dispatch('collect_freshness', 'dbt')(source, loaded_at_field, filter)) -}}
{%- endmacro %}

{% macro default__collect_freshness(source, loaded_at_field, filter) %}
  {%- set query -%}
    select max({{ loaded_at_field }}) as max_loaded_at, {{ current_timestamp() }} as snapshotted_at
    from {{ source }}
    {{ 'where ' ~ filter if filter }}
  {%- endset -%}
  {%- call statement('collect_freshness', fetch_result=true, auto_begin=false) -%}
    {#- the field and the filter are the author's -#}
    {{ adapter.translate(query) }}
  {%- endcall -%}
  {{ return(load_result('collect_freshness')) }}
{% endmacro %}

{% macro collect_freshness_custom_sql(source, loaded_at_query) -%}
  {{- return(adapter.dispatch('collect_freshness_custom_sql', 'dbt')(source, loaded_at_query)) -}}
{%- endmacro %}

{% macro default__collect_freshness_custom_sql(source, loaded_at_query) %}
  {%- set query -%}
    with newest_load as (
      {{ loaded_at_query }}
    )
    select (select * from newest_load) as max_loaded_at, {{ current_timestamp() }} as snapshotted_at
  {%- endset -%}
  {%- call statement('collect_freshness_custom_sql', fetch_result=true, auto_begin=false) -%}
    {{ adapter.translate(query) }}
  {%- endcall -%}
  {{ return(load_result('collect_freshness_custom_sql')) }}
{% endmacro %}
