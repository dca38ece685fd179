{# The statements of the incremental strategies. `source` is a relation, or a query in brackets. #}

{% macro snowflake__get_incremental_default_sql(arg_dict) -%}
  {{- return(get_incremental_merge_sql(arg_dict)) -}}
{%- endmacro %}

{% macro snowflake__get_incremental_append_sql(arg_dict) -%}
  {{- return(snowflake__insert_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'])) -}}
{%- endmacro %}

{% macro snowflake__insert_sql(target, source, dest_columns, overwrite=false) -%}
    {%- set column_csv = get_quoted_csv(dest_columns | map(attribute='name')) -%}
    {{ snowflake__header() }}insert {{ 'overwrite ' if overwrite }}into {{ target.render() }} ({{ column_csv }})
    select {{ column_csv }}
    from {{ source }}
{%- endmacro %}

{# Overwrites the whole table, in one statement: Snowflake has no partitions to overwrite one by one. #}
{% macro get_incremental_insert_overwrite_sql(arg_dict) -%}
  {{- return(adapter.dispatch('insert_overwrite_get_sql', 'dbt')(
      arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'], arg_dict['dest_columns'])) -}}
{%- endmacro %}

{% macro snowflake__insert_overwrite_get_sql(target, source, unique_key, dest_columns) -%}
    {%- set chosen = snowflake__names_of('overwrite_columns') -%}
    {%- if not chosen -%}
      {{ return(snowflake__insert_sql(target, source, dest_columns, overwrite=true)) }}
    {%- endif -%}
    {{ snowflake__header() }}insert overwrite into {{ target.render() }} ({{ chosen | join(', ') }})
    select {{ chosen | join(', ') }}
    from {{ source }}
{%- endmacro %}

{# Without a key there is nothing to match: a plain insert. #}
{% macro snowflake__get_merge_sql(target, source_sql, unique_key, dest_columns, incremental_predicates=none) -%}
    {%- if not unique_key -%}
      {{ return(snowflake__insert_sql(target, source_sql, dest_columns)) }}
    {%- endif -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key -%}
    {%- set conditions = snowflake__predicates(incremental_predicates) -%}
    {%- for key in keys -%}
      {%- set key = key | trim -%}
      {%- do conditions.append(get_merge_unique_key_match('DBT_INTERNAL_SOURCE.' ~ key, 'DBT_INTERNAL_DEST.' ~ key)) -%}
    {%- endfor -%}
    {%- set update_columns = get_merge_update_columns(
          config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns) -%}
    {%- set update_columns = [update_columns] if update_columns is string else update_columns -%}
    {%- set assignments = [] -%}
    {%- for name in update_columns -%}
      {%- do assignments.append(name ~ ' = DBT_INTERNAL_SOURCE.' ~ name) -%}
    {%- endfor -%}
    {%- set values = [] -%}
    {%- for col in dest_columns -%}
      {%- do values.append('DBT_INTERNAL_SOURCE.' ~ adapter.quote(col.name)) -%}
    {%- endfor -%}

    {{ snowflake__header() }}merge into {{ target.render() }} as DBT_INTERNAL_DEST
    using {{ source_sql }} as DBT_INTERNAL_SOURCE
    on ({{ conditions | join(') and (') }})
    {%- if assignments %}
    when matched then update set
      {{ assignments | join(',\n      ') }}
    {%- endif %}
    when not matched then insert ({{ get_quoted_csv(dest_columns | map(attribute='name')) }})
    values ({{ values | join(', ') }})
{%- endmacro %}

{# Conditions of the config: one text or a list of them. #}
{% macro snowflake__predicates(given) -%}
  {%- if not given -%}
    {{ return([]) }}
  {%- endif -%}
  {{ return([given] if given is string else given | list) }}
{%- endmacro %}

{# Readers see the old rows or the new ones: both statements are one transaction. #}
{% macro snowflake__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- set insert_sql = snowflake__insert_sql(target, source, dest_columns) -%}
    {%- if not unique_key -%}
      {{ return(insert_sql) }}
    {%- endif -%}
    {%- set key_csv = unique_key if unique_key is string else unique_key | join(', ') -%}
    {%- set extra = [] -%}
    {%- for predicate in snowflake__predicates(incremental_predicates) -%}
      {%- do extra.append('\n      and ' ~ predicate) -%}
    {%- endfor %}
    begin;
    delete from {{ target.render() }} as DBT_INTERNAL_DEST
    where ({{ key_csv }}) in (
      select distinct {{ key_csv }}
      from {{ source }} as DBT_INTERNAL_SOURCE
    ){{ extra | join }};
    {{ insert_sql | trim }};
    commit
{%- endmacro %}

{# A batch replaces the rows of its own interval of the event time. #}
{% macro snowflake__get_incremental_microbatch_sql(arg_dict) -%}
    {%- set event_time = config.get('event_time') -%}
    {%- if not event_time -%}
      {{ exceptions.raise_compiler_error("The microbatch strategy needs the config 'event_time' on the model") }}
    {%- endif -%}
    {%- set batch = model.get('batch') or {} -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set conditions = snowflake__predicates(arg_dict.get('incremental_predicates')) -%}
    {%- set column = 'DBT_INTERNAL_TARGET.' ~ event_time -%}
    {%- if batch.get('event_time_start') -%}
      {%- do conditions.append(column ~ " >= to_timestamp_tz('" ~ batch.get('event_time_start') ~ "')") -%}
    {%- endif -%}
    {%- if batch.get('event_time_end') -%}
      {%- do conditions.append(column ~ " < to_timestamp_tz('" ~ batch.get('event_time_end') ~ "')") -%}
    {%- endif -%}
    {%- if not conditions -%}
      {{ exceptions.raise_compiler_error(
          "The microbatch strategy runs inside a batch, but this model has no batch.event_time_start and batch.event_time_end") }}
    {%- endif %}
    begin;
    delete from {{ target.render() }} as DBT_INTERNAL_TARGET
    where ({{ conditions | join(') and (') }});
    {{ snowflake__insert_sql(target, arg_dict['temp_relation'], arg_dict['dest_columns']) | trim }};
    commit
{%- endmacro %}
