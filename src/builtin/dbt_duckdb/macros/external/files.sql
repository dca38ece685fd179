{# Files behind external models: where they are, how they are written, and views on those of earlier runs. #}

{% macro external_location(relation, config) -%}
  {%- set folder_or_file = adapter.external_root() ~ '/' ~ relation.identifier -%}
  {#- a partitioned result is a folder -#}
  {%- if config.get('options', {}).get('partition_by') is none -%}
    {{- folder_or_file }}.{{ config.get('format', 'parquet') -}}
  {%- else -%}
    {{- folder_or_file -}}
  {%- endif -%}
{%- endmacro %}

{% macro location_exists(location) -%}
  {%- do return(adapter.location_exists(location)) -%}
{%- endmacro %}

{% macro write_to_file(relation, location, options) -%}
  {% call statement('write_to_file') -%}
    copy {{ relation }} to '{{ location }}' ({{ options }})
  {%- endcall %}
{%- endmacro %}

{% macro store_relation(plugin, relation, location, format, config) -%}
  {%- do adapter.store_relation(plugin, relation, adapter.get_columns_in_relation(relation), location, format, config) -%}
{%- endmacro %}

{# The `options` dict, rendered; `format` and `delimiter` may also stand beside it. #}
{% macro render_write_options(config) -%}
  {%- set given = config.get('options', {}) -%}
  {%- if given is not mapping -%}
    {%- do exceptions.raise_compiler_error("The config `options` must be a dictionary") -%}
  {%- endif -%}
  {%- set rendered = {} -%}
  {%- for name, value in given.items() -%}
    {%- do rendered.update({name: render(value)}) -%}
  {%- endfor -%}
  {%- for name in ['format', 'delimiter'] if config.get(name) -%}
    {%- do rendered.update({name: render(config.get(name))}) -%}
  {%- endfor -%}
  {%- do return(rendered) -%}
{%- endmacro %}

{# For an on-run-start hook: an in-memory database has no views on the files of unselected upstream models. #}
{% macro register_upstream_external_models() -%}
  {%- if execute -%}
    {%- set upstream_ids = [] -%}
    {%- for node_id in selected_resources if node_id in graph['nodes'] -%}
      {%- for upstream_id in graph['nodes'][node_id]['depends_on']['nodes']
            if upstream_id not in upstream_ids and upstream_id not in selected_resources -%}
        {%- do upstream_ids.append(upstream_id) -%}
      {%- endfor -%}
    {%- endfor -%}

    {%- set schemas = [] -%}
    {%- for upstream_id in upstream_ids -%}
      {%- set node = graph['nodes'].get(upstream_id) -%}
      {%- if node and node.resource_type in ['model', 'seed'] and node.config.materialized == 'external' -%}
        {%- set relation = api.Relation.create(database=node['database'], schema=node['schema'], identifier=node['alias']) -%}
        {%- set location = node.config.get('location', external_location(relation, node.config)) -%}
        {%- set read_location = adapter.external_read_location(location, render_write_options(node.config)) -%}
        {%- if relation.schema not in schemas -%}
          {%- do schemas.append(relation.schema) -%}
          {% call statement('main', language='sql') -%}
            create schema if not exists {{ relation.without_identifier() }}
          {%- endcall %}
        {%- endif -%}
        {% call statement('main', language='sql') -%}
          create or replace view {{ relation }} as (
            select * from '{{ read_location }}'
          );
        {%- endcall %}
      {%- endif -%}
    {%- endfor -%}
    {%- if schemas -%}
      {%- do adapter.commit() -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
