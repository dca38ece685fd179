{# Pre- and post-hooks: running them, and the helpers that say on which side of the transaction they belong. #}

{% macro run_hooks(hooks, inside_transaction=true) %}
  {%- for hook in hooks | selectattr('transaction', 'equalto', inside_transaction) -%}
    {%- if loop.first and not inside_transaction -%}
      {%- do commit_before_hooks() -%}
    {%- endif -%}
    {%- set hook_sql = adapter.translate(render(hook.get('sql')) | trim) -%}
    {%- if hook_sql -%}
      {%- call statement(auto_begin=inside_transaction) %}
        {{ hook_sql }}
      {% endcall -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{# Ends whatever transaction the connection came with before the first hook outside of one. #}
{% macro commit_before_hooks() %}
  {{- return(adapter.dispatch('commit_before_hooks', 'dbt')()) -}}
{% endmacro %}

{% macro default__commit_before_hooks() %}
  {%- call statement(auto_begin=false) -%}
    commit;
  {%- endcall -%}
{% endmacro %}

{% macro make_hook_config(sql, inside_transaction) %}
    {{ tojson({'sql': sql, 'transaction': inside_transaction}) }}
{% endmacro %}

{% macro before_begin(sql) %}
    {{ make_hook_config(sql, inside_transaction=false) }}
{% endmacro %}

{% macro in_transaction(sql) %}
    {{ make_hook_config(sql, inside_transaction=true) }}
{% endmacro %}

{% macro after_commit(sql) %}
    {{ make_hook_config(sql, inside_transaction=false) }}
{% endmacro %}
