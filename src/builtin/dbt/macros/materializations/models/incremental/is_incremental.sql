{#
  True inside a model that adds to a table which is already there.

  The node is asked for through `context`, which makes its dictionary only when this line is reached.
#}

{% macro is_incremental() %}
  {%- if not execute -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set current = adapter.get_relation(this.database, this.schema, this.table) -%}
  {{ return(
      current is not none
      and current.type == 'table'
      and context.model.config.materialized == 'incremental'
      and not should_full_refresh()
  ) }}
{% endmacro %}
