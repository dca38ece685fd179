{# Temporary relations: they live in the connection, without schema, under a name that is used once. #}

{% macro duckdb__make_temp_relation(base_relation, suffix) %}
  {%- do return(base_relation.incorporate(path={
        'database': none,
        'schema': none,
        'identifier': base_relation.identifier ~ suffix ~ py_current_timestring()
      })) -%}
{% endmacro %}

{# Returns {'relation', 'temporary'}: MotherDuck gets a plain table in a schema set aside for this. #}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') %}
  {%- if not adapter.is_motherduck() -%}
    {%- do return({'relation': make_temp_relation(target_relation), 'temporary': true}) -%}
  {%- endif -%}
  {%- set relation = target_relation.incorporate(path=adapter.get_temp_relation_path(target_relation, batch_id)) -%}
  {%- do run_query(create_schema(relation)) -%}
  {%- if not adapter.disable_transactions() -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {%- do return({'relation': relation, 'temporary': false}) -%}
{% endmacro %}
