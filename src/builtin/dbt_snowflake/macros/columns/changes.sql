{# What differs between the columns of a query and of its table. Both lists are known, so nothing is asked twice. #}

{# Whether longer texts than the table holds may come: only then are the query's own types of interest. #}
{% macro snowflake__has_narrow_text(columns) -%}
  {%- for col in columns if col.is_string() and col.string_size() < 16777216 -%}
    {{ return(true) }}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{# Widens the table's texts to those of the query, keeping the collation; gives back the table's columns as they are then. #}
{% macro snowflake__expand_text_columns(relation, source_columns, target_columns) -%}
  {%- set wanted = {} -%}
  {%- for col in source_columns if col.is_string() -%}
    {%- do wanted.update({col.name: col.string_size()}) -%}
  {%- endfor -%}
  {%- set changes = [] -%}
  {%- set columns = [] -%}
  {%- for col in target_columns -%}
    {%- if col.is_string() and wanted.get(col.name, 0) > col.string_size() -%}
      {%- set new_type = 'VARCHAR(' ~ wanted[col.name] ~ ')' ~ snowflake__collation(col) -%}
      {%- do changes.append([col.name, new_type]) -%}
      {%- do columns.append(api.Column.from_description(col.name, new_type)) -%}
    {%- else -%}
      {%- do columns.append(col) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do snowflake__alter_column_types(relation, changes) -%}
  {{ return(columns) }}
{%- endmacro %}

{% macro snowflake__collation(col) -%}
  {{ return(" collate '" ~ col.collation ~ "'" if col.collation else '') }}
{%- endmacro %}

{% macro snowflake__diff_column_data_types(source_columns, target_columns) -%}
  {%- set present = {} -%}
  {%- for col in target_columns -%}
    {%- do present.update({col.name: col}) -%}
  {%- endfor -%}
  {%- set changed = [] -%}
  {%- for col in source_columns if col.name in present -%}
    {%- set old = present[col.name] -%}
    {%- set new_type = snowflake__column_type(col) -%}
    {#- a text that is shorter than the column fits as it is -#}
    {%- if new_type != snowflake__column_type(old)
          and not (col.is_string() and old.is_string() and old.string_size() >= col.string_size()) -%}
      {%- do changed.append({'column_name': old.name, 'new_type': new_type ~ snowflake__collation(old)}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(changed) }}
{%- endmacro %}

{# What `check_for_schema_changes` finds, from lists of columns in place of relations. #}
{% macro snowflake__compare_columns(source_columns, target_columns) -%}
  {%- set added = diff_columns(source_columns, target_columns) -%}
  {%- set removed = diff_columns(target_columns, source_columns) -%}
  {%- set retyped = diff_column_data_types(source_columns, target_columns) -%}
  {{ return({
      'schema_changed': (added | length) + (removed | length) + (retyped | length) > 0,
      'source_not_in_target': added,
      'target_not_in_source': removed,
      'source_columns': source_columns,
      'target_columns': target_columns,
      'new_target_types': retyped
  }) }}
{%- endmacro %}
