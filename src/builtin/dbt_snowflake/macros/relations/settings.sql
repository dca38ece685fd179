{# How a node's table is to be stored: transient, permanent, Iceberg or hybrid, with its clustering. #}

{# Returns a dict: format ('default', 'iceberg', 'linked' or 'hybrid'), table_format as relations have it, and the options. #}
{% macro snowflake__table_settings() -%}
  {%- set catalog_name = (config.get('catalog_name') or '') | upper -%}
  {%- set wanted = (config.get('table_format') or 'default') | upper -%}
  {%- if wanted not in ['DEFAULT', 'ICEBERG', 'HYBRID'] -%}
    {%- do exceptions.raise_compiler_error("`table_format` must be 'default', 'iceberg' or 'hybrid', not '" ~ config.get('table_format') ~ "'") -%}
  {%- endif -%}
  {%- set integration = {} -%}
  {%- if catalog_name == 'SNOWFLAKE' -%}
    {%- set wanted = 'ICEBERG' -%}
  {%- elif catalog_name and catalog_name != 'INFO_SCHEMA' -%}
    {%- set integration = adapter.get_catalog_integration(catalog_name) -%}
    {%- if not integration -%}
      {%- do exceptions.raise_compiler_error("catalog_name: '" ~ config.get('catalog_name') ~ "' is not defined in catalogs.yml; the built-in ones are SNOWFLAKE and INFO_SCHEMA") -%}
    {%- endif -%}
    {%- set wanted = (integration.get('table_format') or 'iceberg') | upper -%}
  {%- endif -%}
  {%- set properties = integration.get('adapter_properties') or {} -%}
  {%- set linked_database = properties.get('catalog_linked_database') -%}

  {%- set format = 'linked' if wanted == 'ICEBERG' and linked_database else wanted | lower -%}
  {%- set transient = config.get('transient', true) -%}
  {%- set settings = {
        'format': format,
        'table_format': 'ICEBERG' if wanted == 'ICEBERG' else 'DEFAULT',
        'transient': true if transient and format == 'default' else false,
        'cluster_by': snowflake__column_list('cluster_by'),
        'automatic_clustering': config.get('automatic_clustering', false),
        'change_tracking': snowflake__change_tracking(properties),
        'partition_by': snowflake__column_list('partition_by'),
        'external_volume': config.get('external_volume') or integration.get('external_volume'),
        'linked_database': linked_database,
        'linked_database_type': properties.get('catalog_linked_database_type')
      } -%}
  {%- for name in ['iceberg_version', 'storage_serialization_policy', 'max_data_extension_time_in_days',
        'data_retention_time_in_days', 'target_file_size', 'auto_refresh'] -%}
    {%- set own = config.get(name) -%}
    {%- do settings.update({name: properties.get(name) if own is none else own}) -%}
  {%- endfor -%}
  {%- do snowflake__check_table_settings(settings) -%}
  {{ return(settings) }}
{%- endmacro %}

{# Settings that exclude each other. #}
{% macro snowflake__check_table_settings(settings) -%}
  {%- if settings.format == 'linked' and settings.cluster_by -%}
    {%- do exceptions.raise_compiler_error("`cluster_by` cannot be set on a table of a catalog-linked database") -%}
  {%- elif settings.format == 'linked' and config.get('external_volume') -%}
    {%- do exceptions.raise_compiler_error("`external_volume` cannot be set on a table of a catalog-linked database") -%}
  {%- elif settings.format == 'hybrid' and settings.cluster_by -%}
    {%- do exceptions.raise_compiler_error("`cluster_by` cannot be set on a hybrid table: it is ordered by its primary key") -%}
  {%- endif -%}
  {%- set policy = settings.storage_serialization_policy -%}
  {%- if policy and policy | upper not in ['COMPATIBLE', 'OPTIMIZED'] -%}
    {%- do exceptions.raise_compiler_error("`storage_serialization_policy` must be COMPATIBLE or OPTIMIZED, not " ~ policy) -%}
  {%- endif -%}
{%- endmacro %}

{# A config that is one text or a list of texts, as text; none if it is not set. #}
{% macro snowflake__column_list(name) -%}
  {%- set given = config.get(name) -%}
  {%- if given is none or given is string -%}
    {{ return(given) }}
  {%- elif given is mapping or given is not iterable -%}
    {%- do exceptions.raise_compiler_error("`" ~ name ~ "` must be an expression or a list of expressions, not: " ~ given) -%}
  {%- endif -%}
  {{ return(given | join(', ') or none) }}
{%- endmacro %}

{# TRUE, FALSE or none. #}
{% macro snowflake__change_tracking(properties) -%}
  {%- set given = config.get('change_tracking', properties.get('change_tracking')) -%}
  {%- if given is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set word = given | string | upper -%}
  {%- if word not in ['TRUE', 'FALSE'] -%}
    {%- do exceptions.raise_compiler_error("`change_tracking` must be true or false, not: " ~ given) -%}
  {%- endif -%}
  {{ return(word) }}
{%- endmacro %}

{# Where an Iceberg table's files go, below the external volume. #}
{% macro snowflake__base_location(relation) -%}
  {%- set parts = [config.get('base_location_root') or '_dbt', relation.schema, relation.identifier] -%}
  {%- if config.get('base_location_subpath') -%}
    {%- do parts.append(config.get('base_location_subpath')) -%}
  {%- endif -%}
  {{ return(parts | join('/')) }}
{%- endmacro %}

{# Also asked by projects: whether DDL and transactions are restricted because the database belongs to another catalog. #}
{% macro snowflake__is_catalog_linked_database(relation=none, catalog_relation=none) -%}
  {%- if catalog_relation is not none -%}
    {{ return(true if catalog_relation | attr('catalog_linked_database') else false) }}
  {%- endif -%}
  {{ return(true if snowflake__table_settings().linked_database else false) }}
{%- endmacro %}
