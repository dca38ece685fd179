{# `partitioned_by` and `sorted_by`: only for DuckLake tables, and only on the table that stays. #}

{# The configured columns of one option, or none when it does not apply to this relation. #}
{% macro duckdb__layout_columns(relation, temporary, raw, label) -%}
  {%- if temporary or raw is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set columns = normalize_string_or_list(raw, label) -%}
  {%- if columns | length == 0 -%}
    {%- do exceptions.raise_compiler_error(label ~ " must contain at least one column") -%}
  {%- endif -%}
  {#- helper relations of the model are left as they are -#}
  {%- set final_name = this.identifier if this is defined and config.get('materialized') in ['table', 'incremental'] else none -%}
  {%- if final_name and (relation.identifier or final_name) != final_name -%}
    {{ return(none) }}
  {%- endif -%}
  {%- if not adapter.is_ducklake(relation) -%}
    {%- do adapter.warn_once(label ~ " has no effect on " ~ relation ~ ": only DuckLake tables have it") -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(columns) }}
{%- endmacro %}

{% macro duckdb__get_partitioned_by(relation, temporary) -%}
  {%- set raw = config.get('partitioned_by', none) or config.get('partition_by', none) -%}
  {%- set columns = duckdb__layout_columns(relation, temporary, none if raw == '' else raw, "partitioned_by/partition_by") -%}
  {{ return(columns | join(', ') if columns else none) }}
{%- endmacro %}

{% macro duckdb__get_sorted_by(relation, temporary) -%}
  {%- set raw = config.get('sorted_by', none) -%}
  {%- set raw = config.get('sort_by', none) if raw is none else raw -%}
  {%- set columns = duckdb__layout_columns(relation, temporary, raw, "sorted_by/sort_by") -%}
  {%- if not columns -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set quoted = [] -%}
  {%- for name in columns -%}
    {%- do quoted.append(adapter.quote(name | replace('"', '""'))) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{%- endmacro %}

{% macro duckdb__alter_table_set_partitioned_by(relation, partitioned_by) -%}
  alter table {{ relation.render() }} set partitioned by ({{ partitioned_by }});
{%- endmacro %}

{% macro duckdb__alter_table_set_sorted_by(relation, sorted_by) -%}
  alter table {{ relation.render() }} set sorted by ({{ sorted_by }});
{%- endmacro %}
