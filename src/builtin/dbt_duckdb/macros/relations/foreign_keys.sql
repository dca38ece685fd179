{# Foreign keys. DuckDB neither renames nor drops a table that one refers to, nor drops the key itself. #}

{# The kinds of constraint that this model's enforced contract declares. #}
{% macro enforced_constraint_types() -%}
  {%- set kinds = [] -%}
  {%- set contract_config = config.get('contract') -%}
  {%- if contract_config and contract_config.enforced -%}
    {%- set holders = [model] + (model.get('columns', {}).values() | list) -%}
    {%- for holder in holders -%}
      {%- for constraint in holder.get('constraints', []) -%}
        {%- do kinds.append(constraint.type) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(kinds) }}
{%- endmacro %}

{% macro existing_constraint_types(relation) -%}
  {{- return(adapter.existing_key_constraint_types(relation) if relation is not none and relation.is_table else []) -}}
{%- endmacro %}

{# A table with a foreign key must be created under its final name: the table it refers to keeps the old name for ever. #}
{% macro has_foreign_key_constraints(relation=none) -%}
  {%- if not adapter.catalog_supports_foreign_keys(this.database) -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return('foreign_key' in enforced_constraint_types() or 'foreign_key' in existing_constraint_types(relation)) }}
{%- endmacro %}

{# Only a primary key or a unique constraint can be referred to, be it the new table's or the present one's. #}
{% macro may_be_foreign_key_target(relation=none) -%}
  {%- if not adapter.catalog_supports_foreign_keys(this.database) -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set kinds = enforced_constraint_types() + existing_constraint_types(relation) -%}
  {{ return('primary_key' in kinds or 'unique' in kinds) }}
{%- endmacro %}

{# Begins a transaction even when they are disabled: between the drop and the new table nothing else protects the data. #}
{% macro drop_relation_for_rebuild(relation) -%}
  {%- do adapter.ensure_transaction() -%}
  {%- set dropped = drop_foreign_key_dependents(relation) if relation.is_table and may_be_foreign_key_target(relation) else [] -%}
  {%- do adapter.drop_relation(relation) -%}
  {{ return(dropped) }}
{%- endmacro %}

{# Drops the tables that refer to `relation`, directly or through others, keeping their rows in backups.
   Only tables that this run builds again afterwards are touched; any other stops the model.
   Returns [{'relation', 'backup'}] in the order of dropping. #}
{% macro drop_foreign_key_dependents(relation) -%}
  {%- call statement('get_foreign_key_dependents', fetch_result=true) -%}
    with recursive links as (
      select table_name, referenced_table
      from duckdb_constraints()
      where constraint_type = 'FOREIGN KEY'
        and lower(table_name) != lower(referenced_table)
        and lower(schema_name) = lower('{{ adapter.escape_sql_string(relation.schema) }}')
        and lower(database_name) = lower('{{ adapter.escape_sql_string(relation.database) }}')
    ),
    reached(table_name, distance) as (
      select table_name, 1
      from links
      where lower(referenced_table) = lower('{{ adapter.escape_sql_string(relation.identifier) }}')
      union
      select links.table_name, reached.distance + 1
      from links
      inner join reached on lower(links.referenced_table) = lower(reached.table_name)
    ),
    farthest as (
      select table_name, max(distance) as distance
      from reached
      group by table_name
    )
    select farthest.table_name, farthest.distance, links.referenced_table
    from farthest
    inner join links on links.table_name = farthest.table_name
    order by farthest.distance desc, farthest.table_name, links.referenced_table
  {%- endcall -%}

  {%- set refers_to = {} -%}
  {%- for row in load_result('get_foreign_key_dependents').table -%}
    {%- if row[0] not in refers_to -%}
      {%- do refers_to.update({row[0]: []}) -%}
    {%- endif -%}
    {%- do refers_to[row[0]].append(row[2] | lower) -%}
  {%- endfor -%}
  {%- if not refers_to -%}
    {{ return([]) }}
  {%- endif -%}

  {#- the models behind the tables -#}
  {%- set builder_ids = {relation.identifier | lower: model.unique_id} -%}
  {%- set builders = {} -%}
  {%- for node in graph.nodes.values()
        if node.resource_type == 'model'
        and (node.database or '') | lower == (relation.database or '') | lower
        and node.schema | lower == relation.schema | lower -%}
    {%- for table in refers_to if table | lower == (node.alias or node.name) | lower -%}
      {%- do builders.update({table: node}) -%}
      {%- do builder_ids.update({table | lower: node.unique_id}) -%}
    {%- endfor -%}
  {%- endfor -%}

  {%- set obstacles = [] -%}
  {%- for table, referenced_tables in refers_to.items() -%}
    {%- set node = builders.get(table) -%}
    {%- if node is none -%}
      {%- do obstacles.append(table ~ " (no model of this project builds it)") -%}
    {%- elif node.unique_id not in selected_resources -%}
      {%- do obstacles.append(table ~ " (model " ~ node.name ~ " is not selected in this run)") -%}
    {%- else -%}
      {%- set ordered_by = [] -%}
      {%- for referenced in referenced_tables if builder_ids.get(referenced) in node.depends_on.nodes -%}
        {%- do ordered_by.append(referenced) -%}
      {%- endfor -%}
      {%- set node_refresh = flags.FULL_REFRESH if node.config.full_refresh is none else node.config.full_refresh -%}
      {%- if not ordered_by -%}
        {%- do obstacles.append(
              table ~ " (model " ~ node.name ~ " does not ref() the table its foreign key points at, "
              ~ "which leaves their order open: write `to: ref(...)` in the constraint)") -%}
      {%- elif not (node.config.materialized == 'table' or (node.config.materialized == 'incremental' and node_refresh)) -%}
        {%- do obstacles.append(
              table ~ " (model " ~ node.name ~ " is materialized as " ~ node.config.materialized
              ~ ", whose rows exist nowhere else: use --full-refresh)") -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if obstacles -%}
    {%- do exceptions.raise_compiler_error(
          "Cannot replace " ~ relation ~ ": foreign keys refer to it, and some of their tables will not be built again in this run. "
          ~ "Problem tables: " ~ (obstacles | join('; '))) -%}
  {%- endif -%}

  {%- set dropped = [] -%}
  {%- for table in refers_to -%}
    {%- set dependent = relation.incorporate(path={'identifier': table}, type='table') -%}
    {%- set backup = relation.incorporate(path={'identifier': table ~ '__dbt_fk_backup'}, type='table') -%}
    {%- do adapter.drop_relation(backup) -%}
    {% call statement('backup_foreign_key_dependent_' ~ loop.index) %}
      create table {{ backup }} as select * from {{ dependent }}
    {% endcall %}
    {{ log("Dropping " ~ dependent ~ ", whose foreign key refers to " ~ relation ~ "; its model comes later in this run", info=true) }}
    {%- do adapter.drop_relation(dependent) -%}
    {%- do dropped.append({'relation': dependent, 'backup': backup}) -%}
  {%- endfor -%}
  {{ return(dropped) }}
{%- endmacro %}

{# Puts the rows back under the old names until the models build the tables with their keys again. #}
{% macro restore_foreign_key_dependents(dropped) -%}
  {%- for item in dropped | reverse -%}
    {{ log("Restoring the rows of " ~ item['relation'] ~ "; its constraints come back with its model", info=true) }}
    {%- do adapter.rename_relation(item['backup'], item['relation']) -%}
  {%- endfor -%}
{%- endmacro %}
