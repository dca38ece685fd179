{# Creating tables. Everything that CREATE can say is said there: one statement, and the old table stays until it is replaced. #}

{% macro snowflake__create_table_as(temporary, relation, compiled_code, language='sql') -%}
  {%- if language != 'sql' -%}
    {%- do exceptions.raise_compiler_error("Models in " ~ language ~ " are not run on Snowflake: write the model in SQL") -%}
  {%- endif -%}
  {%- if temporary -%}
    {{ snowflake__create_staging_table_sql('temporary', relation, compiled_code) }}
  {%- else -%}
    {%- set settings = snowflake__table_settings() -%}
    {%- set contract = snowflake__contract_parts(compiled_code) -%}
    {%- set create_macro = {
          'default': snowflake__create_standard_table_sql,
          'iceberg': snowflake__create_iceberg_table_sql,
          'linked': snowflake__create_linked_table_sql,
          'hybrid': snowflake__create_hybrid_table_sql
        }[settings.format] -%}
    {{ snowflake__header() }}{{ create_macro(relation, contract, settings) | trim }}
  {%- endif -%}
{%- endmacro %}

{# The rows of a query, kept for statements that read them more than once. A temporary table is seen by its session
   alone and goes with it; a transient one is seen by all. #}
{% macro snowflake__create_staging_table_sql(kind, relation, compiled_code) -%}
    {{ snowflake__header() }}create or replace {{ kind }} table {{ relation.render() }} as (
      {{ compiled_code }}
    )
{%- endmacro %}

{# The older name, which projects call. #}
{% macro snowflake__create_table_transient_sql(relation, compiled_code) -%}
  {{- return(snowflake__create_staging_table_sql('transient', relation, compiled_code)) -}}
{%- endmacro %}

{# {'columns': the declared columns in parentheses or none, 'sql': the query in their order}; checks the query first. #}
{% macro snowflake__contract_parts(compiled_code) -%}
  {%- set contract_config = config.get('contract') -%}
  {%- if not (contract_config and contract_config.enforced) -%}
    {{ return({'columns': none, 'sql': compiled_code}) }}
  {%- endif -%}
  {%- do get_assert_columns_equivalent(compiled_code) -%}
  {{ return({'columns': get_table_columns_and_constraints() | trim, 'sql': get_select_subquery(compiled_code)}) }}
{%- endmacro %}

{# "comment = ..." where the description is to be kept with the relation. #}
{% macro snowflake__comment_clause() -%}
  {%- if config.persist_relation_docs() and model.description -%}
    {{ return('comment = ' ~ snowflake__literal(model.description)) }}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}

{# Grants, tags and policies, in the order that CREATE wants them. #}
{% macro snowflake__governance_clauses() -%}
  {{ return([
      'copy grants' if config.get('copy_grants', false) else none,
      'copy tags' if config.get('copy_tags', false) else none,
      snowflake__comment_clause(),
      'with row access policy ' ~ config.get('row_access_policy') if config.get('row_access_policy') else none,
      'with tag (' ~ config.get('table_tag') ~ ')' if config.get('table_tag') else none
  ]) }}
{%- endmacro %}

{# The query, ordered by the clustering key so that the first micro-partitions are clustered already. #}
{% macro snowflake__clustered_query(sql, cluster_by) -%}
  {%- if cluster_by is none -%}
      {{ sql }}
  {%- else -%}
      select * from (
        {{ sql }}
      )
      order by ({{ cluster_by }})
  {%- endif -%}
{%- endmacro %}

{# Accounts that suspend clustering by default need to be told. #}
{% macro snowflake__resume_recluster(relation, settings, kind='table') -%}
  {%- if settings.automatic_clustering and settings.cluster_by is not none -%}
    ;
    alter {{ kind }} {{ relation.render() }} resume recluster
  {%- endif -%}
{%- endmacro %}

{% macro snowflake__create_standard_table_sql(relation, contract, settings) -%}
    create or replace {{ 'transient ' if settings.transient }}table {{ relation.render() }}
    {{- snowflake__clauses([
      contract.columns,
      optional('cluster by', settings.cluster_by, '(', ''),
      optional('change_tracking', settings.change_tracking)
    ] + snowflake__governance_clauses()) }}
    as (
      {{ snowflake__clustered_query(contract.sql, settings.cluster_by) }}
    )
    {{- snowflake__resume_recluster(relation, settings) }}
{%- endmacro %}

{# An Iceberg table whose catalog is Snowflake itself. Change tracking cannot be turned off on one. #}
{% macro snowflake__create_iceberg_table_sql(relation, contract, settings) -%}
  {%- if config.get('transient') -%}
    {%- do exceptions.warn("`transient` has no effect on " ~ relation ~ ": Iceberg tables are never transient") -%}
  {%- endif -%}
  {%- if settings.change_tracking == 'FALSE' -%}
    {%- do exceptions.warn("`change_tracking: false` has no effect on " ~ relation ~ ": Iceberg tables always track changes") -%}
  {%- endif -%}
    create or replace iceberg table {{ relation.render() }}
    {{- snowflake__clauses([
      contract.columns,
      optional('partition by', settings.partition_by, '(', ''),
      optional('cluster by', settings.cluster_by, '(', '')
    ] + snowflake__iceberg_options(relation, settings) + [
      optional('storage_serialization_policy', settings.storage_serialization_policy, "'"),
      optional('max_data_extension_time_in_days', settings.max_data_extension_time_in_days),
      optional('data_retention_time_in_days', settings.data_retention_time_in_days),
      optional('change_tracking', 'TRUE' if settings.change_tracking == 'TRUE' else none)
    ] + snowflake__governance_clauses()) }}
    as (
      {{ snowflake__clustered_query(contract.sql, settings.cluster_by) }}
    )
    {{- snowflake__resume_recluster(relation, settings, 'iceberg table') }}
{%- endmacro %}

{# Where an Iceberg table lives; for tables and dynamic tables. #}
{% macro snowflake__iceberg_options(relation, settings) -%}
  {{ return([
      optional('external_volume', settings.external_volume, "'"),
      "catalog = 'SNOWFLAKE'",
      "base_location = " ~ snowflake__literal(snowflake__base_location(relation)),
      optional('iceberg_version', settings.iceberg_version)
  ]) }}
{%- endmacro %}
