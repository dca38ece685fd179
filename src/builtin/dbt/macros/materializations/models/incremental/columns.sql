{# Column lists of an incremental model: quoting, comparing, choosing what a merge updates. #}

{% macro get_quoted_csv(column_names) %}
  {%- set quoted = [] -%}
  {%- for name in column_names -%}
    {%- do quoted.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{% endmacro %}

{# The columns of the first list whose name is not in the second; types are not compared. #}
{% macro diff_columns(source_columns, target_columns) %}
  {%- set known = target_columns | map(attribute='column') | list -%}
  {%- set missing = [] -%}
  {%- for col in source_columns if col.name not in known -%}
    {%- do missing.append(col) -%}
  {%- endfor -%}
  {{ return(missing) }}
{% endmacro %}

{% macro diff_column_data_types(source_columns, target_columns) %}
  {{- return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) -}}
{% endmacro %}

{% macro default__diff_column_data_types(source_columns, target_columns) %}
  {%- set changed = [] -%}
  {%- for new_col in source_columns -%}
    {%- for old_col in target_columns if old_col.name == new_col.name -%}
      {%- if loop.first
            and new_col.expanded_data_type != old_col.expanded_data_type
            and not new_col.can_expand_to(other_column=old_col) -%}
        {%- do changed.append({'column_name': old_col.name, 'new_type': new_col.expanded_data_type}) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(changed) }}
{% endmacro %}

{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {{- return(adapter.dispatch('get_merge_update_columns', 'dbt')(merge_update_columns, merge_exclude_columns, dest_columns)) -}}
{% endmacro %}

{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {%- if merge_update_columns and merge_exclude_columns -%}
    {{ exceptions.raise_compiler_error("merge_update_columns and merge_exclude_columns cannot be set on the same model: keep one of them") }}
  {%- endif -%}
  {%- if merge_update_columns -%}
    {{ return(merge_update_columns) }}
  {%- endif -%}

  {%- set left_out = (merge_exclude_columns or []) | map('lower') | list -%}
  {%- set chosen = [] -%}
  {%- for col in dest_columns if col.column | lower not in left_out -%}
    {%- do chosen.append(col.quoted) -%}
  {%- endfor -%}
  {{ return(chosen) }}
{% endmacro %}
