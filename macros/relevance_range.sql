{#- Genome relevance is a share: anything outside 0..1 is a broken load. A missing value is left to not_null. -#}
{% test relevance_range(model, column_name) %}

select {{ column_name }}
from {{ model }}
where {{ column_name }} < 0
   or {{ column_name }} > 1

{% endtest %}
