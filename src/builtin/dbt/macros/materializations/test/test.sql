{# Data test: count the failing rows, keeping them in a relation when asked to. #}

{% materialization test, default %}
  {%- set relations = [] -%}
  {%- set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none -%}
  {%- set failing_rows = get_limit_subquery_sql(sql, config.get('limit')) -%}

  {%- if should_store_failures() -%}
    {%- set kind = stored_failures_kind() -%}
    {%- set identifier = model['alias'] -%}
    {%- set old_relation = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
    {%- set target_relation = api.Relation.create(identifier=identifier, schema=schema, database=database, type=kind) -%}

    {%- do ensure_node_transaction() -%}
    {%- if old_relation -%}
      {%- do adapter.drop_relation(old_relation) -%}
    {%- endif -%}
    {% call statement(auto_begin=true) %}
      {{ sql_header if sql_header }}
      {{ get_create_sql(target_relation, failing_rows) }}
    {% endcall %}
    {%- do relations.append(target_relation) -%}
    {{ adapter.commit() }}

    {#- count what has been stored instead of running the test a second time -#}
    {%- set main_sql = 'select * from ' ~ target_relation -%}
  {%- else -%}
    {%- set main_sql = failing_rows -%}
  {%- endif -%}

  {% call statement('main', fetch_result=true) -%}
    {{ sql_header if sql_header }}
    {#- the limit is part of main_sql already -#}
    {{ get_test_sql(main_sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
  {%- endcall %}

  {{ return({'relations': relations}) }}
{% endmaterialization %}
