{# Clone: a table without copying its rows. #}

{% macro snowflake__can_clone_table() -%}
  {{ return(true) }}
{%- endmacro %}

{% macro snowflake__create_or_replace_clone(this_relation, defer_relation) -%}
    create or replace {{ 'transient ' if config.get('transient', true) }}table {{ this_relation.render() }}
    clone {{ defer_relation.render() }}
    {{- snowflake__clauses([
      'copy grants' if config.get('copy_grants', false) else none,
      'copy tags' if config.get('copy_tags', false) else none
    ]) }}
{%- endmacro %}
