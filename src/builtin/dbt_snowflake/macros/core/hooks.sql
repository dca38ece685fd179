{# Every Snowflake session commits each statement by itself. #}
{% macro snowflake__commit_before_hooks() %}
{% endmacro %}

{# All hooks of one side, in the order that the other adapters keep. #}
{% macro snowflake__run_pre_hooks(hooks) %}
  {{ run_hooks(hooks, inside_transaction=false) }}
  {{ run_hooks(hooks, inside_transaction=true) }}
{% endmacro %}

{% macro snowflake__run_post_hooks(hooks) %}
  {{ run_hooks(hooks, inside_transaction=true) }}
  {{ run_hooks(hooks, inside_transaction=false) }}
{% endmacro %}
