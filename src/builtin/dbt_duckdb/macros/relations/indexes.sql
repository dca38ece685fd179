{# Indexes: creating them, and removing them where they stand in the way of a rename. #}

{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
  {%- set index = adapter.parse_index(index_dict) -%}
  create {{ 'unique ' if index.unique }}index "{{ index.render(relation) }}"
  on {{ relation }} ({{ index.columns | join(', ') }});
{%- endmacro %}

{# No statement here begins a transaction: the macro also runs after the node's commit. #}
{% macro drop_indexes_on_relation(relation) -%}
  {%- call statement('get_indexes_on_relation', fetch_result=true, auto_begin=false) -%}
    select index_name
    from duckdb_indexes()
    where table_name = '{{ relation.identifier }}'
      and schema_name = '{{ relation.schema }}'
      and database_name = '{{ relation.database }}'
  {%- endcall -%}
  {%- for row in load_result('get_indexes_on_relation').table -%}
    {%- call statement('drop_index_' ~ loop.index, auto_begin=false) -%}
      drop index "{{ relation.database }}"."{{ relation.schema }}"."{{ row[0] }}"
    {%- endcall -%}
  {%- endfor -%}
{%- endmacro %}
