{# Microbatch: a batch replaces the rows of its own interval of the event time. #}

{% macro duckdb__get_incremental_microbatch_sql(arg_dict) -%}
  {%- set event_time = config.get('event_time') -%}
  {%- if not event_time -%}
    {{ exceptions.raise_compiler_error("The microbatch strategy needs the config 'event_time' on the model") }}
  {%- endif -%}
  {%- if config.get('unique_key') -%}
    {{ exceptions.raise_compiler_error(
        "The microbatch strategy does not support 'unique_key', because rows are replaced by their event time: "
        ~ "leave it out, or choose the strategy 'merge'.") }}
  {%- endif -%}
  {%- set batch = model.get('batch') or {} -%}
  {%- if not (batch.get('event_time_start') and batch.get('event_time_end')) -%}
    {{ exceptions.raise_compiler_error(
        "The microbatch strategy runs inside a batch, but this model has no batch.event_time_start and batch.event_time_end") }}
  {%- endif -%}

  {%- set target = arg_dict['target_relation'] -%}
  {%- set column_csv = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
  {%- set in_batch -%}
    {{ event_time }} >= '{{ batch.get('event_time_start') }}' and {{ event_time }} < '{{ batch.get('event_time_end') }}'
  {%- endset -%}
  {%- set extra = [] -%}
  {%- for predicate in normalize_incremental_predicates(arg_dict.get('incremental_predicates')) -%}
    {%- do extra.append(' and (' ~ predicate ~ ')') -%}
  {%- endfor -%}

  {%- set build_sql -%}
    delete from {{ target }}
    where {{ in_batch }}{{ extra | join }};

    insert into {{ target }} ({{ column_csv }})
    select {{ column_csv }}
    from {{ arg_dict['temp_relation'] }}
    where {{ in_batch }};
  {%- endset -%}
  {{ return(build_sql) }}
{%- endmacro %}
