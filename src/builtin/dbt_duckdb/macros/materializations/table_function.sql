{# Table function: a view with parameters, bound only when it is called. #}

{% materialization table_function, adapter='duckdb' %}
  {%- set target_relation = api.Relation.create(identifier=model['alias'], schema=schema, database=database, type='view') -%}
  {%- set parameters = config.get('parameters') or [] -%}
  {#- one parameter list as text, or the names one by one -#}
  {%- set parameter_csv = parameters if parameters is string or parameters is number else parameters | join(', ') -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {% call statement('main') -%}
    create or replace function {{ target_relation.render() }}({{ parameter_csv }}) as table (
      {{ sql }}
    );
  {%- endcall %}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do persist_docs(target_relation, model) -%}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
