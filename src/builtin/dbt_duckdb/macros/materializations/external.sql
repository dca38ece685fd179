{# External: the model's rows go to a file (csv, parquet, json), and a view reads that file. #}

{% materialization external, adapter="duckdb", supported_languages=['sql', 'python'] %}
  {%- set location = render(config.get('location', default=external_location(this, config))) -%}
  {%- set options = render_write_options(config) -%}
  {#- fills in the format that the location's extension tells -#}
  {%- set write_options = adapter.external_write_options(location, options) -%}
  {%- set read_location = adapter.external_read_location(location, options) -%}

  {%- set known_formats = ['csv', 'parquet', 'json'] -%}
  {%- set format = config.get('format') -%}
  {%- if format and format not in known_formats -%}
    {{ exceptions.raise_compiler_error("Invalid format: " ~ format ~ ". Allowed formats are: " ~ (known_formats | join(', '))) }}
  {%- elif not format -%}
    {%- set written = options['format'] | lower -%}
    {%- set format = written if written in known_formats else 'parquet' -%}
  {%- endif -%}

  {%- set language = model['language'] -%}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set temp_relation = make_intermediate_relation(this.incorporate(type='table'), suffix='__dbt_tmp') -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation, suffix='__dbt_int') -%}
  {%- set backup_relation = make_backup_relation(target_relation, existing_relation.type if existing_relation is not none else 'table') -%}
  {%- set grant_config = config.get('grants') -%}

  {%- for helper in [intermediate_relation, temp_relation, backup_relation] -%}
    {{ drop_relation_if_exists(load_cached_relation(helper)) }}
  {%- endfor -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {% call statement('create_table', language=language) -%}
    {{- create_table_as(false, temp_relation, compiled_code, language) }}
  {%- endcall %}

  {#- a file without rows would lose the columns' types: it gets one row of nulls, which the view leaves out -#}
  {%- set is_empty = run_query('select count(*) as row_count from ' ~ temp_relation)[0][0] == 0 -%}
  {%- set nulls = [] -%}
  {%- set not_the_null_row = [] -%}
  {%- if is_empty -%}
    {%- for col in get_columns_in_relation(temp_relation) -%}
      {%- do nulls.append('null') -%}
      {%- do not_the_null_row.append('"' ~ col.column ~ '" is not null') -%}
    {%- endfor -%}
  {%- endif -%}
  {% call statement('main', language='sql') -%}
    {{ 'insert into ' ~ temp_relation ~ ' values (' ~ (nulls | join(', ')) ~ ')' if is_empty }}
  {%- endcall %}

  {{ write_to_file(temp_relation, location, write_options) }}

  {%- set read_options = config.get(format ~ '_read_options', {'union_by_name': false} if format == 'parquet' else {'auto_detect': true}) -%}
  {%- set arguments = ["'" ~ read_location ~ "'"] -%}
  {%- for name, value in read_options.items() -%}
    {%- do arguments.append(name ~ '=' ~ ("'" ~ value ~ "'" if value is string else value)) -%}
  {%- endfor -%}
  {#- readers tell the compression from lower-case extensions only -#}
  {%- if format != 'parquet' and options.get('compression') and 'compression' not in read_options -%}
    {%- do arguments.append("compression='" ~ options['compression'] ~ "'") -%}
  {%- endif -%}
  {% call statement('main', language='sql') -%}
    create or replace view {{ intermediate_relation }} as (
      select * from read_{{ format }}({{ arguments | join(', ') }})
      {{ 'where ' ~ (not_the_null_row | join(' and ')) if not_the_null_row }}
    );
  {%- endcall %}

  {%- if existing_relation is not none -%}
    {{ adapter.rename_relation(existing_relation, backup_relation) }}
  {%- endif -%}
  {{ adapter.rename_relation(intermediate_relation, target_relation) }}

  {{ run_hooks(post_hooks, inside_transaction=true) }}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ adapter.commit() }}

  {{ drop_relation_if_exists(backup_relation) }}
  {{ drop_relation_if_exists(temp_relation) }}

  {#- hand the new file to a plugin; `glue_register` is the older way to name the Glue one -#}
  {%- set plugin = config.get('plugin') -%}
  {%- if config.get('glue_register', default=false) -%}
    {%- set plugin = 'glue|' ~ config.get('glue_database', 'default') -%}
  {%- endif -%}
  {%- if plugin is not none -%}
    {%- do store_relation(plugin, target_relation, location, format, config) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
