{# Seed: DuckDB reads the file itself, unless `fast` is off. #}

{% macro duckdb__get_binding_char() %}
  {{- return(adapter.get_binding_char()) -}}
{% endmacro %}

{% macro duckdb__get_batch_size() %}
  {{- return(10000) -}}
{% endmacro %}

{# Emptying or dropping the old table belongs to the transaction that fills the new one. #}
{% macro duckdb__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {%- do ensure_node_transaction() -%}
  {{ return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
{% endmacro %}

{% macro duckdb__load_csv_rows(model, agate_table) %}
  {%- if not config.get('fast', true) -%}
    {{ return(default__load_csv_rows(model, adapter.convert_datetimes_to_strs(agate_table))) }}
  {%- endif -%}
  {%- set copy_sql -%}
    copy {{ this.render() }} from '{{ adapter.escape_sql_string(adapter.get_seed_file_path(model)) }}' (format csv, header true, delimiter '{{ config.get('delimiter', ',') }}')
  {%- endset -%}
  {%- do adapter.add_query(copy_sql, abridge_sql_log=true) -%}
  {{ return(copy_sql) }}
{% endmacro %}
