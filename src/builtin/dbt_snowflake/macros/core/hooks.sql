{# Every Snowflake session commits each statement, so hooks need no "commit" before them. #}

{% macro run_hooks(hooks, inside_transaction=true) %}
  {%- for hook in hooks | selectattr('transaction', 'equalto', inside_transaction) -%}
    {%- set hook_sql = render(hook.get('sql')) | trim -%}
    {%- if hook_sql -%}
      {%- call statement(auto_begin=inside_transaction) %}
        {{ hook_sql }}
      {% endcall -%}
    {%- endif -%}
  {%- endfor -%}
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
