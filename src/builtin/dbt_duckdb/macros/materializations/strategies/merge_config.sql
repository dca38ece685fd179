{# What a merge does unless its clauses are configured, and the check of that configuration. #}

{% macro merge_clause_defaults(
    merge_update_condition,
    merge_insert_condition,
    merge_update_columns=[],
    merge_exclude_columns=[],
    merge_update_set_expressions={}
) -%}
  {%- set explicit = {
        'include': merge_update_columns,
        'exclude': merge_exclude_columns,
        'set_expressions': merge_update_set_expressions
      } -%}
  {{ return({
      'when_matched_update_by_name': {'action': 'update', 'mode': 'by_name', 'condition': merge_update_condition},
      'when_matched_update_explicit': {'action': 'update', 'mode': 'explicit', 'condition': merge_update_condition, 'update': explicit},
      'when_not_matched_insert_by_name': {'action': 'insert', 'mode': 'by_name', 'condition': merge_insert_condition}
  }) }}
{%- endmacro %}

{# Collects all mistakes and stops the model with the whole list. #}
{% macro validate_merge_config(config, target_relation=none) %}
  {%- set errors = [] -%}
  {%- set field_types = {
        'merge_update_condition': 'string',
        'merge_insert_condition': 'string',
        'merge_on_using_columns': 'sequence',
        'merge_update_columns': 'sequence',
        'merge_update_set_expressions': 'mapping',
        'merge_exclude_columns': 'sequence',
        'merge_returning_columns': 'sequence'
      } -%}
  {%- set checks = {
        'string': validate_string_field,
        'sequence': validate_string_list_field,
        'mapping': validate_dict_field
      } -%}
  {%- for name, kind in field_types.items() -%}
    {%- set check = checks[kind] -%}
    {%- do check(config.get(name), name, errors) -%}
  {%- endfor -%}
  {%- do validate_merge_clauses(config, field_types, errors) -%}
  {%- if not errors -%}
    {%- do validate_ducklake_restrictions(config, target_relation, errors) -%}
  {%- endif -%}
  {%- if errors -%}
    {{ exceptions.raise_compiler_error("MERGE configuration errors:\n" ~ (errors | join('\n'))) }}
  {%- endif -%}
{% endmacro %}

{% macro validate_merge_clauses(config, base_configuration_fields, errors) -%}
  {%- set clauses = config.get('merge_clauses') -%}
  {%- if clauses is none -%}
    {%- do return(none) -%}
  {%- elif clauses is not mapping -%}
    {%- do errors.append("merge_clauses must be a dictionary, found: " ~ clauses) -%}
    {%- do return(none) -%}
  {%- endif -%}

  {%- if 'when_matched' not in clauses and 'when_not_matched' not in clauses -%}
    {%- do errors.append("merge_clauses must contain at least one of 'when_matched' or 'when_not_matched' keys") -%}
  {%- endif -%}
  {%- for clause_type in ['when_matched', 'when_not_matched'] if clause_type in clauses -%}
    {%- do validate_merge_clause_list(clauses, clause_type, errors) -%}
  {%- endfor -%}

  {#- the simple settings have no place left to act; an empty list or dict says nothing -#}
  {%- set ignored = [] -%}
  {%- for name, kind in base_configuration_fields.items() if name not in ['merge_on_using_columns', 'merge_returning_columns'] -%}
    {%- set value = config.get(name) -%}
    {%- if value is not none and (kind == 'string' or value | length > 0) -%}
      {%- do ignored.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if ignored -%}
    {%- do errors.append(
          "When merge_clauses is specified, the following basic merge configurations will be ignored and should be removed: "
          ~ (ignored | join(', ')) ~ ". Write what they do as clauses.") -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_merge_clause_list(merge_clauses, clause_type, errors) -%}
  {%- set label = "merge_clauses." ~ clause_type -%}
  {%- set clauses = merge_clauses.get(clause_type) -%}
  {%- if clauses is not iterable or clauses is mapping or clauses is string -%}
    {%- do errors.append(label ~ " must be a list") -%}
  {%- else -%}
    {%- for clause in clauses if clause is not mapping -%}
      {%- do errors.append(label ~ " elements must be dictionaries, found: " ~ clause) -%}
    {%- endfor -%}
    {%- if clauses | length == 0 -%}
      {%- do errors.append(label ~ " must not be empty") -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_ducklake_restrictions(config, target_relation, errors) -%}
  {%- if target_relation and adapter.is_ducklake(target_relation) -%}
    {%- if config.get('merge_returning_columns') -%}
      {%- do errors.append("DuckLake MERGE restrictions: there is no RETURNING, so merge_returning_columns cannot be used.") -%}
    {%- endif -%}
    {%- set clauses = config.get('merge_clauses') or {} -%}
    {%- set writing = [] -%}
    {%- for clause in clauses.get('when_matched', []) + clauses.get('when_not_matched', []) if clause.get('action') in ['update', 'delete'] -%}
      {%- do writing.append(clause) -%}
    {%- endfor -%}
    {%- if writing | length > 1 -%}
      {%- do errors.append(
            "DuckLake MERGE restrictions: one statement can hold a single UPDATE or DELETE action, and merge_clauses has "
            ~ (writing | length) ~ " of them.") -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_string_field(field_value, field_name, errors) -%}
  {%- if not (field_value is none or field_value is string) -%}
    {%- do errors.append(field_name ~ " must be a string, found: " ~ field_value) -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_string_list_field(field_value, field_name, errors) -%}
  {%- if field_value is none -%}
    {%- do return(none) -%}
  {%- endif -%}
  {%- if field_value is not iterable or field_value is mapping or field_value is string -%}
    {%- do errors.append(field_name ~ " must be a list") -%}
  {%- else -%}
    {%- for item in field_value if item is not string -%}
      {%- do errors.append(field_name ~ " must contain only string values, found: " ~ item) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_dict_field(field_value, field_name, errors) -%}
  {%- if not (field_value is none or field_value is mapping) -%}
    {%- do errors.append(field_name ~ " must be a dictionary, found: " ~ field_value) -%}
  {%- endif -%}
{%- endmacro %}

{% macro normalize_incremental_predicates(incremental_predicates) -%}
  {{- return(normalize_string_or_list(incremental_predicates, "incremental_predicates")) -}}
{%- endmacro %}
