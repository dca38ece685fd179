{# Generic test: every value has its row in another relation. #}

{% test relationships(model, column_name, to, field) %}
  {%- set body = adapter.dispatch('test_relationships', 'dbt') -%}
  {{ body(model, column_name, to, field) }}
{% endtest %}

{% macro default__test_relationships(model, column_name, to, field) %}
    select referring.from_field
    from (
      select {{ column_name }} as from_field from {{ model }} where {{ column_name }} is not null
    ) as referring
    left join (
      select {{ field }} as to_field from {{ to }}
    ) as referred on referred.to_field = referring.from_field
    where referred.to_field is null
{% endmacro %}
