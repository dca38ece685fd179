{# Table: one statement that builds the new table and takes the place of the old one. #}

{% materialization table, adapter='snowflake' %}
  {%- set original_query_tag = set_query_tag() -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set grant_config = config.get('grants') -%}

  {{ snowflake__run_pre_hooks(pre_hooks) }}

  {% call statement('main') -%}
    {{ snowflake__build_sql(existing_relation, target_relation, sql) }}
  {%- endcall %}

  {{ snowflake__run_post_hooks(post_hooks) }}

  {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=true)) -%}
  {%- do persist_docs(target_relation, model, for_relation=false) -%}

  {%- do unset_query_tag(original_query_tag) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
