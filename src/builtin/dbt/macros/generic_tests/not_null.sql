{# Generic test: every row has a value. #}

{% test not_null(model, column_name) %}
    {% set body = adapter.dispatch('test_not_null', 'dbt') %}
    {{ body(model, column_name) }}
{% endtest %}

{# Stored failures are only useful with the whole row. #}
{% macro default__test_not_null(model, column_name) %}



select {{ '*' if should_store_failures() else column_name }}
from {{ model }}
where {{ column_name }} is null

{% endmacro %}
